import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { restSignature } from "../src/Signature.ts"
import { closedTrade, closeOrder, credentials, trade, withExchange } from "./adapterBench.ts"
import { reply } from "./ScriptedExchange.ts"

describe("requests of an account", () => {
  it.live("are signed over exactly the bytes that are sent", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, closedTrade)
        const order = yield* closeOrder(exchange)
        const closed = yield* order.send
        assert.strictEqual(closed.status, "closed")
        assert.strictEqual(closed.pnlSats, 79365)
        assert.strictEqual(closed.exitPriceUsd, 63000)
        assert.strictEqual(closed.closedAtMs, Date.parse("2026-01-01T01:00:00.000Z"))
        const [seen] = scripted.seen
        assert.strictEqual(seen!.body, '{"id":"t-1"}')
        assert.strictEqual(seen!.headers["content-type"], "application/json")
        assert.strictEqual(seen!.headers["lnm-access-key"], "key")
        assert.strictEqual(seen!.headers["lnm-access-passphrase"], "pass")
        assert.strictEqual(seen!.headers["lnm-access-timestamp"], String(order.signedAtMs))
        assert.strictEqual(
          seen!.headers["lnm-access-signature"],
          restSignature("s3cret", order.signedAtMs, "post", "/v3/futures/isolated/trade/close", seen!.body)
        )
      })
    )
  )

  it.live("have neither body nor content type when they read", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, [trade])
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        const [running] = yield* session.runningTrades
        assert.deepInclude(running!, { tradeId: "t-1", status: "running", stopLossUsd: undefined, pnlSats: undefined })
        assert.strictEqual(running!.createdAtMs, Date.parse("2026-01-01T00:00:01.000Z"))
        assert.isUndefined(scripted.seen[0]!.headers["content-type"])
        assert.strictEqual(scripted.seen[0]!.body, "")
      })
    )
  )

  it.live("carry the exchange's time when our clock is off", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.skewMs = 90_000
        const order = yield* closeOrder(exchange)
        assert.closeTo(order.signedAtMs - Date.now(), 90_000, 1_000)
      })
    )
  )

  it.live("find an ended trade on a later page, and say so when there is none", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = ({ url }, response) => {
          if (url.includes("/closed")) {
            const second = url.includes("cursor=c2")
            return reply(response, 200, { data: second ? [closedTrade] : [], nextCursor: second ? null : "c2" })
          }
          if (url.includes("/canceled")) return reply(response, 200, { data: [], nextCursor: null })
          return reply(response, 200, [])
        }
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.strictEqual((yield* session.findTrade("t-1"))?.status, "closed")
        assert.isUndefined(yield* session.findTrade("t-2"))
      })
    )
  )

  it.live("never go out after they were given up while they waited for a connection", () =>
    withExchange({ connections: 1 }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => setTimeout(() => reply(response, 200, []), 200)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        const first = yield* Effect.forkChild(session.runningTrades, { startImmediately: true })
        while (scripted.seen.length === 0) yield* Effect.sleep("5 millis")
        yield* Effect.timeoutOption(session.runningTrades, "50 millis")
        yield* Fiber.join(first)
        yield* Effect.sleep("100 millis")
        assert.strictEqual(scripted.seen.length, 1)
        yield* session.runningTrades
        assert.strictEqual(scripted.seen.length, 2)
      })
    )
  )
})

describe("public requests", () => {
  it.live("read the ticker and candles in order of time", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = ({ url }, response) =>
          url.startsWith("/v3/futures/ticker")
            ? reply(response, 200, { index: 1, lastPrice: 2.5, fundingRate: 0, fundingTime: null, prices: [] })
            : reply(response, 200, {
                data: [60, 0].map((second) => ({
                  time: new Date(second * 1000).toISOString(),
                  open: 1,
                  high: 2,
                  low: 1,
                  close: 2,
                  volume: 0
                })),
                nextCursor: null
              })
        assert.deepStrictEqual(yield* exchange.ticker, { priceUsd: 2.5, indexUsd: 1 })
        const candles = yield* exchange.candles(0, 60_000)
        assert.deepStrictEqual(
          candles.map(({ timeMs }) => timeMs),
          [0, 60_000]
        )
        assert.match(scripted.seen[1]!.url, /from=1970-01-01T00%3A00%3A00\.000Z&to=1970-01-01T00%3A01%3A00\.000Z/u)
      })
    )
  )
})
