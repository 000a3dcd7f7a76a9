import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { makeRequestBudget } from "../src/RequestBudget.ts"

const forEver = Number.POSITIVE_INFINITY

describe("a request budget", () => {
  it.effect("lets an order overtake reads that wait", () =>
    Effect.gen(function* () {
      const budget = yield* makeRequestBudget({ limit: 2, reserve: 1, windowMs: 1000 })
      const done = yield* Ref.make<ReadonlyArray<string>>([])
      const ask = (name: string, priority: "order" | "read") =>
        budget
          .take(priority, forEver)
          .pipe(
            Effect.andThen(Ref.update(done, (names) => [...names, name])),
            Effect.forkChild({ startImmediately: true })
          )
      yield* ask("first read", "read")
      yield* ask("second read", "read")
      yield* ask("order", "order")
      yield* ask("second order", "order")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order"])
      yield* TestClock.adjust("1001 millis")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order", "second order"])
      yield* TestClock.adjust("1001 millis")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order", "second order", "second read"])
    })
  )

  it.effect("keeps the order of reads", () =>
    Effect.gen(function* () {
      const budget = yield* makeRequestBudget({ limit: 1, reserve: 0, windowMs: 1000 })
      const done = yield* Ref.make<ReadonlyArray<number>>([])
      for (const n of [1, 2, 3, 4]) {
        yield* budget
          .take("read", forEver)
          .pipe(Effect.andThen(Ref.update(done, (all) => [...all, n])), Effect.forkChild({ startImmediately: true }))
      }
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Ref.get(done), [1, 2, 3, 4])
    })
  )

  it.effect("fails at once when the turn would come too late, and says when to come again", () =>
    Effect.gen(function* () {
      const budget = yield* makeRequestBudget({ limit: 5, reserve: 2, windowMs: 1000 })
      yield* budget.hold(60_000)
      const failure = yield* Effect.flip(budget.take("order", 2000))
      assert.strictEqual(failure.retryAfterMs, 60_000)
    })
  )

  it.effect("forgets a caller that was interrupted while it waited", () =>
    Effect.gen(function* () {
      const budget = yield* makeRequestBudget({ limit: 1, reserve: 0, windowMs: 1000 })
      yield* budget.take("order", forEver)
      const gone = yield* budget.take("order", forEver).pipe(Effect.forkChild({ startImmediately: true }))
      yield* Fiber.interrupt(gone)
      yield* TestClock.adjust("1001 millis")
      yield* budget.take("read", 0)
    })
  )
})
