import { assert, it } from "@effect/vitest"
import type { RetryPolicy } from "@millrace/contracts"
import { Duration, Effect, Schema } from "effect"
import { endlessly, startRetries } from "../src/index.ts"

const policy = (changes: Partial<RetryPolicy>): RetryPolicy => ({
  attempts: 5,
  backoff: "exponential",
  initial: Duration.seconds(1),
  factor: 2,
  jitter: 0,
  cap: Duration.minutes(1),
  ...changes
})

const waitsOf = (one: RetryPolicy, count: number) =>
  Effect.gen(function* () {
    const waits = yield* startRetries(one)
    const all: Array<number | undefined> = []
    for (let n = 0; n < count; n++) all.push(yield* waits.next)
    return all
  })

/**
 * @guarantee records: A failed record waits alone, counts its attempts, and ends in the dead letters
 * @how a schedule from topics.yaml per record; only its key waits
 */
it.effect("doubles an exponential wait up to its cap and ends after the last attempt", () =>
  Effect.gen(function* () {
    const waits = yield* waitsOf(policy({ cap: Duration.seconds(3) }), 6)
    assert.deepStrictEqual(waits, [1_000, 2_000, 3_000, 3_000, undefined, undefined])
  })
)

it.effect("waits the same each time when the backoff is fixed", () =>
  Effect.gen(function* () {
    const waits = yield* waitsOf(policy({ backoff: "fixed", attempts: 3 }), 3)
    assert.deepStrictEqual(waits, [1_000, 1_000, undefined])
  })
)

it.effect("has no wait where only one attempt is allowed", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* waitsOf(policy({ attempts: 1 }), 1), [undefined])
  })
)

it.effect("never ends for a record that must not be given up", () =>
  Effect.gen(function* () {
    const waits = yield* waitsOf(endlessly(policy({ attempts: 1 })), 1_000)
    assert.isFalse(waits.includes(undefined))
    assert.strictEqual(waits.at(-1), 60_000)
  })
)

it.effect.prop(
  "changes a wait by its jitter at most, and never beyond the cap",
  [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))],
  ([tenths]) =>
    Effect.gen(function* () {
      const jitter = tenths / 10
      const waits = yield* waitsOf(policy({ jitter, attempts: 9, cap: Duration.seconds(20) }), 8)
      waits.forEach((wait, index) => {
        const plain = 1_000 * 2 ** index
        assert.isAtLeast(wait!, Math.min(20_000, plain * (1 - jitter)) - 1e-6)
        assert.isAtMost(wait!, Math.min(20_000, plain * (1 + jitter)) + 1e-6)
      })
    })
)
