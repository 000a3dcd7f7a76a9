import type { AutomationCommand, CommandAction, Position, Rule } from "@millrace/contracts"
import type { AppliedChange } from "./ExchangeAccount.ts"
import type { SimulatedExchange } from "./SimulatedExchange.ts"

/** A command of the world, with what has to be there before it. */
export interface WorldCommand {
  readonly command: AutomationCommand
  readonly rule: Rule
  readonly positions: ReadonlyArray<Position>
  /** Puts the exchange into the state that the command is decided on. */
  readonly prepare: (exchange: SimulatedExchange) => void
  /** The intent of a change that this command makes; `undefined`: it makes no such change. */
  readonly intentOf: (change: AppliedChange) => string | undefined
}

/** Everything that a command can ask of the exchange. */
export const worldActions = [
  "close",
  "add_margin",
  "cash_in",
  "stop_loss",
  "take_profit",
  "new_trade",
  "close_trades",
  "hedge",
  "close_cross",
  "cross_deposit",
  "cross_reduction",
  "cross_entry"
] as const
export type WorldAction = (typeof worldActions)[number]

/** Cross positions and entries of their own, so that no command's end is another one's beginning. */
const crossAccounts: Partial<Record<WorldAction, string>> = {
  close_cross: "a-2",
  cross_deposit: "a-1",
  cross_reduction: "a-1",
  cross_entry: "a-3"
}

const long = { market: "btc_usd", side: "buy", quantityUsd: 1000, leverage: 10 } as const

const positionOf = (accountId: string, positionId: string, changes: Partial<Position> = {}): Position => ({
  ...{ _tag: "Position", positionId, accountId, marginMode: "isolated", ...long },
  ...{ entryPriceUsd: 60_000, marginSats: 166_666, maintenanceMarginSats: 1833, liquidationPriceUsd: 54_545.5 },
  ...{ status: "open", openedAtMs: 0, revision: 1, epoch: 1 },
  ...changes
})

/** The `index`th command: amounts and quantities grow with it, so that each change at the exchange tells whose it is. */
export const worldCommand = (index: number, kind: WorldAction, drawnAccount: string): WorldCommand => {
  const accountId = crossAccounts[kind] ?? drawnAccount
  const isCross = crossAccounts[kind] !== undefined
  const positionId = isCross ? `cross-${accountId}` : `p-${index}`
  const commandId = `command-${index}`
  const action = actionOf(kind, index, positionId)
  const rule = ruleOf(accountId, index, action)
  const isEntry = rule.kind === "auto_entry"
  const trades = kind === "close_trades" ? [positionId, `${positionId}-a`, `${positionId}-b`] : [positionId]
  const crossPosition = { marginMode: "cross", quantityUsd: 100_000, revision: 1 } as const
  const command: AutomationCommand = {
    ...{ commandId, accountId, ruleId: rule.ruleId, ruleKind: rule.kind, ruleVersion: 1, attempt: 1, action },
    ...(isEntry ? {} : { positionId, figures }),
    ...(isCross ? { marginMode: "cross" } : {}),
    positionRevision: isEntry ? 0 : index + 1,
    ...{ dryRun: false, priceUsd: 57_000, marketTimeMs: 0, tickReceivedAtMs: 0, decidedAtMs: 0 }
  }
  return {
    command,
    rule,
    positions: isEntry ? [] : trades.map((id) => positionOf(accountId, id, isCross ? crossPosition : { revision: 1 })),
    prepare: (exchange) => {
      if (kind === "close_cross" || kind === "cross_reduction" || kind === "cross_deposit") {
        exchange.account(accountId).openCross("buy", 100_000)
      } else if (!isEntry) for (const id of trades) exchange.account(accountId).open(id)
    },
    intentOf: ({ amount, subject, what }) => {
      if (kind === "close_trades") return trades.includes(subject) ? `${commandId}.${subject}` : undefined
      if (what === "open_trade") return subject === commandId ? commandId : undefined
      if (isCross) return crossChanges[kind] === what && amount === crossAmount(kind, index) ? commandId : undefined
      return subject === positionId ? commandId : undefined
    }
  }
}

