import { assert, describe, it } from "@effect/vitest"
import { LnMarketsStream } from "@millrace/contracts"
import { Cause, Duration, Effect, Exit, Fiber, Queue, Stream } from "effect"
import type { AccountEvent, MarketEvent } from "../src/Exchange.ts"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { streamSignature } from "../src/Signature.ts"
import { openAdapter } from "./adapterBench.ts"
import { type ScriptedExchange, settingsFor, startScriptedExchange } from "./ScriptedExchange.ts"

const credentials = { key: "key", secret: "s3cret", passphrase: "pass" }
const prices = LnMarketsStream.topics.lastPrice
const trades = LnMarketsStream.topics.isolatedTrades

const start = Effect.fnUntraced(function* (changes: Partial<ExchangeSettings> = {}) {
  const scripted = yield* startScriptedExchange
  const exchange = yield* openAdapter(settingsFor(scripted.url, changes))
  return { scripted, exchange }
})

const collect = Effect.fnUntraced(function* <A, E>(events: Stream.Stream<A, E>) {
  const queue = yield* Queue.unbounded<A, E>()
  const fiber = yield* events.pipe(
    Stream.runForEach((event) => Queue.offer(queue, event)),
    Effect.catchCause((cause) => Queue.failCause(queue, cause)),
    Effect.forkScoped
  )
  return { next: Queue.take(queue).pipe(Effect.timeout("20 seconds")), fiber }
})

const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep("2 millis")
  }).pipe(Effect.timeout("20 seconds"))

const calls = (scripted: ScriptedExchange, method: string) => scripted.calls.filter((call) => call.method === method)

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

