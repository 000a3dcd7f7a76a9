import type { MarketSettings } from "./MarketState.ts"

/** Settings of the exchange's shell; those of its market are in `MarketSettings`. */
export interface ExchangeSettings {
  readonly market: Partial<MarketSettings>
  /** Requests a second of one account, and of one address without a signature; 0: no limit. */
  readonly accountRequestsPerSecond: number
  readonly publicRequestsPerSecond: number
  /** How far a signature's timestamp may lie from the wall clock. */
  readonly signatureWindowMs: number
  /** Added to every answer, and how much more at random. */
  readonly latencyMs: number
  readonly jitterMs: number
  /** Seed of the random faults and latencies. */
  readonly faultSeed: number
}

export const defaultExchangeSettings: ExchangeSettings = {
  market: {},
  accountRequestsPerSecond: 5,
  publicRequestsPerSecond: 1,
  signatureWindowMs: 30_000,
  latencyMs: 0,
  jitterMs: 0,
  faultSeed: 1
}
