import { assert, describe, it } from "@effect/vitest"
import { LnMarketsStream } from "@millrace/contracts"
import { Cause, Duration, Effect, Exit, Fiber, Stream } from "effect"
import type { AccountEvent } from "../src/Exchange.ts"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { streamSignature } from "../src/Signature.ts"
import { calls, collect, start, until } from "./streamFixtures.ts"

const credentials = { key: "key", secret: "s3cret", passphrase: "pass" }

const trades = LnMarketsStream.topics.isolatedTrades

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
