import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { makeLnMarketsV3 } from "../src/LnMarketsV3.ts"
import { restSignature } from "../src/Signature.ts"
import { reply, type ScriptedExchange, settingsFor, startScriptedExchange } from "./ScriptedExchange.ts"

const credentials = { key: "key", secret: "s3cret", passphrase: "pass" }

export const trade = {
  id: "t-1",
  uid: "u",
  type: "market",
  side: "buy",
  quantity: 1000,
  margin: 166666,
  leverage: 10,
  price: 60000,
  liquidation: 54545.5,
  stoploss: 0,
  takeprofit: 0,
  entryPrice: 60000,
  entryMargin: 166666,
  exitPrice: null,
  pl: 0,
  openingFee: 1666,
  closingFee: 0,
  maintenanceMargin: 1833,
  sumFundingFees: 0,
  open: false,
  running: true,
  closed: false,
  canceled: false,
  createdAt: "2026-01-01T00:00:00.000Z",
  filledAt: "2026-01-01T00:00:01.000Z",
  closedAt: null
}
const closedTrade = {
  ...trade,
  running: false,
  closed: true,
  exitPrice: 63000,
  pl: 79365,
  closedAt: "2026-01-01T01:00:00.000Z"
}

const withExchange = <A, E>(
  changes: Partial<ExchangeSettings>,
  test: (
    scripted: ScriptedExchange,
    exchange: Effect.Success<ReturnType<typeof makeLnMarketsV3>>
  ) => Effect.Effect<A, E, never>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      const exchange = yield* makeLnMarketsV3(settingsFor(scripted.url, changes))
      return yield* test(scripted, exchange)
    })
  )

const closeOrder = Effect.fnUntraced(function* (exchange: Effect.Success<ReturnType<typeof makeLnMarketsV3>>) {
  const session = yield* Effect.scoped(exchange.account("a", credentials))
  return yield* session.signCloseTrade("t-1")
})

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
})

describe("an order that fails", () => {
  const failing = (answer: ScriptedExchange["onRequest"], changes: Partial<ExchangeSettings> = {}) =>
    withExchange(changes, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = answer
        const order = yield* closeOrder(exchange)
        const error = yield* Effect.flip(order.send)
        return { error, sent: scripted.seen.length }
      })
    )

  it.live("is unknown, and sent once, when the connection is reset after it was sent", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing((_request, _response, socket) => socket.resetAndDestroy())
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown", kind: "temporary" })
      assert.strictEqual(sent, 1)
    })
  )

  it.live("is unknown when no answer comes in time", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing(() => undefined)
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown" })
      assert.strictEqual(sent, 1)
    })
  )

  it.live("is unknown when the answer stops half way", () =>
    Effect.gen(function* () {
      const { error } = yield* failing((_request, response, socket) => {
        response.writeHead(200, { "content-length": "1000" })
        response.write("{", () => socket.destroy())
      })
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown" })
    })
  )

  it.live("is unknown when the answer can't be read, or is a plain 500", () =>
    Effect.gen(function* () {
      const unreadable = yield* failing((_request, response) => reply(response, 200, { id: 1 }))
      assert.deepInclude(unreadable.error, { reason: "invalidReply", applied: "unknown", kind: "permanent" })
      const broken = yield* failing((_request, response) => reply(response, 500, {}))
      assert.deepInclude(broken.error, { reason: "unavailable", applied: "unknown" })
    })
  )

  it.live("was not applied when nothing listens", () =>
    withExchange({ restUrl: new URL("http://127.0.0.1:9/v3") }, (_scripted, exchange) =>
      Effect.gen(function* () {
        const order = yield* closeOrder(exchange)
        assert.deepInclude(yield* Effect.flip(order.send), { reason: "connectFailed", applied: "no" })
      })
    )
  )

  for (const status of [502, 503, 504]) {
    it.live(`was not applied when the answer is ${status}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing((_request, response) => reply(response, status, { message: "busy" }))
        assert.deepInclude(error, { reason: "unavailable", applied: "no", status, detail: "busy", kind: "temporary" })
      })
    )
  }

  for (const [status, reason] of [
    [400, "badRequest"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "notFound"],
    [422, "badRequest"]
  ] as const) {
    it.live(`is refused for good when the answer is ${status}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing((_request, response) => reply(response, status, { code: "X" }))
        assert.deepInclude(error, { reason, applied: "no", code: "X", kind: "permanent" })
      })
    )
  }

  it.live("names how long to wait after a 429, and nothing else of the account goes out before", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) =>
          reply(response, 429, { code: "TOO_MANY_REQUESTS" }, { "retry-after": "30" })
        const order = yield* closeOrder(exchange)
        assert.deepInclude(yield* Effect.flip(order.send), {
          reason: "rateLimited",
          applied: "no",
          retryAfterMs: 30_000
        })
        const next = yield* closeOrder(exchange)
        const held = yield* Effect.flip(next.send)
        assert.deepInclude(held, { reason: "rateLimited", applied: "no" })
        assert.isAbove(held.retryAfterMs!, 29_000)
        assert.strictEqual(scripted.seen.length, 1)
        const other = yield* Effect.scoped(exchange.account("b", credentials))
        yield* Effect.flip(other.runningTrades)
        assert.strictEqual(scripted.seen.length, 2)
      })
    )
  )

  it.live("is not cut off by an interruption once it is sent", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        let delivered = false
        scripted.onRequest = (_request, response) => {
          response.on("close", () => {
            delivered = response.writableFinished
          })
          setTimeout(() => reply(response, 200, closedTrade), 100)
        }
        const order = yield* closeOrder(exchange)
        let settled: unknown
        const sendAndSettle = Effect.uninterruptible(
          Effect.tap(order.send, (trade) =>
            Effect.sync(() => {
              settled = trade.status
            })
          )
        )
        yield* Effect.timeoutOption(sendAndSettle, "50 millis")
        assert.strictEqual(settled, "closed")
        yield* Effect.timeoutOption(order.send, "50 millis")
        assert.isTrue(delivered)
        assert.strictEqual(scripted.seen.length, 2)
      })
    )
  )

  it.live("never carries the secret or the passphrase in its error", () =>
    Effect.gen(function* () {
      const { error } = yield* failing((_request, response) => reply(response, 401, { message: "no" }))
      assert.notMatch(JSON.stringify(error) + error.message, /s3cret|pass"/u)
    })
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
