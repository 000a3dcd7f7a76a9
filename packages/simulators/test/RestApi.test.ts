import { assert, it } from "@effect/vitest"
import { LnMarketsRest as Rest } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { sign } from "../src/Signature.ts"
import { wallNowMs } from "../src/WallClock.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const strict = { onExcessProperty: "error" } as const
const market = { leverage: 10, quantity: 1000, side: "buy", type: "market" }

it.live("answers the trade routes in the exchange's form", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const key = yield* account("alice")
      eq((yield* call(key, "POST", "/futures/isolated/trade", market)).status, 503)
      yield* control("POST", "/price", { price: 60_000, timeMs: 1_700_000_000_000 })
      const opened = yield* call(key, "POST", "/futures/isolated/trade", { ...market, clientId: "mine" })
      const trade = Schema.decodeUnknownSync(Rest.Trade, strict)(opened.body)
      eq(trade.liquidation, 54_545.5)
      eq(trade.clientId, "mine")
      eq(trade.createdAt, "2023-11-14T22:13:20.000Z")
      const { id } = trade
      const added = yield* call(key, "POST", "/futures/isolated/trade/add-margin", { id, amount: 20_000 })
      eq(added.body.liquidation, 53_957)
      eq((yield* call(key, "PUT", "/futures/isolated/trade/stoploss", { id, value: 58_000 })).body.stoploss, 58_000)
      eq((yield* call(key, "DELETE", `/futures/isolated/trade/stoploss?id=${id}`)).body.stoploss, 0)
      eq((yield* call(key, "PUT", "/futures/isolated/trade/takeprofit", { id, value: 62_000 })).body.takeprofit, 62_000)
      yield* control("POST", "/price", { price: 61_000, timeMs: 1_700_000_001_000 })
      const running = yield* call(key, "GET", "/futures/isolated/trades/running")
      eq(Schema.decodeUnknownSync(Rest.Trades, strict)(running.body)[0]?.pl, 27_322)
      eq((yield* call(key, "POST", "/futures/isolated/trade/close", { id })).body.closed, true)
      const again = yield* call(key, "POST", "/futures/isolated/trade/close", { id })
      assert.deepStrictEqual([again.status, again.body.code], [400, "BAD_REQUEST"])
      const page = yield* call(key, "GET", "/futures/isolated/trades/closed?limit=5")
      const closed = Schema.decodeUnknownSync(Rest.TradePage, strict)(page.body)
      assert.deepStrictEqual([closed.data.length, closed.nextCursor], [1, null])
      const me = yield* call(key, "GET", "/account")
      eq(Schema.decodeUnknownSync(Rest.Account, strict)(me.body).balance, 10_000_000 + 27_322 - 1666 - 1639)
    })
  )
)

it.live("answers the cross routes in the exchange's form", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000 })
      yield* call(key, "POST", "/futures/cross/deposit", { amount: 301_666 })
      yield* call(key, "PUT", "/futures/cross/leverage", { leverage: 10 })
      const order = yield* call(key, "POST", "/futures/cross/order", { type: "market", side: "buy", quantity: 1000 })
      eq(Schema.decodeUnknownSync(Rest.CrossOrder, strict)(order.body).filled, true)
      const position = yield* call(key, "GET", "/futures/cross/position")
      eq(Schema.decodeUnknownSync(Rest.CrossPosition, strict)(position.body).liquidation, 50_912)
      eq((yield* call(key, "POST", "/futures/cross/position/close")).body.side, "sell")
      const filled = yield* call(key, "GET", "/futures/cross/orders/filled?limit=1")
      const page = Schema.decodeUnknownSync(Rest.CrossOrderPage, strict)(filled.body)
      eq(page.data[0]?.side, "sell")
      const next = yield* call(key, "GET", `/futures/cross/orders/filled?limit=1&cursor=${page.nextCursor}`)
      eq(next.body.data[0].side, "buy")
      eq(next.body.nextCursor, null)
    })
  )
)

