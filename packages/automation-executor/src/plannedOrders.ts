import { type AutomationCommand, commandSubject } from "@millrace/contracts"
import type { NewTrade } from "@millrace/exchange"
import type { CommandContext } from "./CommandContext.ts"
import { closeCross, crossDeposit, crossOrder, payEntryMargin, setCrossLeverage } from "./crossActions.ts"
import { addMargin, cashIn, closeTrade, openTrade, setStopLoss, setTakeProfit } from "./isolatedActions.ts"
import { actionOf, type OrderAction } from "./OrderAction.ts"

/** One order of a command, with the intent that it is sent under. */
export interface PlannedOrder {
  /** The command's id; of several orders `<command>.<trade>`, `<command>.leverage` or `<command>.margin`. */
  readonly intentId: string
  /** The position that the intent is about; of an entry the rule. */
  readonly positionId: string
  readonly positionRevision: number
  /** What it holds while unfinished, in place of the position. */
  readonly lock?: string
  /** It waits until no close that holds the same lock can come late. */
  readonly opensBehindCloses?: true
  readonly action: OrderAction
  /** What caps count: quantity opened, and satoshis of margin added; 0 for what closes. */
  readonly opensQuantityUsd: number
  readonly addsMarginSats: number
  /** Of a trade that a reduction closes. */
  readonly quantityUsd?: number
  /** What it pays into the cross margin for the entry that follows. */
  readonly entryMarginSats?: number
}

/**
 * The orders of a command.
 *
 * - `one`: the command's outcome is the order's.
 * - `chain`: each only after the one before; the last one's outcome is the command's, unless one before it ends without effect.
 * - `each`: all of them whatever becomes of the others, and the outcome lists them.
 */
export interface OrderPlan {
  readonly join: "one" | "chain" | "each"
  readonly orders: ReadonlyArray<PlannedOrder>
}

/** An account has one cross position, so that whatever acts on it, an entry too, waits for what is unfinished there. */
export const crossLock = "cross"

/** The order that an entry on cross margin begins with; its intent keeps what the whole chain was planned with. */
export const leverageIntentId = (commandId: string): string => `${commandId}.leverage`

/** Returns what a command asks of the exchange, the same at each delivery. Empty: nothing that the exchange could do. */
export const plannedOrders = ({
  command,
  crossMarginSats = 0
}: Pick<CommandContext, "command" | "crossMarginSats">): OrderPlan => {
  const { action } = command
  const tradeId = commandSubject(command)
  const cross = command.marginMode === "cross"
  switch (action._tag) {
    case "close_position":
      return one(command, cross ? actionOf(closeCross, {}) : actionOf(closeTrade, { tradeId, quantityUsd: undefined }))
    case "add_margin": {
      const { amountSats } = action
      const order = cross ? actionOf(crossDeposit, { amountSats }) : actionOf(addMargin, { tradeId, amountSats })
      return one(command, order, { addsMarginSats: amountSats })
    }
    case "cash_in":
      return cross ? nothingToDo : one(command, actionOf(cashIn, { tradeId, amountSats: action.amountSats }))
    case "set_take_profit":
      return cross ? nothingToDo : one(command, actionOf(setTakeProfit, { tradeId, priceUsd: action.priceUsd }))
    case "set_stop_loss":
      return cross ? nothingToDo : one(command, actionOf(setStopLoss, { tradeId, priceUsd: action.priceUsd }))
    case "open_position": {
      const { leverage, orderType, quantityUsd, side } = action
      const priceUsd = orderType === "limit" ? action.priceUsd : undefined
      const opens = { opensQuantityUsd: quantityUsd }
      if (action.marginMode === "cross") {
        const order = { side, quantityUsd, orderType, priceUsd, reduces: false } as const
        return crossEntry(command, leverage, crossMarginSats, planned(command, actionOf(crossOrder, order), opens))
      }
      const { stopLossUsd, takeProfitUsd } = action
      const trade = {
        side,
        quantityUsd,
        leverage,
        orderType,
        priceUsd,
        stopLossUsd,
        takeProfitUsd,
        clientId: command.commandId
      }
      return one(command, actionOf(openTrade, { trade, hedges: false }), opens)
    }
    case "reduce_position":
      return reduction(command, action)
  }
}

/** Leverage and margin first: without them the exchange refuses the order. What was paid in stays when the order ends without effect. */
const crossEntry = (
  command: AutomationCommand,
  leverage: number,
  amountSats: number,
  order: PlannedOrder
): OrderPlan => {
  const opens = { lock: crossLock, opensBehindCloses: true } as const
  const intentId = leverageIntentId(command.commandId)
  const leveraged = planned(command, actionOf(setCrossLeverage, { leverage }), { ...opens, intentId })
  const paid = planned(command, actionOf(payEntryMargin, { amountSats }), {
    ...opens,
    intentId: `${command.commandId}.margin`,
    entryMarginSats: amountSats
  })
  return { join: "chain", orders: [leveraged, ...(amountSats > 0 ? [paid] : []), { ...order, ...opens }] }
}

const reduction = (
  command: AutomationCommand,
  { plan }: Extract<AutomationCommand["action"], { readonly _tag: "reduce_position" }>
): OrderPlan => {
  switch (plan?._tag) {
    case undefined:
      return nothingToDo
    case "close_trades":
      return {
        join: "each",
        orders: plan.trades.map(({ positionId, quantityUsd }) =>
          planned(command, actionOf(closeTrade, { tradeId: positionId, quantityUsd }), {
            intentId: `${command.commandId}.${positionId}`,
            positionId,
            positionRevision: positionId === command.positionId ? command.positionRevision : 0,
            quantityUsd
          })
        )
      }
    case "hedge": {
      const { leverage, quantityUsd, side } = plan
      const none = { priceUsd: undefined, stopLossUsd: undefined, takeProfitUsd: undefined }
      const trade: NewTrade = { side, quantityUsd, leverage, orderType: "market", ...none, clientId: command.commandId }
      // Another trade: the position stays at its revision, on which it may still have to be closed.
      const changes = { positionRevision: 0, opensQuantityUsd: quantityUsd }
      return one(command, actionOf(openTrade, { trade, hedges: true }), changes)
    }
    case "cross_order": {
      const { quantityUsd, side } = plan
      const order = { side, quantityUsd, orderType: "market", priceUsd: undefined, reduces: true } as const
      return one(command, actionOf(crossOrder, order))
    }
  }
}

const nothingToDo: OrderPlan = { join: "one", orders: [] }

const planned = (
  command: AutomationCommand,
  action: OrderAction,
  changes: Partial<PlannedOrder> = {}
): PlannedOrder => ({
  intentId: command.commandId,
  positionId: commandSubject(command),
  positionRevision: command.positionRevision,
  ...(command.marginMode === "cross" ? { lock: crossLock } : {}),
  action,
  opensQuantityUsd: 0,
  addsMarginSats: 0,
  ...changes
})

const one = (command: AutomationCommand, action: OrderAction, changes: Partial<PlannedOrder> = {}): OrderPlan => ({
  join: "one",
  orders: [planned(command, action, changes)]
})
