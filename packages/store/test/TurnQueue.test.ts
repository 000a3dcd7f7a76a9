import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { makeLocalLimitState } from "../src/LimitState.ts"
import type { RateLimit, TurnPriority } from "../src/RateLimit.ts"
import { makeTurnQueue } from "../src/TurnQueue.ts"

const forEver = Number.POSITIVE_INFINITY

const makeBudget = Effect.fnUntraced(function* (changes: Pick<RateLimit, "limit" | "reserve">) {
  const state = yield* makeLocalLimitState
  const take = makeTurnQueue(state)
  const limit: RateLimit = { api: "api", subject: "one", algorithm: "sliding-window", windowMs: 1000, ...changes }
  return {
    take: (priority: TurnPriority, maxWaitMs: number) => take(limit, { priority, maxWaitMs }),
    hold: (durationMs: number) => state.block(limit, durationMs)
  }
})

describe("the queue of a budget", () => {
  /** @guarantee effects: Orders overtake reads, and the exchange's limits are kept */
  it.effect("lets an urgent request overtake ordinary ones that wait", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 2, reserve: 1 })
      const done = yield* Ref.make<ReadonlyArray<string>>([])
      const ask = (name: string, priority: TurnPriority) =>
        budget
          .take(priority, forEver)
          .pipe(
            Effect.andThen(Ref.update(done, (names) => [...names, name])),
            Effect.forkChild({ startImmediately: true })
          )
      yield* ask("first read", "ordinary")
      yield* ask("second read", "ordinary")
      yield* ask("order", "urgent")
      yield* ask("second order", "urgent")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order"])
      yield* TestClock.adjust("1001 millis")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order", "second order"])
      yield* TestClock.adjust("1001 millis")
      assert.deepStrictEqual(yield* Ref.get(done), ["first read", "order", "second order", "second read"])
    })
  )

  it.effect("keeps the order within a priority", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 1, reserve: 0 })
      const done = yield* Ref.make<ReadonlyArray<number>>([])
      for (const n of [1, 2, 3, 4]) {
        yield* budget
          .take("ordinary", forEver)
          .pipe(Effect.andThen(Ref.update(done, (all) => [...all, n])), Effect.forkChild({ startImmediately: true }))
      }
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Ref.get(done), [1, 2, 3, 4])
    })
  )

  it.effect("fails at once when the turn would come too late, and says when to come again", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 5, reserve: 2 })
      yield* budget.hold(60_000)
      const failure = yield* Effect.flip(budget.take("urgent", 2000))
      assert.strictEqual(failure.retryAfterMs, 60_000)
    })
  )

  it.effect("forgets a caller that was interrupted while it waited", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 1, reserve: 0 })
      yield* budget.take("urgent", forEver)
      const gone = yield* budget.take("urgent", forEver).pipe(Effect.forkChild({ startImmediately: true }))
      yield* Fiber.interrupt(gone)
      yield* TestClock.adjust("1021 millis")
      yield* budget.take("ordinary", 0)
    })
  )
})
