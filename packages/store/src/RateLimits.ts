import { Context, Effect, Layer, Metric, Option } from "effect"
import type { Redis } from "effect/persistence"
import { type LimitState, makeLocalLimitState } from "./LimitState.ts"
import type { RateLimit, RateLimited } from "./RateLimit.ts"
import { RateLimitsConfig } from "./RateLimitsConfig.ts"
import { layerRedis, RedisConfig } from "./RedisConnection.ts"
import { makeRedisLimitState } from "./RedisLimitState.ts"
import { makeSharedLimitState } from "./SharedLimitState.ts"
import { makeTurnQueue, type TurnRequest } from "./TurnQueue.ts"

/** Budgets of requests to outside APIs: per account, webhook or address; one count for all instances. */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /**
     * Takes a turn, waiting for it no longer than asked: in order within a priority, urgent requests first; an urgent
     * one that waits holds ordinary ones back in every instance.
     *
     * Fails with `RateLimited` (nothing was counted) when the turn would come later.
     */
    readonly take: (limit: RateLimit, request: TurnRequest) => Effect.Effect<void, RateLimited>
    /** Obeys an API that asked to be left alone (429, Retry-After): no instance gets a turn before the time is over. */
    readonly block: (limit: RateLimit, durationMs: number) => Effect.Effect<void>
    /** True while all instances share one count. */
    readonly shared: () => boolean
  }
>()("@millrace/store/RateLimits") {
  /** Counts of this process alone, by Effect's clock. */
  static readonly layerMemory = Layer.effect(
    RateLimits,
    Effect.map(makeLocalLimitState, (local) => makeRateLimits(local, () => false))
  )

  /** Counts in Redis; while it does not answer, this instance goes on with its share of each limit. */
  static readonly layerRedis = Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const { fallbackShare, prefix, redisRetry, redisTimeout } = yield* RateLimitsConfig
      const remote: LimitState<Redis.RedisError> = yield* makeRedisLimitState(prefix)
      const state = yield* makeSharedLimitState(remote, yield* makeLocalLimitState, {
        share: fallbackShare,
        timeout: redisTimeout,
        retry: redisRetry
      })
      return makeRateLimits(state, state.shared)
    })
  )

  /** In Redis when `REDIS_URL` is set, else in this process. A Redis that is away does not hold up the start. */
  static readonly layer = Layer.unwrap(
    Effect.map(RedisConfig, ({ url }) =>
      Option.isSome(url) ? Layer.provide(RateLimits.layerRedis, layerRedis) : RateLimits.layerMemory
    )
  )
}

const turns = Metric.counter("millrace_store_rate_limit_turns_total", {
  description: "turns asked for, by API and result: taken at once, after a wait, or refused",
  incremental: true
})

const makeRateLimits = (state: LimitState<never>, shared: () => boolean): RateLimits["Service"] => {
  const take = makeTurnQueue(state)
  const count = (limit: RateLimit, result: string) =>
    Metric.update(Metric.withAttributes(turns, { api: limit.api, result }), 1)
  return RateLimits.of({
    take: (limit, request) =>
      take(limit, request).pipe(
        Effect.tapError(() => count(limit, "refused")),
        Effect.flatMap((taken) => count(limit, taken))
      ),
    block: state.block,
    shared
  })
}
