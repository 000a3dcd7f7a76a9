import type { RetryPolicy } from "@millrace/contracts"
import { Clock, Duration, Effect, Pull, Random, Schedule } from "effect"

/** Waits between attempts of a record, one call for each failed attempt. */
export interface RetryWaits {
  /** Milliseconds to wait before the next attempt; undefined when no attempt is left. */
  readonly next: Effect.Effect<number | undefined>
}

/**
 * The schedule of a policy: `attempts − 1` waits, fixed or growing by `factor`, none above `cap`, each changed at random
 * by at most the share `jitter`. The cap holds after the jitter, too.
 */
export const retrySchedule = (policy: RetryPolicy): Schedule.Schedule<unknown> => {
  const base =
    policy.backoff === "fixed"
      ? Schedule.spaced(policy.initial).pipe(Schedule.map(() => Effect.void))
      : Schedule.exponential(policy.initial, Math.max(1, policy.factor))
  const jittered = Schedule.modifyDelay(base, ({ duration }) =>
    Effect.map(Random.next, (random) => Duration.times(duration, 1 + policy.jitter * (2 * random - 1)))
  )
  return Schedule.min([policy.jitter > 0 ? jittered : base, Schedule.spaced(policy.cap)])
}

/** The same without a limit of attempts, for records that are held until they succeed. */
export const endlessly = (policy: RetryPolicy): RetryPolicy => ({ ...policy, attempts: Number.POSITIVE_INFINITY })

/** Waits of a held record: its dependency or our own infrastructure is down; 100 ms, doubling up to 5 s. */
export const holdPolicy: RetryPolicy = {
  attempts: Number.POSITIVE_INFINITY,
  backoff: "exponential",
  initial: Duration.millis(100),
  factor: 2,
  jitter: 0.2,
  cap: Duration.seconds(5)
}

/**
 * Starts the waits of one record; `failedBefore` counts attempts of an earlier process, whose waits are passed over. Time and
 * randomness come from the fiber's Clock and Random.
 */
export const startRetries = (policy: RetryPolicy, failedBefore = 0): Effect.Effect<RetryWaits> =>
  Effect.gen(function* () {
    const step = yield* Schedule.toStep(retrySchedule(policy))
    let failed = 0
    const next: RetryWaits["next"] = Effect.gen(function* () {
      failed++
      if (failed >= policy.attempts) return undefined
      const now = yield* Clock.currentTimeMillis
      const [, wait] = yield* step(now, undefined)
      return Duration.toMillis(wait)
    }).pipe(Pull.catchDone(() => Effect.undefined))
    for (let passed = 0; passed < failedBefore; passed++) yield* next
    return { next }
  })
