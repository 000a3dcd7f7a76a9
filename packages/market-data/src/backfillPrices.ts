import type { Gap } from "./TickFeed.ts"

export interface Candle {
  readonly timeMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

export interface BackfillPrice {
  readonly priceUsd: number
  readonly marketTimeMs: number
}

const quarterMs = 15_000

/**
 * The prices that one-minute candles tell of a gap: four of each, 15 s apart, and only inside the gap.
 *
 * A rising candle went open, low, high, close, a falling one open, high, low, close: the same reading as a feed file's.
 */
export const backfillPrices = (candles: ReadonlyArray<Candle>, gap: Gap): ReadonlyArray<BackfillPrice> =>
  candles
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .flatMap(({ close, high, low, open, timeMs }) =>
      (close >= open ? [open, low, high, close] : [open, high, low, close]).map((priceUsd, quarter) => ({
        priceUsd,
        marketTimeMs: timeMs + quarter * quarterMs
      }))
    )
    .filter(({ marketTimeMs }) => marketTimeMs > gap.fromMs && marketTimeMs < gap.toMs)