it.live("answers public routes, and candles newest first", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, get }) {
      eq((yield* get("/ping")).body, "pong")
      eq((yield* get("/futures/ticker")).status, 503)
      for (let i = 0; i < 6; i++)
        yield* control("POST", "/price", { price: 60_000 + i, timeMs: 1_700_000_000_000 + i * 30_000 })
      const ticker = yield* get("/futures/ticker")
      eq(Schema.decodeUnknownSync(Rest.Ticker, strict)(ticker.body).lastPrice, 60_005)
      const candles = yield* get("/futures/candles?from=2023-11-14T00:00:00.000Z&range=1m")
      const page = Schema.decodeUnknownSync(Rest.CandlePage, strict)(candles.body)
      assert.deepStrictEqual(page.data[1], {
        time: "2023-11-14T22:14:00.000Z",
        open: 60_002,
        high: 60_003,
        low: 60_002,
        close: 60_003,
        volume: 0
      })
      eq((yield* get("/futures/candles")).status, 400)
      assert.closeTo(Date.parse((yield* get("/time")).body.time), wallNowMs(), 2000)
    })
  )
)

it.live("refuses what is not signed, permitted, known or in budget, with the exchange's error bodies", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const key = yield* account("alice", { permissions: ["futures:isolated:read"] })
      const off = yield* account("bob", { active: false })
      yield* control("POST", "/price", { price: 60_000 })
      const codes = (answer: { status: number; body: { code: string } }) => `${answer.status} ${answer.body.code}`
      eq(codes(yield* get("/futures/isolated/trades/running")), "401 UNAUTHORIZED")
      eq(codes(yield* call({ ...key, secret: "no" }, "GET", "/account")), "401 UNAUTHORIZED")
      eq(codes(yield* call(key, "GET", "/account", undefined, Math.floor(wallNowMs()) - 31_000)), "401 UNAUTHORIZED")
      eq(codes(yield* call(key, "POST", "/futures/isolated/trade", market)), "403 FORBIDDEN")
      eq(codes(yield* call(off, "GET", "/futures/isolated/trades/running")), "403 FORBIDDEN")
      eq((yield* call(key, "GET", "/futures/isolated/trades/running")).status, 200)
      eq(codes(yield* call(key, "GET", "/nowhere")), "404 NOT_FOUND")
      eq(codes(yield* call(key, "DELETE", "/account")), "405 METHOD_NOT_ALLOWED")
      const { body } = yield* control("GET", "/summary")
      eq(body.rejectedRequests, 7)
    })
  )
)

it.live("takes a bare question mark for no query, and refuses a content type without a body", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ account, addresses }) {
      const key = yield* account("alice")
      const timestamp = String(Math.floor(wallNowMs()))
      const get = (more: Record<string, string>) =>
        Effect.promise(() =>
          fetch(`${addresses.rest}/account?`, {
            headers: {
              "lnm-access-key": key.key,
              "lnm-access-passphrase": key.passphrase,
              "lnm-access-timestamp": timestamp,
              "lnm-access-signature": sign(key.secret, `${timestamp}get/v3/account`),
              ...more
            }
          }).then((response) => response.status)
        )
      eq(yield* get({}), 200)
      eq(yield* get({ "content-type": "application/json" }), 400)
    })
  )
)

it.live("answers 429 with Retry-After beyond the budget of one account or address, and only of that one", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ account, call, get }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      eq((yield* call(alice, "GET", "/account")).status, 200)
      const limited = yield* call(alice, "GET", "/account")
      assert.deepStrictEqual([limited.status, limited.body.code], [429, "TOO_MANY_REQUESTS"])
      assert.match(limited.headers.get("retry-after") ?? "", /^(1000|9\d\d)$/)
      eq((yield* call(bob, "GET", "/account")).status, 200)
      eq((yield* get("/ping")).status, 200)
      eq((yield* get("/ping")).body.code, "TOO_MANY_REQUESTS")
    }),
    { accountRequestsPerSecond: 0.001, publicRequestsPerSecond: 0.001 }
  )
)
