import type { Position, TradeOutcome } from "@millrace/contracts"
import { figuresAfter, type PositionEnd, type PositionPlace } from "./positionFromTrade.ts"

export interface AppliedOutcome {
  readonly change: Position | undefined
  /** The figures were not taken from the outcome: read the account's positions. */
  readonly reread: boolean
}

/** What the outcome of a command means for the positions. */
export type OutcomeEffect =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Reread" }
  | { readonly _tag: "Opened"; readonly position: Position }
  | { readonly _tag: "Ended"; readonly positionId: string; readonly end: PositionEnd }
  | { readonly _tag: "Changed"; readonly changes: Partial<Position>; readonly reread: boolean }

/** Whether the command may have done something at the exchange, whatever became of it as a whole. */
export const concernsPositions = (outcome: TradeOutcome): boolean =>
  outcome.status === "unknown" ||
  (outcome.status === "completed" && (outcome.after !== undefined || outcome.effectId !== undefined)) ||
  outcome.parts?.some(({ status }) => status === "completed" || status === "unknown") === true

/**
 * Returns what an outcome means, given its position as it is held.
 *
 * Only an answer that showed the command's own position says figures; for everything else (several effects, a cross order, a
 * lost reply, an outcome that is older than our view) the exchange is read.
 */
export const effectOfOutcome = (
  outcome: TradeOutcome,
  position: Position | undefined,
  place: PositionPlace,
  replayed: boolean
): OutcomeEffect => {
  if (!concernsPositions(outcome)) return { _tag: "Nothing" }
  const { after, commandId } = outcome
  if (outcome.status !== "completed" || after === undefined || outcome.parts !== undefined) return { _tag: "Reread" }
  if (outcome.action._tag === "open_position") return entryEffect(outcome, place, replayed)
  if (position === undefined) return { _tag: "Nothing" }
  if (!after.open) {
    const closedAtMs = after.closedAtMs ?? outcome.marketTimeMs
    const end = { exitPriceUsd: after.exitPriceUsd, pnlSats: outcome.pnlSats, closedAtMs, commandId }
    return { _tag: "Ended", positionId: position.positionId, end: { reason: "closed", ...end } }
  }
  const changes = replayed ? { commandId } : { ...figuresAfter(after), commandId }
  return { _tag: "Changed", changes, reread: replayed }
}

/** A filled isolated entry is a position at once; a cross order, or one that waits at the exchange, is read. */
const entryEffect = (outcome: TradeOutcome, place: PositionPlace, replayed: boolean): OutcomeEffect => {
  const { action, after, commandId, effectId } = outcome
  if (action._tag !== "open_position" || after === undefined) return { _tag: "Nothing" }
  const filled = action.marginMode === "isolated" && action.orderType === "market" && after.open
  if (!filled || effectId === undefined || replayed) return { _tag: "Reread" }
  const position: Position = {
    _tag: "Position",
    positionId: effectId,
    accountId: outcome.accountId,
    market: action.market,
    marginMode: "isolated",
    side: action.side,
    quantityUsd: action.quantityUsd,
    entryPriceUsd: after.entryPriceUsd,
    marginSats: after.marginSats,
    maintenanceMarginSats: after.maintenanceMarginSats,
    leverage: after.leverage,
    liquidationPriceUsd: after.liquidationPriceUsd,
    ...(action.stopLossUsd === undefined ? {} : { stopLossUsd: action.stopLossUsd }),
    ...(action.takeProfitUsd === undefined ? {} : { takeProfitUsd: action.takeProfitUsd }),
    status: "open",
    openedAtMs: outcome.marketTimeMs,
    revision: 1,
    epoch: place.epoch
  }
  return { _tag: "Opened", position: { ...position, ...figuresAfter(after), commandId } }
}
