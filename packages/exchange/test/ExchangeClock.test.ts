import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Metric, Schema } from "effect"
import { TestClock } from "effect/testing"
import { ExchangeError } from "../src/Exchange.ts"
import { makeExchangeClock, skewAfter } from "../src/ExchangeClock.ts"

const options = { interval: Duration.minutes(5), alarm: Duration.seconds(1) }
const numberBetween = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const failure = new ExchangeError({ operation: "time", reason: "connectFailed", applied: "no", detail: "away" })

/** An exchange whose clock is ahead of ours; each reading takes a while, and is taken at its end. */
const readingsOf = (aheadMs: () => number, takesMs: () => number) =>
  Effect.gen(function* () {
    yield* Effect.sleep(takesMs())
    return (yield* Clock.currentTimeMillis) + aheadMs()
  })

const countOf = (name: string, result?: string) =>
  Effect.map(Metric.snapshot, (all) => {
    const series = all.find(
      ({ attributes, id }) => id === name && (result ?? attributes?.result) === attributes?.result
    )
    return Number((series?.state as { readonly count?: number } | undefined)?.count ?? 0)
  })
const alarms = countOf("millrace_exchange_clock_alarms_total")

describe("the exchange's clock", () => {
  it.effect("is ours, corrected by half of a reading's time at most", () =>
    Effect.gen(function* () {
      const clock = yield* makeExchangeClock({
        ...options,
        read: readingsOf(
          () => 30_000,
          () => 100
        )
      })
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(clock.skewMs(), 30_050)
      assert.strictEqual(yield* clock.timestampMs, 30_150)
    })
  )

  it.effect("is read again at each interval, and alarmed while it differs by more than a second", () =>
    Effect.gen(function* () {
      const before = yield* alarms
      let ahead = 999
      const read = readingsOf(
        () => ahead,
        () => 0
      )
      const clock = yield* makeExchangeClock({ ...options, read })
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* alarms) - before, 0)
      ahead = -1001
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(clock.skewMs(), -1001)
      assert.strictEqual((yield* alarms) - before, 1)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* alarms) - before, 2)
      ahead = 0
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(clock.skewMs(), 0)
      assert.strictEqual((yield* alarms) - before, 2)
    })
  )

  it.effect("raises no alarm when a reading waited long for its turn", () =>
    Effect.gen(function* () {
      const before = yield* alarms
      const read = readingsOf(
        () => 0,
        () => 8_000
      )
      const clock = yield* makeExchangeClock({ ...options, read })
      yield* TestClock.adjust("8 seconds")
      assert.strictEqual(clock.skewMs(), 0)
      assert.strictEqual((yield* alarms) - before, 0)
      assert.isAbove(yield* countOf("millrace_exchange_clock_measurements_total", "imprecise"), 0)
    })
  )

  it.effect("is asked again soon when it could not be read; meanwhile the last reading holds", () =>
    Effect.gen(function* () {
      let readings = 0
      const read = Effect.suspend(() => {
        readings += 1
        return readings === 2 ? Effect.fail(failure) : Effect.map(Clock.currentTimeMillis, (now) => now + 5_000)
      })
      const clock = yield* makeExchangeClock({ ...options, read })
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(readings, 2)
      assert.strictEqual(clock.skewMs(), 5_000)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(readings, 3)
    })
  )
})

it.effect.prop(
  "a reading never moves the skew out of what it allows, and an imprecise one no further than it must",
  {
    knownMs: numberBetween(-60_000, 60_000),
    measuredMs: numberBetween(-60_000, 60_000),
    uncertaintyMs: numberBetween(0, 20_000)
  },
  ({ knownMs, measuredMs, uncertaintyMs }) =>
    Effect.sync(() => {
      const skew = skewAfter(knownMs, measuredMs, uncertaintyMs)
      assert.isAtMost(Math.abs(skew - measuredMs), uncertaintyMs)
      if (uncertaintyMs > 250 && Math.abs(knownMs - measuredMs) <= uncertaintyMs) assert.strictEqual(skew, knownMs)
    })
)
