import type { MarketSettings } from "./MarketState.ts"

/** Settings of the exchange's shell; those of its market are in `MarketSettings`. */
export interface ExchangeSettings {
  readonly market: Partial<MarketSettings>
  /** Requests a second of one account, and of one address without a signature; 0: no limit. */
  readonly accountRequestsPerSecond: number
  readonly publicRequestsPerSecond: number
  /** The same a minute for REST v2. */
  readonly v2AccountRequestsPerMinute: number
  readonly v2PublicRequestsPerMinute: number
  /** Requests a second of one stream connection; 0: no limit. */
  readonly streamRequestsPerSecond: number
  /** How often the exchange pings a stream client; one silent from ping to ping is cut off. 0: never. */
  readonly streamPingMs: number
  /** Whether v3 still has `/oracle`: a client says that the exchange took it away in July 2026. */
  readonly servesOracle: boolean
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
  v2AccountRequestsPerMinute: 60,
  v2PublicRequestsPerMinute: 30,
  streamRequestsPerSecond: 50,
  streamPingMs: 30_000,
  servesOracle: true,
  signatureWindowMs: 30_000,
  latencyMs: 0,
  jitterMs: 0,
  faultSeed: 1
}
