/**
 * The open interval of prices in which nothing is triggered, so that most ticks cost nothing.
 *
 * A new or changed trade narrows it; a trigger that went away leaves it too narrow, which costs one scan and no more.
 */
import type { Trade } from "./MarketState.ts"

export interface QuietBand {
  readonly low: number
  readonly high: number
}

export const everywhere: QuietBand = { low: 0, high: Number.POSITIVE_INFINITY }

/** The band above a trigger that falling prices reach, or below one that rising prices reach. */
export const without = (band: QuietBand, price: number, reachedBy: "falling" | "rising"): QuietBand =>
  reachedBy === "falling"
    ? { low: Math.max(band.low, price), high: band.high }
    : { low: band.low, high: Math.min(band.high, price) }

/** The band less the trade's triggers; undefined for a trailing stop, whose trigger moves with every price. */
export const lessTrade = (band: QuietBand | undefined, trade: Trade): QuietBand | undefined => {
  if (band === undefined || trade.trailingDistance !== 0) return undefined
  const [losing, winning] = trade.side === "buy" ? (["falling", "rising"] as const) : (["rising", "falling"] as const)
  if (trade.status === "open") return without(band, trade.price, losing)
  let next = without(band, trade.liquidation, losing)
  if (trade.stopLoss !== 0) next = without(next, trade.stopLoss, losing)
  return trade.takeProfit === 0 ? next : without(next, trade.takeProfit, winning)
}

export const isQuiet = (band: QuietBand | undefined, price: number): boolean =>
  band !== undefined && price > band.low && price < band.high