describe("the stream of an account", () => {
  const open = Effect.fnUntraced(function* (changes: Partial<ExchangeSettings> = {}) {
    const { exchange, scripted } = yield* start(changes)
    const session = yield* exchange.account("a", credentials)
    const events = yield* collect<AccountEvent, unknown>(session.events)
    return { scripted, ...events }
  })

  it.live("authenticates with a fresh nonce on each connection, then subscribes", () =>
    Effect.gen(function* () {
      const { next, scripted } = yield* open()
      assert.deepInclude(yield* next, { _tag: "Connected" })
      for (const stream of scripted.streams) stream.terminate()
      yield* next
      assert.deepInclude(yield* next, { _tag: "Connected" })
      assert.deepStrictEqual(
        scripted.calls.map(({ method }) => method),
        ["authenticate", "subscribe", "authenticate", "subscribe"]
      )
      const [first, second] = calls(scripted, "authenticate").map(({ params }) => params!)
      assert.match(String(first!.nonce), /^[0-9a-f]{32}$/u)
      assert.notStrictEqual(first!.nonce, second!.nonce)
      assert.strictEqual(first!.signature, streamSignature("s3cret", Number(first!.timestamp), String(first!.nonce)))
      assert.strictEqual(first!.passphrase, "pass")
    })
  )

  it.live("tells fills, ends and funding in our words", () =>
    Effect.gen(function* () {
      const { next, scripted } = yield* open()
      yield* next
      const opened = { side: "buy", quantity: 1, margin: 10, leverage: 1, price: 5, openingFee: 0, createdAt: 1 }
      const ended = { id: "t", closedAt: 9, closingFee: 1, exitPrice: 4 }
      const push = (event: string, trade: object) => scripted.push(trades, { pair: "btc_usd", event, trade })
      push("open", { id: "limit", type: "limit", ...opened })
      push("filled", { id: "t", type: "market", ...opened })
      push("funding", { id: "t", margin: 8, liquidationPrice: 3, fundingFee: 2, fundedAt: 5 })
      push("stoploss", { ...ended, pl: -3 })
      push("liquidation", ended)
      push("canceled", { id: "t", closedAt: 9 })
      push("something new", {})
      const end = { _tag: "TradeEnded", tradeId: "t", closedAtMs: 9 } as const
      assert.deepStrictEqual(yield* next, { _tag: "TradeFilled", tradeId: "t" })
      assert.deepStrictEqual(yield* next, {
        _tag: "FundingPaid",
        tradeId: "t",
        marginSats: 8,
        liquidationPriceUsd: 3
      })
      assert.deepInclude(yield* next, { ...end, reason: "stop_loss", exitPriceUsd: 4, pnlSats: -3 })
      assert.deepInclude(yield* next, { ...end, reason: "liquidated", pnlSats: undefined })
      assert.deepInclude(yield* next, { ...end, reason: "canceled", exitPriceUsd: undefined })
      assert.strictEqual((yield* next)._tag, "Unreadable")
    })
  )

  it.live("tells that the cross position or its orders changed", () =>
    Effect.gen(function* () {
      const { next, scripted } = yield* open()
      yield* next
      scripted.push(LnMarketsStream.topics.crossOrders, { event: "new", order: {} })
      scripted.push("wallet/deposit", {})
      scripted.push(LnMarketsStream.topics.crossPosition, { event: "something new" })
      scripted.push(trades, { pair: "btc_usd", event: "canceled", trade: { id: "t", closedAt: 9 } })
      assert.deepStrictEqual(yield* next, { _tag: "CrossChanged" })
      assert.deepStrictEqual(yield* next, { _tag: "CrossChanged" })
      assert.deepInclude(yield* next, { _tag: "TradeEnded" })
    })
  )

  it.live("goes without cross events when the key may not read them, and ends when it may read no trades", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      const refusal = { error: { code: -32003, message: "lacks a permission", data: { code: "FORBIDDEN" } } }
      let refusals = 1
      scripted.onCall = (method) => (method === "subscribe" && refusals-- > 0 ? refusal : undefined)
      const session = yield* exchange.account("a", credentials)
      const { next } = yield* collect<AccountEvent, unknown>(session.events)
      assert.deepInclude(yield* next, { _tag: "Connected" })
      const { crossOrders, crossPosition } = LnMarketsStream.topics
      assert.deepStrictEqual(
        calls(scripted, "subscribe").map(({ params }) => params),
        [{ topics: [trades, crossOrders, crossPosition] }, { topics: [trades] }]
      )
      refusals = 2
      const failure = yield* Effect.flip(Stream.runDrain(session.events).pipe(Effect.timeout("20 seconds")))
      assert.deepInclude(failure, { reason: "forbidden", code: "FORBIDDEN", kind: "permanent" })
    })
  )

  it.live("ends with unauthorized when the exchange refuses the credentials", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start()
      scripted.onCall = (method) =>
        method === "authenticate"
          ? { error: { code: -32001, message: "Signature is not valid", data: { code: "UNAUTHORIZED" } } }
          : undefined
      const session = yield* exchange.account("a", credentials)
      const exit = yield* Effect.exit(Stream.runDrain(session.events).pipe(Effect.timeout("20 seconds")))
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.deepInclude(error, { reason: "unauthorized", kind: "permanent", code: "UNAUTHORIZED" })
    })
  )

  it.live("tries again when authentication is not answered, or the exchange is busy", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start({ streamCallTimeout: Duration.millis(300) })
      let asked = 0
      scripted.onCall = (method) => {
        if (method !== "authenticate") return undefined
        asked += 1
        if (asked === 1) return "silence"
        return asked === 2
          ? { error: { code: -32000, message: "busy", data: { code: "TOO_MANY_REQUESTS" } } }
          : { result: { authenticated: true, permissions: [] } }
      }
      const session = yield* exchange.account("a", credentials)
      const { next } = yield* collect<AccountEvent, unknown>(session.events)
      assert.deepInclude(yield* next, { _tag: "Disconnected" })
      assert.deepInclude(yield* next, { _tag: "Connected" })
      assert.strictEqual(asked, 3)
    })
  )

  it.live("closes its connection when it is no longer read", () =>
    Effect.gen(function* () {
      const { fiber, next, scripted } = yield* open()
      yield* next
      assert.strictEqual(scripted.streams.size, 1)
      yield* Fiber.interrupt(fiber)
      yield* until(() => scripted.streams.size === 0)
    })
  )

  it.live("opens 300 sessions side by side", () =>
    Effect.gen(function* () {
      const { exchange, scripted } = yield* start({ connectConcurrency: 64 })
      let connected = 0
      for (let n = 0; n < 300; n++) {
        const session = yield* exchange.account(`a-${n}`, credentials)
        yield* session.events.pipe(
          Stream.runForEach((event) =>
            Effect.sync(() => {
              if (event._tag === "Connected") connected += 1
            })
          ),
          Effect.forkScoped
        )
      }
      yield* until(() => connected === 300)
      assert.strictEqual(scripted.streams.size, 300)
    })
  )
})
