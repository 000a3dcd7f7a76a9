/** Request budgets: one bucket per account and per public address, refilled evenly. */
export interface RateLimits {
  /** Takes one request; returns 0 when it may pass, else the seconds to wait (for Retry-After). */
  readonly take: (who: string, perSecond: number, nowMs: number) => number
}

const LIMIT_OF_BUCKETS = 10_000

/** A limit of 0 means no limit. A bucket holds one second's requests, at least one. */
export const makeRateLimits = (): RateLimits => {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return {
    take: (who, perSecond, nowMs) => {
      if (perSecond <= 0) return 0
      const capacity = Math.max(1, perSecond)
      const bucket = buckets.get(who) ?? { tokens: capacity, atMs: nowMs }
      const tokens = Math.min(capacity, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
      if (buckets.size >= LIMIT_OF_BUCKETS && !buckets.has(who)) buckets.delete(buckets.keys().next().value!)
      const passes = tokens >= 1
      buckets.set(who, { tokens: passes ? tokens - 1 : tokens, atMs: nowMs })
      return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond))
    }
  }
}
