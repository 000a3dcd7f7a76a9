import { ConfigProvider } from "effect"

const never = "365000 days"

/**
 * Settings of the workers in a replay. Rules keep what the environment says; what only keeps a real installation alive
 * (polls, leases, commits, regular reads) would find nothing new here, and rests.
 */
export const replaySettings: ConfigProvider.ConfigProvider = ConfigProvider.fromEnv({
  env: {
    INSTANCE: "1",
    MARKET_DATA_NETWORK: "simulator",
    MARKET_DATA_LEASE_TIME: never,
    MARKET_DATA_FALLBACK_AFTER: never,
    MARKET_DATA_STALE_AFTER: never,
    MARKET_DATA_POLL_INTERVAL: never,
    MARKET_DATA_CHECK_INTERVAL: never,
    MARKET_DATA_OUT_OF_REACH_AFTER: never,
    MARKET_DATA_REREAD_INTERVAL: never,
    MARKET_DATA_BACKFILL_AFTER: never,
    MONITOR_PROGRESS_EVERY: never,
    EXECUTOR_RECONCILE_INTERVAL: never,
    RUNTIME_COMMIT_INTERVAL: never,
    RUNTIME_CONTROLS_STALE_AFTER: never,
    RUNTIME_LOOK_INTERVAL: never
  }
})
