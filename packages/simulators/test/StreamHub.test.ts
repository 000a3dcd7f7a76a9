import { assert, it } from "@effect/vitest"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect, Schema, Scope } from "effect"
import { wallNowMs } from "../src/WallClock.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const { topics } = Stream
const isPush = (topic: string) => (message: { params?: { topic: string } }) => message.params?.topic === topic
const market = { leverage: 10, quantity: 1000, side: "buy", type: "market" }

it.live("pushes prices with the market's time to subscribers only", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, stream }) {
      const [one, two] = [yield* stream, yield* stream]
      assert.deepStrictEqual((yield* one.call("hello", { clientName: "t", clientVersion: "1" })).result, {
        version: "1.0.0"
      })
      eq((yield* one.call("ping")).result, "pong")
      yield* one.call("subscribe", { topics: [topics.lastPrice, topics.ticker, `${topics.ohlc}1m`] })
      yield* control("POST", "/price", { price: 60_000.5, timeMs: 120_000 })
      const push = yield* one.until(isPush(topics.lastPrice))
      assert.deepStrictEqual(push.params.data, { time: 120_000, lastPrice: 60_000.5 })
      Schema.decodeUnknownSync(Stream.TickerData)((yield* one.until(isPush(topics.ticker))).params.data)
      eq((yield* one.until(isPush(`${topics.ohlc}1m`))).params.data.close, 60_000.5)
      yield* two.call("ping")
      eq(two.messages.filter((message) => message.method === "subscription").length, 0)
      assert.deepStrictEqual((yield* one.call("unsubscribeAll")).result.unsubscribed.length, 3)
      eq((yield* one.call("nothing")).error.code, -32601)
      eq((yield* one.call("subscribe", { topics: ["x"] })).error.code, -32602)
    })
  )
)

it.live("authenticates once per nonce and pushes an account's own trade events to it alone", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, stream }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      const [mine, other] = [yield* stream, yield* stream]
      const private_ = { topics: [topics.isolatedTrades] }
      eq((yield* mine.call("subscribe", private_)).error.data.code, "UNAUTHORIZED")
      eq((yield* mine.login(alice, "nonce-number-1")).result.authenticated, true)
      assert.include((yield* other.login(alice, "nonce-number-1")).error.message, "Nonce")
      yield* other.login(bob, "nonce-number-2")
      yield* mine.call("subscribe", private_)
      yield* other.call("subscribe", private_)
      yield* control("POST", "/price", { price: 60_000, timeMs: 1000 })
      const { body } = yield* call(alice, "POST", "/futures/isolated/trade", market)
      yield* control("POST", "/price", { price: 50_000, timeMs: 2000 })
      const ended = yield* mine.until((message) => message.params?.data.event === "liquidation")
      const decoded = Schema.decodeUnknownSync(Stream.IsolatedTradeData)(ended.params.data)
      assert.deepInclude(decoded.trade, { id: body.id, closedAt: 2000, exitPrice: 54_545.5 })
      eq(mine.messages.filter(isPush(topics.isolatedTrades))[0].params.data.event, "filled")
      yield* other.call("ping")
      eq(other.messages.filter(isPush(topics.isolatedTrades)).length, 0)
    })
  )
)

it.live("pushes cross orders and the cross position", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, stream }) {
      const alice = yield* account("alice")
      const ws = yield* stream
      yield* ws.login(alice, "nonce-number-1")
      yield* ws.call("subscribe", { topics: [topics.crossOrders, topics.crossPosition] })
      yield* control("POST", "/price", { price: 60_000 })
      yield* call(alice, "POST", "/futures/cross/deposit", { amount: 1_000_000 })
      yield* call(alice, "POST", "/futures/cross/order", { type: "market", side: "sell", quantity: 100 })
      const order = yield* ws.until(isPush(topics.crossOrders))
      const told = Schema.decodeUnknownSync(Stream.CrossOrderData)(order.params.data)
      assert.hasAllKeys(order.params.data.order, [
        "id",
        "type",
        "side",
        "quantity",
        "price",
        "clientId",
        "createdAt",
        "tradingFee",
        "filledAt"
      ])
      eq(told.order.type, "market")
      const position = yield* ws.until(
        (message) => message.params?.data.event === "new" && message.params.data.position
      )
      eq(Schema.decodeUnknownSync(Stream.CrossPositionData)(position.params.data).position.quantity, -100)
    })
  )
)

