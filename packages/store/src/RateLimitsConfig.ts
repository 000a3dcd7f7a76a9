import { Config, Duration } from "effect"

/** Settings of rate limits that instances share. */
export const RateLimitsConfig = Config.all({
  /** Begins the names of all keys in Redis, so that several installations can share one. */
  prefix: Config.String("REDIS_PREFIX").pipe(Config.withDefault("millrace:")),
  /**
   * Part of each limit that an instance uses by itself while Redis is away; 1 divided by the number of instances keeps
   * the limit. Two by default: market-data and the executor use the same accounts.
   */
  fallbackShare: Config.Finite("RATE_LIMITS_FALLBACK_SHARE").pipe(Config.withDefault(0.5)),
  /** Longest wait for Redis before an instance counts by itself. */
  redisTimeout: Config.Duration("RATE_LIMITS_REDIS_TIMEOUT").pipe(Config.withDefault(Duration.millis(250))),
  /** Time between two looks whether Redis is back. */
  redisRetry: Config.Duration("RATE_LIMITS_REDIS_RETRY").pipe(Config.withDefault(Duration.seconds(1)))
})
