import { assert, describe, it } from "@effect/vitest"
import { LnMarketsSocketV2 } from "@millrace/contracts"
import { Duration, Effect, Queue, Stream } from "effect"
import type { AccountEvent, MarketEvent } from "../src/Exchange.ts"
import { restSignatureV2 } from "../src/Signature.ts"
import { credentials, tradeV2, withExchangeV2 } from "./adapterBench.ts"
import { reply } from "./ScriptedExchange.ts"

const collect = Effect.fnUntraced(function* <A, E>(events: Stream.Stream<A, E>) {
  const queue = yield* Queue.unbounded<A, E>()
  yield* events.pipe(
    Stream.runForEach((event) => Queue.offer(queue, event)),
    Effect.catchCause((cause) => Queue.failCause(queue, cause)),
    Effect.forkScoped
  )
  return Queue.take(queue).pipe(Effect.timeout("20 seconds"))
})

describe("an account by v2", () => {
  it.live("shows its running trades in our units, signed without the query's question mark", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, [tradeV2])
        const session = yield* exchange.account("a", credentials)
        assert.deepStrictEqual(yield* session.runningTrades, [
          {
            tradeId: "t-1",
            side: "buy",
            quantityUsd: 1000,
            entryPriceUsd: 60000,
            marginSats: 166666,
            maintenanceMarginSats: 1833,
            leverage: 10,
            liquidationPriceUsd: 54545.5,
            stopLossUsd: undefined,
            takeProfitUsd: undefined,
            status: "running",
            exitPriceUsd: undefined,
            pnlSats: undefined,
            runningPnlSats: 0,
            createdAtMs: 1_767_225_601_000,
            closedAtMs: undefined,
            clientId: undefined
          }
        ])
        const seen = scripted.seen[0]!
        assert.strictEqual(seen.url, "/v2/futures?type=running&limit=1000")
        const signedAt = Number(seen.headers["lnm-access-timestamp"])
        assert.strictEqual(
          seen.headers["lnm-access-signature"],
          restSignatureV2("s3cret", signedAt, "GET", "/v2/futures", "type=running&limit=1000")
        )
      })
    )
  )

  it.live("fails rather than show a list that may have been cut off", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, Array(1000).fill(tradeV2))
        const session = yield* exchange.account("a", credentials)
        assert.strictEqual((yield* Effect.flip(session.runningTrades)).reason, "invalidReply")
      })
    )
  )

  it.live("finds a trade by its id; a 404 counts only while lists are answered", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        const ended = { ...tradeV2, running: false, closed: true, exit_price: 63000, pl: 79365, closed_ts: 5 }
        scripted.onRequest = ({ url }, response) =>
          url === "/v2/futures/trades/t-1"
            ? reply(response, 200, { ...ended, side: "s", stoploss: 61000, takeprofit: 50000.5 })
            : reply(response, 404, { message: "Not found" })
        const session = yield* exchange.account("a", credentials)
        assert.deepInclude(yield* session.findTrade("t-1"), {
          side: "sell",
          status: "closed",
          exitPriceUsd: 63000,
          pnlSats: 79365,
          closedAtMs: 5,
          stopLossUsd: 61000,
          takeProfitUsd: 50000.5
        })
        assert.strictEqual((yield* Effect.flip(session.findTrade("t-2"))).reason, "notFound")
        scripted.onRequest = ({ url }, response) =>
          url.startsWith("/v2/futures?") ? reply(response, 200, []) : reply(response, 404, {})
        assert.isUndefined(yield* session.findTrade("t-2"))
      })
    )
  )

  it.live("says who it is, and that the permissions are not told", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = ({ url }, response) =>
          url === "/v2/user"
            ? reply(response, 200, { uid: "u-1", username: "satoshi", balance: 7, role: "user", totp_enabled: true })
            : reply(response, 404, {})
        const session = yield* exchange.account("a", credentials)
        assert.deepStrictEqual(yield* session.identity, {
          exchangeUserId: "u-1",
          username: "satoshi",
          balanceSats: 7,
          permissions: undefined
        })
      })
    )
  )

  it.live("is polled: connected, changed trades, lost and back again", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        let answer: { readonly status: number; readonly body: unknown } = { status: 200, body: [tradeV2] }
        scripted.onRequest = (_request, response) => reply(response, answer.status, answer.body)
        const session = yield* exchange.account("a", credentials)
        const next = yield* collect<AccountEvent, unknown>(session.events)
        assert.deepStrictEqual(yield* next, { _tag: "Connected" })
        answer = {
          status: 200,
          body: [
            { ...tradeV2, pl: 5 },
            { ...tradeV2, id: "t-0" }
          ]
        }
        assert.deepStrictEqual(yield* next, { _tag: "TradesChanged" })
        answer = {
          status: 200,
          body: [
            { ...tradeV2, id: "t-0" },
            { ...tradeV2, pl: -9 }
          ]
        }
        const polls = scripted.seen.length
        while (scripted.seen.length < polls + 3) yield* Effect.sleep("5 millis")
        answer = { status: 400, body: {} }
        assert.deepInclude(yield* next, { _tag: "Disconnected" })
        answer = { status: 200, body: [] }
        assert.deepStrictEqual(yield* next, { _tag: "Connected" })
      })
    )
  )

  it.live("ends its events when the credentials are refused", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 401, { message: "Signature is not valid" })
        const session = yield* exchange.account("a", credentials)
        assert.deepInclude(yield* Effect.flip(Stream.runDrain(session.events)), { reason: "unauthorized" })
      })
    )
  )
})

