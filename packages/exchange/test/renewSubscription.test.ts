import { assert, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { renewSubscription } from "../src/renewSubscription.ts"
import type { StreamUnavailable } from "../src/StreamConnection.ts"

it.effect("subscribes again after a silence, and after each further one; prices put it off", () =>
  Effect.gen(function* () {
    let starts = 0
    let pushedAtMs = 0
    let answers = true
    const gone: StreamUnavailable = { _tag: "StreamUnavailable", detail: "subscribe: no answer" }
    const fiber = yield* Effect.forkChild(
      renewSubscription({
        side: "public",
        start: Effect.suspend(() => {
          starts += 1
          return answers ? Effect.void : Effect.fail(gone)
        }),
        after: Duration.seconds(30),
        pushedAtMs: () => pushedAtMs
      }),
      { startImmediately: true }
    )
    yield* TestClock.adjust("29 seconds")
    pushedAtMs = 29_000
    yield* TestClock.adjust("29 seconds")
    assert.strictEqual(starts, 0)
    yield* TestClock.adjust("1 seconds")
    assert.strictEqual(starts, 1)
    yield* TestClock.adjust("90 seconds")
    assert.strictEqual(starts, 4)
    answers = false
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(yield* Fiber.join(fiber), "subscribe: no answer")
  })
)
