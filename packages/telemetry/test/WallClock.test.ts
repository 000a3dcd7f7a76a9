import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { wallClockMs } from "../src/index.ts"

it.effect("follows the test's clock, with fractions of a millisecond", () =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1500 micros")
    assert.strictEqual(yield* wallClockMs, 1.5)
  })
)

it.live("is the time of day, finer than a millisecond", () =>
  Effect.gen(function* () {
    const one = yield* wallClockMs
    yield* Effect.sleep("2 millis")
    const other = yield* wallClockMs
    assert.isAbove(one, Date.UTC(2024, 0, 1))
    assert.isAbove(other - one, 1)
    assert.isTrue(one % 1 !== 0 || other % 1 !== 0)
  })
)
