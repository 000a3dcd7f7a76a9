import type { ExchangeTrade } from "@millrace/exchange"
import type { CommandContext } from "./CommandContext.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"

/** What a look at the exchange proves about an order whose reply was lost. */
export type Judgement =
  | { readonly _tag: "Applied"; readonly trade: ExchangeTrade }
  /** It was not applied and never will be. */
  | { readonly _tag: "Void"; readonly reason: OutcomeReason; readonly trade: ExchangeTrade | undefined }
  /** Not applied so far; a copy of the request may still be on its way. */
  | { readonly _tag: "NotYet"; readonly trade: ExchangeTrade }
  /** The position moved in a way that proves neither. */
  | { readonly _tag: "Ambiguous"; readonly trade: ExchangeTrade | undefined }

/**
 * Whether the exchange liquidated an ended trade: its exit is at or beyond its liquidation price.
 *
 * The market applies liquidation before any order of a tick, so an order never ends a trade there.
 */
export const wasLiquidated = (trade: ExchangeTrade): boolean => {
  if (trade.status !== "closed") return false
  if (trade.exitPriceUsd === undefined) return trade.pnlSats !== undefined && trade.pnlSats <= -trade.marginSats
  return trade.side === "buy"
    ? trade.exitPriceUsd <= trade.liquidationPriceUsd
    : trade.exitPriceUsd >= trade.liquidationPriceUsd
}

/** Why an ended trade can't be acted on; `undefined`: it is still running. */
export const endOf = (trade: ExchangeTrade | undefined): OutcomeReason | undefined => {
  if (trade === undefined) return "position_unknown"
  if (trade.status === "running" || trade.status === "open") return undefined
  return wasLiquidated(trade) ? "position_liquidated" : "position_closed"
}

/** Judges an order that was sent and not answered by the trade as the exchange shows it afterwards. */
export const judgeReadBack = (context: CommandContext, trade: ExchangeTrade | undefined): Judgement => {
  if (trade === undefined) return { _tag: "Void", reason: "position_unknown", trade }
  return context.command.action._tag === "add_margin"
    ? judgeMargin(context.marginBeforeSats, context.command.action.amountSats, trade)
    : judgeClose(context.command.marketTimeMs, trade)
}

/** Closed at or after the deciding tick, and not by liquidation: by us. Market times on both sides. */
const judgeClose = (decidedAtMarketMs: number, trade: ExchangeTrade): Judgement => {
  const end = endOf(trade)
  if (end === undefined) return { _tag: "NotYet", trade }
  if (end !== "position_closed" || trade.status === "canceled") return { _tag: "Void", reason: end, trade }
  return trade.closedAtMs === undefined || trade.closedAtMs >= decidedAtMarketMs
    ? { _tag: "Applied", trade }
    : { _tag: "Void", reason: end, trade }
}

const judgeMargin = (beforeSats: number | undefined, amountSats: number, trade: ExchangeTrade): Judgement => {
  if (beforeSats === undefined) return { _tag: "Ambiguous", trade }
  if (trade.marginSats === beforeSats + amountSats) return { _tag: "Applied", trade }
  const end = endOf(trade)
  if (trade.marginSats !== beforeSats) return { _tag: "Ambiguous", trade }
  return end === undefined ? { _tag: "NotYet", trade } : { _tag: "Void", reason: end, trade }
}
