import { assert, it } from "@effect/vitest"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect, Schema } from "effect"
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
      Schema.decodeUnknownSync(Stream.CrossOrderData)(order.params.data)
      const position = yield* ws.until(
        (message) => message.params?.data.event === "new" && message.params.data.position
      )
      eq(Schema.decodeUnknownSync(Stream.CrossPositionData)(position.params.data).position.quantity, -100)
    })
  )
)
