import type { CommandTiming, PositionAfter, TradeOutcome } from "@millrace/contracts"
import type { ExchangeTrade } from "@millrace/exchange"
import type { CommandContext } from "./CommandContext.ts"
import { type OutcomeReason, outcomeReasons } from "./OutcomeReason.ts"

/** How a command ended. */
export interface Ending {
  readonly reason: OutcomeReason
  /** The trade as the exchange showed it last. */
  readonly trade?: ExchangeTrade | undefined
  readonly timing?: Partial<CommandTiming>
}

/** Returns the outcome record of a command; the trade's state goes into it only where the command changed it. */
export const outcomeOf = (context: CommandContext, ending: Ending, finishedAtMs: number): TradeOutcome => {
  const { command } = context
  const { status } = outcomeReasons[ending.reason]
  const effect = ending.reason === "done" ? ending.trade : undefined
  return {
    commandId: command.commandId,
    accountId: command.accountId,
    accountName: context.accountName,
    ruleId: command.ruleId,
    positionId: command.positionId,
    action: command.action,
    attempt: command.attempt,
    status,
    reason: ending.reason,
    marketTimeMs: command.marketTimeMs,
    priceUsd: command.priceUsd,
    marginLoss: command.figures.marginLoss,
    ...(effect === undefined ? {} : appliedFields(context, effect)),
    timing: {
      tickReceivedAtMs: command.tickReceivedAtMs,
      decidedAtMs: command.decidedAtMs,
      commandReceivedAtMs: context.receivedAtMs,
      ...ending.timing
    },
    finishedAtMs
  }
}

const appliedFields = ({ command }: CommandContext, trade: ExchangeTrade) => ({
  effectId: trade.tradeId,
  after: positionAfter(trade),
  ...(trade.pnlSats === undefined ? {} : { pnlSats: trade.pnlSats }),
  ...(command.action._tag === "add_margin" ? { addedMarginSats: command.action.amountSats } : {})
})

const positionAfter = (trade: ExchangeTrade): PositionAfter => ({
  open: trade.status === "running",
  marginSats: trade.marginSats,
  maintenanceMarginSats: trade.maintenanceMarginSats,
  leverage: trade.leverage,
  entryPriceUsd: trade.entryPriceUsd,
  liquidationPriceUsd: trade.liquidationPriceUsd,
  ...(trade.exitPriceUsd === undefined ? {} : { exitPriceUsd: trade.exitPriceUsd }),
  ...(trade.closedAtMs === undefined ? {} : { closedAtMs: trade.closedAtMs })
})
