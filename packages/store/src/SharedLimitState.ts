import { showFromStart } from "@millrace/telemetry"
import { Cause, Clock, Duration, Effect, Metric } from "effect"
import type { LimitState, LocalLimitState } from "./LimitState.ts"
import type { RateLimit } from "./RateLimit.ts"

export interface FallbackOptions {
  /** Part of each limit that this instance uses by itself while the shared counts are away, above 0 and at most 1. */
  readonly share: number
  /** Longest wait for the shared counts. */
  readonly timeout: Duration.Duration
  /** Time between two looks whether they are back. */
  readonly retry: Duration.Duration
}

/** Counts shared by instances, with a fall-back. */
export interface SharedLimitState extends LimitState<never> {
  /** False while the instance counts by itself. */
  readonly shared: () => boolean
}

const outages = Metric.counter("millrace_store_rate_limit_outages_total", {
  description: "times the shared counts were lost and this instance went on with its share of each limit",
  incremental: true
})

/**
 * Takes turns from the shared counts, and from the local ones at a share of each limit while those are away.
 *
 * Never fails. Turns taken elsewhere are noted here, too, and so are blocks, so that an outage finds this instance
 * knowing what it sent and what it must not send. At both ends of an outage up to the instances' shares may come on top
 * of the limit within one window.
 */
export const makeSharedLimitState = Effect.fnUntraced(function* <E>(
  remote: LimitState<E>,
  local: LocalLimitState,
  options: FallbackOptions
) {
  const clock = yield* Clock.Clock
  yield* showFromStart(outages)
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const retryMs = Duration.toMillis(options.retry)
  let outage: { readonly sinceMs: number; nextTryMs: number } | undefined

  const away = Effect.fnUntraced(function* (detail: string) {
    const now = nowMs()
    if (outage !== undefined) {
      outage.nextTryMs = now + retryMs
      return
    }
    outage = { sinceMs: now, nextTryMs: now + retryMs }
    yield* Metric.update(outages, 1)
    yield* Effect.logWarning("rate limits are not shared: Redis does not answer").pipe(
      Effect.annotateLogs({ share: options.share, error: detail })
    )
  })
  const back = Effect.suspend(() => {
    if (outage === undefined) return Effect.void
    const seconds = (nowMs() - outage.sinceMs) / 1000
    outage = undefined
    return Effect.logInfo("rate limits are shared again").pipe(Effect.annotateLogs({ outageSeconds: seconds }))
  })

  /** Asks the shared counts, unless they were away a moment ago. */
  const ask = <A>(call: Effect.Effect<A, E>): Effect.Effect<A | undefined> =>
    Effect.suspend(() => {
      const now = nowMs()
      if (outage !== undefined) {
        if (now < outage.nextTryMs) return Effect.undefined
        // One caller looks, the others do not wait for it.
        outage.nextTryMs = now + retryMs
      }
      return call.pipe(
        Effect.timeoutOrElse({
          duration: options.timeout,
          orElse: () => Effect.fail(new Cause.TimeoutError(`no answer within ${Duration.toMillis(options.timeout)} ms`))
        }),
        Effect.tap(back),
        Effect.catch((error) => Effect.as(away(detailOf(error)), undefined))
      )
    })

  return {
    shared: () => outage === undefined,
    take: (limit, priority, maxWaitMs) =>
      Effect.suspend(() => {
        const blockedMs = local.blockedForMs(limit)
        if (blockedMs > 0) return Effect.succeed(blockedMs)
        return Effect.flatMap(ask(remote.take(limit, priority, maxWaitMs)), (waitMs) => {
          if (waitMs === undefined) return local.take(shareOfLimit(limit, options.share), priority, maxWaitMs)
          if (waitMs === 0) local.note(limit)
          return Effect.succeed(waitMs)
        })
      }),
    block: (limit, durationMs) =>
      Effect.andThen(local.block(limit, durationMs), Effect.asVoid(ask(remote.block(limit, durationMs))))
  } satisfies SharedLimitState
})

const shareOfLimit = (limit: RateLimit, share: number): RateLimit => ({
  ...limit,
  limit: Math.max(1, Math.floor(limit.limit * share)),
  reserve: Math.floor((limit.reserve ?? 0) * share)
})

/** The innermost message, in one line; commands and their arguments are left out. */
const detailOf = (error: unknown): string => {
  const cause: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "cause") : undefined
  if (cause !== undefined) return detailOf(cause)
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!
}
