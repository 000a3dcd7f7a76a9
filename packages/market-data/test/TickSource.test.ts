import { assert, describe, it } from "@effect/vitest"
import type { MarketTick } from "@millrace/contracts"
import { Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import { makeTickSource } from "../src/TickSource.ts"
import { makeMemoryExchange } from "./MemoryExchange.ts"
import { settings } from "./settings.ts"

const startAfter = Effect.fnUntraced(function* (published?: MarketTick) {
  const { layer, memory } = yield* makeMemoryExchange
  const ticks: Array<MarketTick> = []
  const source = yield* makeTickSource({ settings, epoch: 1, published, emit: (some) => ticks.push(...some) }).pipe(
    Effect.provide(layer)
  )
  yield* Effect.forkScoped(source.run, { startImmediately: true })
  const price = (marketTimeMs: number, priceUsd = 100) =>
    Queue.offer(memory.market, { _tag: "Price", priceUsd, marketTimeMs, receivedAtMs: 1 }).pipe(
      Effect.andThen(TestClock.adjust(0))
    )
  const connected = Effect.andThen(Queue.offer(memory.market, { _tag: "Connected" }), TestClock.adjust(0))
  const disconnected = Effect.andThen(
    Queue.offer(memory.market, { _tag: "Disconnected", reason: "test" }),
    TestClock.adjust(0)
  )
  const seen = () => ticks.splice(0).map(({ marketTimeMs, priceUsd, source }) => [source, marketTimeMs, priceUsd])
  return { memory, source, price, connected, disconnected, seen }
})
const start = startAfter()
const published: MarketTick = {
  ...{ market: "btc_usd", priceUsd: 100, marketTimeMs: 60_000, receivedAtMs: 1, source: "stream", epoch: 1 }
}
const candle = (timeMs: number) => ({ timeMs, open: 5, high: 5, low: 5, close: 5 })

describe("the source of ticks", () => {
  it.effect("passes streamed prices on at once and does not poll meanwhile", () =>
    Effect.gen(function* () {
      const { connected, memory, price, seen } = yield* start
      yield* connected
      for (let second = 0; second < 9; second++) {
        yield* price(second * 1000)
        yield* TestClock.adjust("1 second")
      }
      assert.strictEqual(seen().length, 9)
      assert.strictEqual(memory.polls, 0)
    })
  )

  /**
   * @guarantee crash: stream breaks while its reader lives
   * @redelivered missed minutes, as candles
   * @harmless prices are polled after 2 s, the stream takes over again by itself, and missed minutes are published,
   *   in order, before live prices go on
   */
  it.effect("polls while the stream is away, and returns by itself when it is back", () =>
    Effect.gen(function* () {
      const { connected, disconnected, memory, price, seen } = yield* start
      yield* connected
      yield* price(50_000)
      yield* disconnected
      seen()
      memory.price = 90
      yield* TestClock.adjust("1900 millis")
      assert.deepStrictEqual(seen(), [])
      yield* TestClock.adjust("1200 millis")
      memory.price = 91
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen(), [
        ["poll", 52_000, 90],
        ["poll", 53_000, 90],
        ["poll", 54_000, 91]
      ])
      yield* connected
      yield* price(56_000, 92)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(seen(), [["stream", 56_000, 92]])
    })
  )

  it.effect("polls too when the stream is connected, silent, and the exchange shows another price", () =>
    Effect.gen(function* () {
      const { connected, memory, price, seen } = yield* start
      yield* connected
      yield* price(50_000)
      seen()
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(seen(), [])
      assert.isAbove(memory.polls, 10)
      memory.price = 80
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(seen(), [["poll", 82_000, 80]])
    })
  )

  /** @guarantee crash: stream breaks while its reader lives */
  it.effect("fills a gap from candles before live prices go on, and keeps those that come meanwhile", () =>
    Effect.gen(function* () {
      const { connected, disconnected, memory, price, seen } = yield* start
      yield* connected
      yield* price(0)
      yield* disconnected
      memory.beforeCandles = Effect.sleep("3 seconds")
      memory.candles = [{ timeMs: 60_000, open: 5, high: 6, low: 4, close: 5 }]
      yield* connected
      seen()
      yield* price(120_000)
      yield* price(121_000)
      yield* TestClock.adjust("2900 millis")
      assert.deepStrictEqual(seen(), [])
      yield* TestClock.adjust("200 millis")
      assert.deepStrictEqual(seen(), [
        ["backfill", 60_000, 5],
        ["backfill", 75_000, 4],
        ["backfill", 90_000, 6],
        ["backfill", 105_000, 5],
        ["stream", 120_000, 100],
        ["stream", 121_000, 100]
      ])
    })
  )

  /**
   * @guarantee protection: Prices that an absence of market-data missed are evaluated before live ones go on
   * @how the last published tick is read back, and the minutes since are published from candles first, at most 12 hours
   */
  it.effect(
    "fills the gap since the tick that was published before it started, before a streamed or a polled price",
    () =>
      Effect.gen(function* () {
        const { connected, memory, price, seen } = yield* startAfter(published)
        memory.candles = [candle(120_000)]
        yield* connected
        yield* price(300_000)
        assert.deepStrictEqual(
          seen().map(([source, time]) => `${source} ${time}`),
          ["backfill 120000", "backfill 135000", "backfill 150000", "backfill 165000", "stream 300000"]
        )
        const polled = yield* startAfter(published)
        polled.memory.serverTimeMs = 300_000
        polled.memory.candles = [candle(240_000)]
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(
          polled.seen().map(([source]) => source),
          ["backfill", "backfill", "backfill", "backfill", "poll", "poll", "poll"]
        )
      })
  )

  it.effect("fills the newest 12 hours of a long absence, and nothing when a local exchange began anew", () =>
    Effect.gen(function* () {
      const long = yield* startAfter(published)
      const day = 86_400_000
      long.memory.candles = [candle(day / 4), candle((day * 3) / 4)]
      yield* long.connected
      yield* long.price(day)
      assert.deepStrictEqual(long.seen()[0], ["backfill", (day * 3) / 4, 5])
      const anew = yield* startAfter(published)
      yield* anew.connected
      yield* anew.price(30_000)
      yield* anew.price(20_000)
      yield* anew.price(31_000)
      assert.deepStrictEqual(
        anew.seen().map(([, time]) => time),
        [30_000, 31_000]
      )
    })
  )

  it.effect("goes on without the gap's prices when candles do not come in time, or there are none", () =>
    Effect.gen(function* () {
      const { connected, disconnected, memory, price, seen } = yield* start
      yield* connected
      yield* price(0)
      yield* disconnected
      yield* connected
      yield* price(120_000)
      seen()
      yield* disconnected
      memory.beforeCandles = Effect.never
      yield* connected
      yield* price(500_000)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(seen(), [["stream", 500_000, 100]])
    })
  )

  it.effect("finds the market's time without a stream only where candles are recent", () =>
    Effect.gen(function* () {
      const { memory, seen, source } = yield* start
      memory.serverTimeMs = 7_000_000
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(seen(), [])
      assert.isUndefined(source.marketTimeMs())
      memory.candles = [{ timeMs: 6_999_000, open: 5, high: 6, low: 4, close: 5 }]
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen(), [["poll", 7_000_000, 100]])
    })
  )

  it.effect("keeps trying while neither stream nor ticker answers", () =>
    Effect.gen(function* () {
      const { connected, disconnected, memory, price, seen } = yield* start
      yield* connected
      yield* price(0)
      yield* disconnected
      seen()
      memory.tickerFails = true
      yield* TestClock.adjust("10 seconds")
      memory.tickerFails = false
      yield* TestClock.adjust("1 second")
      assert.strictEqual(seen().length, 1)
    })
  )
})
