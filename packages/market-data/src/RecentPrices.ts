import type { PriceRange } from "./figureChecks.ts"

/** The prices of the last while, to compare with what the exchange worked out at a time. Plain and immediate. */
export interface RecentPrices {
  readonly add: (priceUsd: number, nowMs: number) => void
  /** Prices that held at any time between the two; `undefined`: not known, or forgotten by now. */
  readonly between: (fromMs: number, toMs: number) => PriceRange | undefined
}

/** Times are of one monotonic clock, in milliseconds. */
export const makeRecentPrices = (keptMs: number): RecentPrices => {
  let prices: Array<{ readonly priceUsd: number; readonly atMs: number }> = []
  let forgotten = 0
  return {
    add: (priceUsd, nowMs) => {
      prices.push({ priceUsd, atMs: nowMs })
      // The one before the kept time still holds at its beginning.
      while (prices.length - forgotten > 1 && prices[forgotten + 1]!.atMs <= nowMs - keptMs) forgotten += 1
      if (forgotten > 1_000 && forgotten > prices.length / 2) {
        prices = prices.slice(forgotten)
        forgotten = 0
      }
    },
    between: (fromMs, toMs) => {
      let lowUsd = Number.POSITIVE_INFINITY
      let highUsd = 0
      for (let i = prices.length - 1; i >= forgotten; i--) {
        const { atMs, priceUsd } = prices[i]!
        if (atMs > toMs) continue
        lowUsd = Math.min(lowUsd, priceUsd)
        highUsd = Math.max(highUsd, priceUsd)
        if (atMs <= fromMs) return { lowUsd, highUsd }
      }
      return undefined
    }
  }
}