it.live(
  "tells when a request came and went, and what is left of the connection's budget; refuses what is beyond it",
  () =>
    withSimulator(
      Effect.fnUntraced(function* ({ stream }) {
        const [one, two] = [yield* stream, yield* stream]
        const first = yield* one.call("ping")
        assert.deepStrictEqual(first.rateLimit, { remaining: 1, limit: 2 })
        eq(first.usDiff, first.usOut - first.usIn)
        assert.closeTo(first.usIn / 1000, wallNowMs(), 5000)
        eq((yield* one.call("ping")).rateLimit.remaining, 0)
        assert.deepInclude((yield* one.call("ping")).error, { code: -32005, message: "Too many requests" })
        eq((yield* two.call("ping")).result, "pong")
      }),
      { streamRequestsPerSecond: 2 }
    )
)

it.live("answers a request under the id it has, and a notification not at all", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ stream }) {
      const ws = yield* stream
      ws.send({ jsonrpc: "2.0", method: "ping" })
      ws.send({ jsonrpc: "2.0", id: 7, method: "time" })
      ws.send("{")
      ws.send({ jsonrpc: "2.0", id: "x", method: "toString" })
      yield* ws.until((message) => message.id === "x")
      assert.deepStrictEqual(
        ws.messages.map(({ id, error }) => [id, error?.code]),
        [
          [7, undefined],
          [null, -32700],
          ["x", -32601]
        ]
      )
    })
  )
)

it.live("keeps public topics over an authentication, and ends those of the account before", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ account, stream }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      const ws = yield* stream
      yield* ws.call("subscribe", { topics: [topics.lastPrice] })
      yield* ws.login(alice, "nonce-number-1")
      yield* ws.call("subscribe", { topics: [topics.isolatedTrades] })
      yield* ws.login(bob, "nonce-number-2")
      assert.deepStrictEqual((yield* ws.call("unsubscribeAll")).result, { unsubscribed: [topics.lastPrice] })
      eq((yield* ws.call("whoami")).result.apiKey, bob.key)
    })
  )
)

it.live("pings its clients, and cuts off one that stays silent", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ stream, silentStream }) {
      const [alive, silent] = [yield* stream, yield* silentStream]
      eq(yield* silent.closed, 1006)
      eq((yield* alive.call("ping")).result, "pong")
    }),
    { streamPingMs: 50 }
  )
)

it.live("tells of announcements, of the next funding when it changes, and of its own end", () =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const ws = yield* withSimulator(
      Effect.fnUntraced(function* ({ control, stream }) {
        const ws = yield* Scope.provide(stream, scope)
        yield* ws.call("subscribe", { topics: [topics.announcements, topics.funding, `${topics.ohlc}3months`] })
        const notice = { id: "a1", title: "Maintenance", message: "At noon" }
        yield* control("POST", "/announcements", notice)
        const told = yield* ws.until(isPush(topics.announcements))
        assert.deepStrictEqual(told.params.data, { ...notice, link: null })
        yield* control("DELETE", "/announcements?id=a1")
        yield* ws.until((message) => message.params?.data.id === "a1" && message.params.data.title === undefined)
        for (const hour of [1, 2, 4]) yield* control("POST", "/price", { price: 60_000, timeMs: hour * 3_600_000 })
        yield* ws.until((message) => message.params?.data.current?.time === 12 * 3_600_000)
        const funding = ws.messages.filter(isPush(topics.funding)).map(({ params }) => params.data)
        assert.deepStrictEqual(
          funding.map((data) => Schema.decodeUnknownSync(Stream.FundingData)(data).current),
          [
            { rate: 0.0001, time: 4 * 3_600_000 },
            { rate: 0.0001, time: 12 * 3_600_000 }
          ]
        )
        eq((yield* ws.until(isPush(`${topics.ohlc}3months`))).params.data.time, 0)
        return ws
      }),
      { fundingRate: 0.0001 }
    )
    eq(yield* ws.closed, 1001)
  })
)
