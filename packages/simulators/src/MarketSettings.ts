/** What the market's rules leave open; its defaults are what is known of the exchange, or our choice where nothing is. */
import type { PlRounding } from "./Maths.ts"

export interface FeeTier {
  /** The tier holds above this 30-day volume in USD. */
  readonly aboveUsd: number
  readonly rate: number
}

export interface MarketSettings {
  /** Ids follow from it: the same seed and commands give the same ids. */
  readonly seed: string
  /** Prices the exchange computes are rounded to it; null: not rounded (feed runs). */
  readonly priceStep: number | null
  /** Difference of ask and bid around the last price. */
  readonly spreadUsd: number
  readonly feeTiers: ReadonlyArray<FeeTier>
  /** Longs pay it at each funding hour when positive; 0 switches funding off. */
  readonly fundingRate: number
  readonly fundingHoursUtc: ReadonlyArray<number>
  /** What a trailing stop's distance counts in; the exchange's own unit is not known. */
  readonly trailingUnit: "percent" | "fraction"
  readonly maxIsolatedQuantity: number
  /** Least and most distance of a trailing stop. */
  readonly trailingRange: readonly [least: number, most: number]
  readonly plRounding: PlRounding
  /** Open and running isolated trades of one account; null: any number. */
  readonly maxTrades: number | null
  /** Cross margin that a deposit must reach, in satoshis. */
  readonly minCrossMargin: number
  /** Refuses a trade whose client id the account has used already. */
  readonly refusesRepeatedClientIds: boolean
  /** Lightning withdrawals wait for the control port instead of being paid at once. */
  readonly withdrawalsWait: boolean
}

export const defaultSettings: MarketSettings = {
  seed: "millrace",
  priceStep: 0.5,
  spreadUsd: 0,
  feeTiers: [
    { aboveUsd: 0, rate: 0.001 },
    { aboveUsd: 250_000, rate: 0.0008 },
    { aboveUsd: 1_000_000, rate: 0.0007 },
    { aboveUsd: 5_000_000, rate: 0.0006 }
  ],
  fundingRate: 0,
  fundingHoursUtc: [4, 12, 20],
  trailingUnit: "percent",
  maxIsolatedQuantity: 500_000,
  trailingRange: [0.001, 10],
  plRounding: "nearest",
  maxTrades: null,
  minCrossMargin: 0,
  refusesRepeatedClientIds: false,
  withdrawalsWait: false
}
