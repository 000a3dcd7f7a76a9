import { assert, describe, it } from "@effect/vitest"
import { Health, healthPage, makeHealthRegistry } from "@millrace/telemetry"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Metric, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { Dependency } from "../src/BreakerBoard.ts"
import { Breakers } from "../src/Breakers.ts"
import type { DependencyDown } from "../src/DependencyDown.ts"
import { judgeFailure } from "../src/HandlerVerdict.ts"

const exchange: Dependency = {
  kind: "exchange orders",
  name: "account-1",
  policy: { failureRate: 0.5, windowCalls: 4, minimumCalls: 2, probes: 1, openMs: 1000, openMaxMs: 4000 }
}
const other: Dependency = { ...exchange, name: "account-2" }

const failuresCount = {
  classify: (exit: Exit.Exit<unknown, unknown>) => (Exit.isFailure(exit) ? "failed" : "succeeded")
} as const

const down = (result: unknown): DependencyDown => result as DependencyDown

/** A dependency that can be switched off, and counts its calls. */
const makeCall = Effect.gen(function* () {
  const state = yield* Ref.make({ up: false, calls: 0 })
  const call = Ref.updateAndGet(state, ({ calls, up }) => ({ up, calls: calls + 1 })).pipe(
    Effect.flatMap(({ up }) => (up ? Effect.succeed("answer") : Effect.fail("refused" as const)))
  )
  return {
    call,
    calls: Effect.map(Ref.get(state), ({ calls }) => calls),
    up: Ref.update(state, (s) => ({ ...s, up: true }))
  }
})

const open = Effect.gen(function* () {
  const breakers = yield* Breakers
  const parts = yield* makeCall
  const guarded = breakers.guard(exchange, parts.call, failuresCount)
  yield* Effect.flip(guarded)
  yield* Effect.flip(guarded)
  return { ...parts, breakers, guarded }
})

describe("a guarded call", () => {
  it.effect("is not tried while its breaker is open, and fails so that the runtime holds the record", () =>
    Effect.gen(function* () {
      const { breakers, calls, guarded } = yield* open
      const failure = down(yield* Effect.flip(guarded))
      assert.strictEqual(yield* calls, 2)
      assert.deepInclude(failure, { dependency: "exchange orders account-1", retryAfterMs: 1000, kind: "system" })
      assert.deepInclude(judgeFailure(failure), { _tag: "Hold", retryAfterMs: 1000 })
      assert.strictEqual(yield* breakers.guard(other, Effect.succeed("answer"), failuresCount), "answer")
    }).pipe(Effect.provide(Breakers.layer))
  )

  it.effect("goes out once as a probe when the time is over, however many ask", () =>
    Effect.gen(function* () {
      const { breakers, calls, guarded, up } = yield* open
      yield* TestClock.adjust("1 second")
      yield* Effect.all(
        Array.from({ length: 50 }, () => Effect.exit(guarded)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(yield* calls, 3)
      assert.strictEqual(down(yield* Effect.flip(guarded)).retryAfterMs, 2000, "the next opening is longer")
      yield* TestClock.adjust("2 seconds")
      yield* up
      assert.strictEqual(yield* guarded, "answer")
      assert.deepStrictEqual(breakers.notClosed(), [])
    }).pipe(Effect.provide(Breakers.layer))
  )

  it.effect("gives its probe back when it is interrupted", () =>
    Effect.gen(function* () {
      const { breakers, guarded } = yield* open
      yield* TestClock.adjust("1 second")
      const started = yield* Deferred.make<void>()
      const hanging = breakers.guard(
        exchange,
        Effect.andThen(Deferred.succeed(started, undefined), Effect.never),
        failuresCount
      )
      const probe = yield* Effect.forkChild(hanging)
      yield* Deferred.await(started)
      assert.strictEqual(down(yield* Effect.flip(guarded))._tag, "DependencyDown")
      yield* Effect.flip(breakers.check(exchange))
      yield* Fiber.interrupt(probe)
      yield* breakers.check(exchange)
      assert.strictEqual(yield* Effect.flip(guarded), "refused")
    }).pipe(Effect.provide(Breakers.layer))
  )

  it.effect("counts only what speaks of the dependency", () =>
    Effect.gen(function* () {
      const breakers = yield* Breakers
      const { call, calls } = yield* makeCall
      const guarded = breakers.guard(exchange, call, { classify: () => "ignored" })
      for (let n = 0; n < 20; n++) assert.strictEqual(yield* Effect.flip(guarded), "refused")
      assert.strictEqual(yield* calls, 20)
    }).pipe(Effect.provide(Breakers.layer))
  )

  it.effect("opens a breaker that health shows, metrics count without accounts, and the log tells once", () => {
    const log: Array<string> = []
    const health = makeHealthRegistry()
    const collect = Logger.layer([Logger.make(({ message }) => void log.push(String([message].flat()[0])))])
    return Effect.gen(function* () {
      const { guarded, up } = yield* open
      yield* Effect.flip(guarded)
      const page = healthPage(health.checks(), "now", health.details())
      assert.deepStrictEqual(page.body.breakers, [
        { dependency: "exchange orders account-1", state: "open", openings: 1, retryAfterMs: 1000 }
      ])
      assert.strictEqual(page.status, 200, "an outage outside does not end the process")
      yield* health.sample
      const states = (yield* Metric.snapshot).filter(({ id }) => id === "millrace_runtime_breaker_state")
      assert.deepStrictEqual(
        states.map(({ attributes, state }) => [attributes, state]),
        ["closed", "open", "half-open"].map((state) => [
          { kind: "exchange orders", state },
          { value: state === "open" ? 1 : 0 }
        ])
      )
      yield* up
      yield* TestClock.adjust("1 second")
      yield* guarded
      yield* guarded
      assert.deepStrictEqual(log, [
        "a breaker opened: its calls fail",
        "a breaker lets a probe through",
        "a breaker closed: its calls succeed"
      ])
    }).pipe(
      Effect.provide(Breakers.layer.pipe(Layer.provideMerge(Layer.mergeAll(Layer.succeed(Health, health), collect)))),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  })
})
