import type { ExchangeTrade } from "@millrace/exchange"
import type { OutcomeReason } from "./OutcomeReason.ts"

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
