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
  backfillTimeout: Duration.seconds(5),
  rereadInterval: Duration.minutes(1),
  refusedRetry: Duration.minutes(5)
}
