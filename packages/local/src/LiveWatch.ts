import { Clock, Duration, Effect } from "effect"

/** Time between two looks. */
export const lookEvery = Duration.seconds(5)

/**
 * Returns once a service that was live has given no good answer for `patience`, and says for how long.
 *
 * Nothing counts before its first good answer: a start takes its time, and has a limit of its own. One good answer begins anew.
 */
export const awaitNotLive = Effect.fnUntraced(function* (isLive: Effect.Effect<boolean>, patience: Duration.Duration) {
  let goodAtMs: number | undefined
  for (;;) {
    const live = yield* isLive
    const nowMs = yield* Clock.currentTimeMillis
    if (live) goodAtMs = nowMs
    else if (goodAtMs !== undefined && nowMs - goodAtMs >= Duration.toMillis(patience))
      return Duration.millis(nowMs - goodAtMs)
    yield* Effect.sleep(lookEvery)
  }
})
