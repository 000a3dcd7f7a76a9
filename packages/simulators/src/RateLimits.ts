/** Request budgets: one bucket per account, public address or stream connection, refilled evenly. */
export interface Budget {
  /** Requests in a period, and what a rested bucket holds; 0: no limit. */
  readonly requests: number
  readonly perMs: number
}

export interface Taken {
  /** 0 when the request may pass, else the seconds to wait (for Retry-After). */
  readonly retryAfterSeconds: number
  /** Whole requests that may follow at once; undefined without a limit. */
  readonly remaining: number | undefined
}

export interface RateLimits {
  /** Takes one request. */
  readonly take: (who: string, budget: Budget, nowMs: number) => Taken
}

const LIMIT_OF_BUCKETS = 10_000
const unlimited: Taken = { retryAfterSeconds: 0, remaining: undefined }

/** A bucket holds one period's requests, at least one. */
export const makeRateLimits = (): RateLimits => {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return {
    take: (who, { requests, perMs }, nowMs) => {
      if (requests <= 0) return unlimited
      const perMillisecond = requests / perMs
      const capacity = Math.max(1, requests)
      const bucket = buckets.get(who) ?? { tokens: capacity, atMs: nowMs }
      const tokens = Math.min(capacity, bucket.tokens + (nowMs - bucket.atMs) * perMillisecond)
      if (buckets.size >= LIMIT_OF_BUCKETS && !buckets.has(who)) buckets.delete(buckets.keys().next().value!)
      const passes = tokens >= 1
      const left = passes ? tokens - 1 : tokens
      buckets.set(who, { tokens: left, atMs: nowMs })
      return {
        retryAfterSeconds: passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMillisecond / 1000)),
        remaining: Math.floor(left)
      }
    }
  }
}