describe("the market by v2", () => {
  it.live("reads the ticker, and candles minute by minute without relying on their order", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = ({ url }, response) => {
          if (url.startsWith("/v2/futures/ticker")) return reply(response, 200, { index: 1, lastPrice: 2.5 })
          const from = Number(new URL(url, "http://exchange").searchParams.get("from"))
          const at = (time: number) => ({ time, open: 1, high: 2, low: 1, close: 2, volume: 0 })
          reply(response, 200, [at(from + 60_000), at(from)])
        }
        assert.deepStrictEqual(yield* exchange.ticker, { priceUsd: 2.5, indexUsd: 1 })
        const candles = yield* exchange.candles(0, 1500 * 60_000)
        assert.deepStrictEqual(
          candles.map(({ timeMs }) => timeMs / 60_000),
          [0, 1, 1000, 1001]
        )
        assert.deepStrictEqual(
          scripted.seen.slice(1).map(({ url }) => url),
          [
            "/v2/futures/ohlcs?from=0&to=59999999&range=1&limit=1000",
            "/v2/futures/ohlcs?from=60000000&to=90000000&range=1&limit=1000"
          ]
        )
      })
    )
  )

  it.live("tells prices of the old WebSocket, and connects again when it is cut", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        const { channels } = LnMarketsSocketV2
        const next = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
        assert.deepStrictEqual(yield* next, { _tag: "Connected" })
        assert.deepStrictEqual(scripted.calls, [
          { method: "v1/public/subscribe", params: [channels.lastPrice] as never }
        ])
        scripted.pushOld(channels.index, { time: 1, index: 9 })
        scripted.pushOld(channels.lastPrice, { time: 2, lastPrice: 5, lastTickDirection: "PlusTick" })
        assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 5, marketTimeMs: 2 })
        for (const stream of scripted.streams) stream.terminate()
        assert.deepInclude(yield* next, { _tag: "Disconnected" })
        assert.deepInclude(yield* next, { _tag: "Connected" })
      })
    )
  )

  it.live("pings the old WebSocket often, and gives it up after silence", () =>
    withExchangeV2({ pingInterval: Duration.millis(20), silence: Duration.seconds(1) }, (scripted, exchange) =>
      Effect.gen(function* () {
        const next = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
        assert.deepStrictEqual(yield* next, { _tag: "Connected" })
        while (scripted.pings < 60) yield* Effect.sleep("5 millis")
        assert.strictEqual(scripted.streams.size, 1)
        scripted.answersPings = false
        const lost = yield* next
        assert.match(lost._tag === "Disconnected" ? lost.reason : lost._tag, /nothing heard for \d+ ms/u)
        assert.deepInclude(yield* next, { _tag: "Connected" })
      })
    )
  )

  it.live("signs with the exchange's time", () =>
    withExchangeV2({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.skewMs = 90_000
        const session = yield* exchange.account("a", credentials)
        const order = yield* session.signCloseTrade("t-1")
        assert.closeTo(order.signedAtMs - Date.now(), 90_000, 5_000)
      })
    )
  )
})
