import { assert, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { awaitNotLive } from "../src/LiveWatch.ts"

/** A service as it answers, and the watch over it. */
const watched = (patience: Duration.Input) => {
  const service = { live: false }
  const isLive = Effect.sync(() => service.live)
  return { service, watch: awaitNotLive(isLive, Duration.fromInputUnsafe(patience)) }
}

/**
 * @guarantee operation: The local stack restarts a service that is not live, not only one that ended
 * @how `/live` is asked every 5 s; no good answer for `MILLRACE_NOT_LIVE_AFTER` (15 s): SIGKILL, then a new process
 */
it.effect("tells of a service that was live and has given no good answer for its patience", () =>
  Effect.gen(function* () {
    const { service, watch } = watched("15 seconds")
    const fiber = yield* Effect.forkChild(watch)
    yield* TestClock.adjust("10 minutes")
    assert.isUndefined(fiber.pollUnsafe(), "a start takes its time")
    service.live = true
    yield* TestClock.adjust("10 minutes")
    service.live = false
    yield* TestClock.adjust("10 seconds")
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("5 seconds")
    assert.strictEqual(Duration.toSeconds(yield* Fiber.join(fiber)), 15)
  })
)

it.effect("begins anew with one good answer", () =>
  Effect.gen(function* () {
    const { service, watch } = watched("15 seconds")
    const fiber = yield* Effect.forkChild(watch)
    service.live = true
    yield* TestClock.adjust("5 seconds")
    for (let round = 0; round < 5; round++) {
      service.live = false
      yield* TestClock.adjust("10 seconds")
      service.live = true
      yield* TestClock.adjust("5 seconds")
    }
    assert.isUndefined(fiber.pollUnsafe())
  })
)
