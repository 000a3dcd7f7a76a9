import { assert, describe, it } from "@effect/vitest"
import { LnMarketsStream } from "@millrace/contracts"
import { Duration, Effect, Stream } from "effect"
import type { MarketEvent } from "../src/Exchange.ts"
import { openAdapter } from "./adapterBench.ts"
import { settingsFor, startScriptedExchange } from "./ScriptedExchange.ts"
import { calls, collect, start, until } from "./streamFixtures.ts"

const prices = LnMarketsStream.topics.lastPrice

describe("the stream of prices", () => {
  it.live("says that it is connected, then gives prices in order", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepStrictEqual(yield* next, { _tag: "Connected" })
      assert.deepStrictEqual(calls(scripted, "subscribe")[0]!.params, { topics: [prices] })
      for (const lastPrice of [1, 2, 3]) scripted.push(prices, { time: lastPrice * 1000, lastPrice })
      for (const priceUsd of [1, 2, 3]) {
        const event = yield* next
        assert.deepInclude(event, { _tag: "Price", priceUsd, marketTimeMs: priceUsd * 1000 })
      }
    })
  )

  it.live("connects and subscribes again after the connection is lost, and says so", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepInclude(yield* next, { _tag: "Connected" })
      for (const stream of scripted.streams) stream.terminate()
      assert.deepInclude(yield* next, { _tag: "Disconnected" })
      assert.deepInclude(yield* next, { _tag: "Connected" })
      assert.strictEqual(calls(scripted, "subscribe").length, 2)
    })
  )

  it.live("goes on trying while nothing listens, and tells it once", () =>
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      const settings = settingsFor(scripted.url, { streamUrl: new URL("ws://127.0.0.1:9/v1") })
      const exchange = yield* openAdapter(settings)
      const { fiber, next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepInclude(yield* next, { _tag: "Disconnected" })
      yield* Effect.flip(next.pipe(Effect.timeout("200 millis")))
      assert.isUndefined(fiber.pollUnsafe())
    })
  )

  it.live("gives up a connection whose peer does not answer pings", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start({
        pingInterval: Duration.millis(50),
        pongTimeout: Duration.millis(500)
      })
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepInclude(yield* next, { _tag: "Connected" })
      yield* Effect.sleep("700 millis")
      assert.strictEqual(scripted.streams.size, 1)
      scripted.answersPings = false
      const lost = yield* next
      assert.strictEqual(lost._tag === "Disconnected" ? lost.reason : lost._tag, "no pong within 500 ms")
    })
  )

  it.live("subscribes again while nothing is pushed, and connects again when that is not answered", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start({
        renewAfter: Duration.millis(30),
        streamCallTimeout: Duration.seconds(1)
      })
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepInclude(yield* next, { _tag: "Connected" })
      yield* until(() => calls(scripted, "subscribe").length >= 4)
      scripted.push(prices, { time: 1, lastPrice: 5 })
      assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 5 })
      scripted.onCall = () => "silence"
      const lost = yield* next
      assert.match(lost._tag === "Disconnected" ? lost.reason : lost._tag, /^subscribe: no answer within 1000 ms/u)
      scripted.onCall = () => undefined
      assert.deepInclude(yield* next, { _tag: "Connected" })
    })
  )

  it.live("says that it is connected before the first price, also when the exchange is quicker", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      scripted.onCall = (method) => {
        if (method === "subscribe") scripted.push(prices, { time: 1, lastPrice: 5 })
        return undefined
      }
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      assert.deepInclude(yield* next, { _tag: "Connected" })
      assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 5 })
    })
  )

  it.live("skips a price that it can't read and goes on", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      const { next } = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
      yield* next
      scripted.push(prices, { time: "soon", lastPrice: 1 })
      scripted.push(prices, { time: 1, lastPrice: 0 })
      scripted.push(prices, { time: 2, lastPrice: 7 })
      assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 7 })
    })
  )

  it.live("loses nothing when the reader falls far behind", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      let seen = 0
      let last = 0
      let held = true
      yield* exchange.marketEvents.pipe(
        Stream.runForEachArray((events) =>
          Effect.gen(function* () {
            while (held) yield* Effect.sleep("5 millis")
            for (const event of events) {
              if (event._tag !== "Price") continue
              assert.strictEqual(event.marketTimeMs, last + 1)
              last = event.marketTimeMs
              seen += 1
            }
          })
        ),
        Effect.forkScoped
      )
      yield* until(() => calls(scripted, "subscribe").length === 1)
      for (let time = 1; time <= 30_000; time++) scripted.push(prices, { time, lastPrice: 1 })
      yield* Effect.sleep("200 millis")
      held = false
      yield* until(() => seen === 30_000)
    })
  )
})
