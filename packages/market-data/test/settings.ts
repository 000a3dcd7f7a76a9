import { Duration } from "effect"
import type { MarketDataSettings } from "../src/MarketDataConfig.ts"

export const settings: MarketDataSettings = {
  instance: "1",
  market: "btc_usd",
  network: "simulator",
  leaseTime: Duration.seconds(6),
  leaseRetry: Duration.seconds(1),
  fallbackAfter: Duration.seconds(2),
  staleAfter: Duration.seconds(10),
  pollInterval: Duration.seconds(1),
  backfillAfter: Duration.minutes(1),
  backfillMost: Duration.hours(12),
  backfillTimeout: Duration.seconds(5),
  checkInterval: Duration.seconds(5),
  checkPriceTolerance: 0,
  outOfReachAfter: Duration.seconds(30),
  rereadInterval: Duration.minutes(1),
  idleAfter: Duration.minutes(1),
  idleInterval: Duration.minutes(10),
  refusedRetry: Duration.minutes(5)
}