const figures = { marginLoss: 0.53, exchangeMarginRatio: 0.02, distanceToLiquidation: 0.045, pnlSats: -87_719 }

const crossChanges: Partial<Record<WorldAction, string>> = {
  close_cross: "close_cross",
  cross_deposit: "cross_deposit",
  cross_reduction: "cross_order",
  cross_entry: "cross_order"
}

const crossAmount = (kind: WorldAction, index: number): number => (kind === "close_cross" ? 100_000 : 100 + index)

const actionOf = (kind: WorldAction, index: number, positionId: string): CommandAction => {
  const quantityUsd = 100 + index
  const order = { market: "btc_usd", side: "buy", quantityUsd, leverage: 5, orderType: "market" } as const
  switch (kind) {
    case "close":
    case "close_cross":
      return { _tag: "close_position" }
    case "add_margin":
      return { _tag: "add_margin", amountSats: 20_000 }
    case "cross_deposit":
      return { _tag: "add_margin", amountSats: quantityUsd }
    case "cash_in":
      return { _tag: "cash_in", amountSats: 5000 }
    case "stop_loss":
      return { _tag: "set_stop_loss", priceUsd: 55_000 }
    case "take_profit":
      return { _tag: "set_take_profit", priceUsd: 61_000 }
    case "new_trade":
      return { _tag: "open_position", marginMode: "isolated", ...order }
    case "cross_entry":
      return { _tag: "open_position", marginMode: "cross", ...order }
    case "close_trades": {
      const trades = ["", "-a", "-b"].map((suffix) => ({ positionId: `${positionId}${suffix}`, quantityUsd: 1000 }))
      return { _tag: "reduce_position", reducePercentage: 60, plan: { _tag: "close_trades", trades } }
    }
    case "hedge":
      return reduction({ _tag: "hedge", side: "sell", quantityUsd, leverage: 10 })
    case "cross_reduction":
      return reduction({ _tag: "cross_order", side: "sell", quantityUsd })
  }
}

const reduction = (plan: NonNullable<Extract<CommandAction, { _tag: "reduce_position" }>["plan"]>): CommandAction => ({
  _tag: "reduce_position",
  reducePercentage: 60,
  plan
})

const ruleOf = (accountId: string, index: number, action: CommandAction): Rule => {
  const common = {
    ...({ _tag: "Rule", ruleId: `rule-${index}`, accountId, enabled: true, dryRun: false } as const),
    ...{ retryAfterMs: 60_000, version: 1 }
  }
  switch (action._tag) {
    case "open_position": {
      const { leverage, marginMode, market, quantityUsd, side } = action
      return { ...common, kind: "auto_entry", triggerType: "market", leverage, marginMode, market, quantityUsd, side }
    }
    case "cash_in":
      return {
        ...common,
        kind: "tp_sl",
        triggerPnlPercentage: -40,
        action: "cash_in",
        cashInAmountSats: action.amountSats
      }
    case "set_stop_loss":
      return {
        ...common,
        kind: "tp_sl",
        triggerPnlPercentage: -40,
        action: "update_sl",
        newStopLossUsd: action.priceUsd
      }
    case "set_take_profit":
      return {
        ...common,
        kind: "tp_sl",
        triggerPnlPercentage: -40,
        action: "update_tp",
        newTakeProfitUsd: action.priceUsd
      }
    default:
      return {
        ...{ ...common, kind: "margin_guard", metric: "margin_loss", threshold: 0.5, action: action._tag },
        ...(action._tag === "add_margin" ? { addMarginAmountSats: action.amountSats } : {}),
        ...(action._tag === "reduce_position" ? { reducePercentage: action.reducePercentage } : {})
      }
  }
}
