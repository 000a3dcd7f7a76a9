/** The exchange is down, or asks to be left alone, while commands of an account wait: the whole executor on the adapter. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, References } from "effect"
import { TestClock } from "effect/testing"
import { deadLettersOf, layerWorkbench, startExecutor } from "./ExecutorWorkbench.ts"
import { WiredExchange } from "./WiredExchange.ts"

const minute = 60_000

/** Failed attempts so far, in all lanes. */
const attemptsUsedUp = Effect.map(Metric.snapshot, (metrics) =>
  metrics
    .filter(({ id }) => id === "millrace_runtime_retries_total")
    .reduce((sum, { state }) => sum + Number((state as { readonly count: number | bigint }).count), 0)
)

/** Lets time pass in steps until all have ended. */
const passUntil = (ended: () => boolean, longestMs: number) =>
  Effect.gen(function* () {
    for (let passedMs = 0; !ended(); passedMs += 50) {
      assert.isBelow(passedMs, longestMs, "not within the time")
      yield* TestClock.adjust("50 millis")
    }
  })

const environment = (exchange: WiredExchange) =>
  layerWorkbench.pipe(
    Layer.provideMerge(exchange.layer),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )

const positions = Array.from({ length: 24 }, (_, n) => `trade-${n}`)

describe("while the exchange is down", () => {
  /**
   * @guarantee protection: Protection waits for an exchange that is down without hammering it, and goes out when it is back
   * @how a breaker per account and kind of endpoint holds commands without using up attempts; probes go out one at a time
   */
  it.effect.each(["unavailable", "connectFailed"] as const)(
    "%s: calls are bounded by the probes, no attempt is used up by waiting, all are carried out afterwards",
    (fault) => {
      const exchange = new WiredExchange()
      const outageMs = 2 * minute
      exchange.answer = (nowMs) => (nowMs < outageMs ? fault : "ok")
      return Effect.gen(function* () {
        yield* startExecutor(positions)
        yield* passUntil(() => exchange.calls.length > 5, minute)
        for (let n = 0; n < 120; n++) yield* TestClock.adjust("1 second")
        const during = exchange.orders().filter(({ atMs }) => atMs < outageMs)
        // Those under way before it opened (a window's budget at most), then a probe after each opening of 0.5, 1, 2, 2, … s.
        assert.isAtMost(during.length, 10 + outageMs / 2000)
        assert.isAtLeast(during.length, outageMs / 4000, "it is still looked whether the exchange is back")
        yield* passUntil(() => exchange.closed.length === positions.length, minute)
        assert.strictEqual(yield* attemptsUsedUp, during.length, "one for each call that went out, none for waiting")
        assert.deepStrictEqual(exchange.closed.toSorted(), positions.toSorted())
        assert.deepStrictEqual(yield* deadLettersOf, [])
      }).pipe(
        Effect.provide(environment(exchange)),
        Effect.provideService(Metric.MetricRegistry, new Map()),
        Effect.scoped
      )
    },
    30_000
  )
})

describe("while the exchange answers 429", () => {
  /**
   * @guarantee protection: Nothing is sent before the time that a 429 names, and protection goes out then
   * @how Retry-After blocks the account's shared budget; commands are held until it is over
   */
  it.effect("nothing goes out before its Retry-After is over, then all commands do", () => {
    const exchange = new WiredExchange()
    exchange.answer = (nowMs) => (nowMs < 2 * minute ? { retryAfterSeconds: 30 } : "ok")
    return Effect.gen(function* () {
      yield* startExecutor(positions)
      yield* passUntil(() => exchange.closed.length === positions.length, 5 * minute)
      const refused = exchange.calls.filter(({ ok }) => !ok)
      assert.isAtLeast(refused.length, 4)
      for (const { atMs: from } of refused) {
        assert.deepStrictEqual(
          exchange.calls.filter(({ atMs }) => atMs > from && atMs < from + 30_000),
          []
        )
      }
      assert.isAtMost(refused.length, 4 * 5, "at most a window's budget under way each time")
      assert.deepStrictEqual(exchange.closed.toSorted(), positions.toSorted())
      assert.deepStrictEqual(yield* deadLettersOf, [])
    }).pipe(
      Effect.provide(environment(exchange)),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.scoped
    )
  })
})
