import { assert, it } from "@effect/vitest"
import { LnMarketsRestV2 as RestV2 } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { wallNowMs } from "../src/WallClock.ts"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const timeMs = 1_700_000_000_000
const order = { type: "m", side: "b", quantity: 1000, leverage: 10 }

it.live("trades in v2's form on the same market as v3", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, callV2 }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000, timeMs })
      const opened = yield* callV2(key, "POST", "/futures", { ...order, stoploss: 0, takeprofit: 62_000 })
      const { id } = opened.body
      Schema.decodeUnknownSync(RestV2.Trade)(opened.body)
      assert.deepStrictEqual(opened.body, {
        id,
        uid: opened.body.uid,
        type: "m",
        side: "b",
        opening_fee: 1666,
        closing_fee: 0,
        maintenance_margin: 1833,
        quantity: 1000,
        margin: 166_666,
        leverage: 10,
        price: 60_000,
        liquidation: 54_545.5,
        stoploss: 0,
        takeprofit: 62_000,
        exit_price: null,
        pl: 0,
        creation_ts: timeMs,
        market_filled_ts: timeMs,
        closed_ts: null,
        last_update_ts: timeMs,
        entry_price: 60_000,
        entry_margin: 166_666,
        open: false,
        running: true,
        canceled: false,
        closed: false,
        sum_carry_fees: 0
      })
      const set = (type: string, value: number) => callV2(key, "PUT", "/futures", { id, type, value })
      eq((yield* set("stoploss", 58_000)).body.stoploss, 58_000)
      eq((yield* set("stoploss", 0)).body.stoploss, 0)
      eq((yield* set("takeprofit", 63_000)).body.takeprofit, 63_000)
      eq((yield* callV2(key, "POST", "/futures/add-margin", { id, amount: 20_000 })).body.liquidation, 53_957)
      eq((yield* callV2(key, "POST", "/futures/cash-in", { id, amount: 20_000 })).body.margin, 166_666)
      eq((yield* call(key, "GET", "/futures/isolated/trades/running")).body[0].id, id)
      eq((yield* callV2(key, "GET", `/futures/trades/${id}`)).body.id, id)
      for (const form of ["with?", "without?"] as const)
        eq((yield* callV2(key, "GET", "/futures?type=running&limit=5", undefined, form)).body.length, 1)
      eq((yield* callV2(key, "DELETE", `/futures?id=${id}`)).body.closed, true)
      eq((yield* callV2(key, "GET", "/futures?type=closed", undefined)).body[0].id, id)
      eq((yield* callV2(key, "GET", `/futures?type=closed&to=${timeMs - 1}`)).body.length, 0)
    })
  )
)

it.live("closes and cancels all, and places limit orders", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, callV2 }) {
      const key = yield* account("alice")
      yield* control("POST", "/price", { price: 60_000, timeMs })
      const limit = { type: "l", side: "s", price: 65_000, quantity: 10, leverage: 5 }
      const waiting = yield* callV2(key, "POST", "/futures", limit)
      assert.deepInclude(waiting.body, { type: "l", side: "s", open: true, market_filled_ts: null })
      eq((yield* callV2(key, "POST", "/futures/cancel", { id: waiting.body.id })).body.canceled, true)
      yield* callV2(key, "POST", "/futures", limit)
      eq((yield* callV2(key, "DELETE", "/futures/all/cancel")).body.trades[0].canceled, true)
      for (const side of ["b", "s"]) yield* callV2(key, "POST", "/futures", { ...order, side })
      const closed = (yield* callV2(key, "DELETE", "/futures/all/close")).body.trades
      assert.deepStrictEqual(
        closed.map((trade: { side: string; closed: boolean }) => [trade.side, trade.closed]),
        [
          ["b", true],
          ["s", true]
        ]
      )
      assert.deepStrictEqual((yield* callV2(key, "DELETE", "/futures/all/close")).body.trades, [])
    })
  )
)

it.live("answers v2's market routes without a signature", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, addresses }) {
      const text = (path: string) =>
        Effect.promise(() => fetch(`${addresses.restV2}${path}`).then((response) => response.text()))
      const get = (path: string) => Effect.map(text(path), (body) => JSON.parse(body))
      yield* control("POST", "/market", { fundingRate: 0.0001, spreadUsd: 2 })
      yield* control("POST", "/price", { price: 60_000, timeMs })
      yield* control("POST", "/price", { price: 60_100, timeMs: timeMs + 60_000 })
      yield* control("POST", "/funding", { rate: 0.0001 })
      eq(yield* text("/ping"), "pong")
      assert.closeTo(yield* get("/time"), wallNowMs(), 5000)
      assert.deepStrictEqual(yield* get("/futures/ticker"), {
        index: 60_100,
        lastPrice: 60_100,
        askPrice: 60_101,
        bidPrice: 60_099,
        carryFeeRate: 0.0001,
        carryFeeTimestamp: Date.UTC(2023, 10, 15, 4),
        exchangesWeights: {}
      })
      Schema.decodeUnknownSync(RestV2.Ticker)(yield* get("/futures/ticker"))
      Schema.decodeUnknownSync(RestV2.Candles)(yield* get("/futures/ohlcs?range=1D"))
      const details = yield* get("/futures/market")
      assert.deepStrictEqual(details.limits.quantity, { min: 1, max: 500_000, trade: 500_000 })
      assert.deepStrictEqual(details.fees.trading.tiers[1], { min_volume: 250_000, fees: 0.0008 })
      const minute = timeMs - (timeMs % 60_000)
      for (const [path, field] of [
        ["/futures/history/index", "value"],
        ["/futures/history/price", "value"],
        ["/oracle", "index"],
        ["/oracle/index", "index"],
        ["/oracle/last-price", "lastPrice"]
      ] as const)
        assert.deepStrictEqual(yield* get(`${path}?limit=1`), [{ time: minute + 60_000, [field]: 60_100 }], path)
      assert.deepInclude((yield* get("/futures/history/fixing"))[0], { price: 60_100, fee_rate: 0.0001 })
      const [hour] = yield* get("/futures/ohlcs?range=60")
      assert.deepInclude(hour, { time: timeMs - (timeMs % 3_600_000), open: 60_000, close: 60_100 })
      eq((yield* get("/futures/ohlcs?range=toString")).code, "BAD_REQUEST")
      assert.hasAllKeys(yield* get("/futures/leaderboard"), ["daily", "weekly", "monthly", "all_time"])
    })
  )
)

it.live("shows and changes the user, and moves money in v2's form", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, callV2 }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      yield* control("POST", "/price", { price: 50_000, timeMs })
      const user = yield* callV2(alice, "GET", "/user")
      Schema.decodeUnknownSync(RestV2.User)(user.body)
      assert.deepInclude(user.body, { balance: 10_000_000, username: "alice", fee_tier: 0, show_leaderboard: true })
      const changed = yield* callV2(alice, "PUT", "/user", { show_leaderboard: false, username: "ally" })
      assert.deepInclude(changed.body, { show_leaderboard: false, username: "ally" })
      const made = yield* callV2(alice, "POST", "/user/deposit", { amount: 5000 })
      assert.hasAllKeys(made.body, ["deposit_id", "payment_request", "expiry"])
      const paid = yield* callV2(bob, "POST", "/user/withdraw", { invoice: made.body.payment_request })
      assert.deepInclude(paid.body, { amount: 5000, fee: 0, success_time: timeMs })
      const one = yield* callV2(alice, "GET", `/user/deposit/${made.body.deposit_id}`)
      assert.deepInclude(one.body, { amount: 5000, success: true, success_ts: timeMs })
      assert.deepStrictEqual((yield* callV2(bob, "POST", "/user/transfer", { amount: 7, toUsername: "ally" })).body, {
        amount: 7,
        to: "ally"
      })
      eq((yield* callV2(alice, "GET", "/user/deposit?type=internal")).body[0].from_username, "bob")
      eq((yield* callV2(alice, "GET", "/user/deposit")).body.length, 2)
      const out = (yield* callV2(bob, "GET", "/user/withdraw")).body
      assert.deepStrictEqual(out.map((each: { type: string }) => each.type).toSorted(), ["internal", "lightning"])
      eq((yield* callV2(bob, "GET", `/user/withdrawals/${paid.body.id}`)).body.id, paid.body.id)
      eq((yield* callV2(bob, "GET", "/user/withdrawals/none")).status, 404)
      eq((yield* callV2(alice, "GET", "/notifications")).body[0].event, "deposit")
      eq((yield* callV2(alice, "DELETE", "/notifications/all")).status, 200)
      assert.deepStrictEqual((yield* callV2(alice, "GET", "/notifications")).body, [])
      const swap = yield* callV2(alice, "POST", "/swap", { in_amount: 200_000, in_asset: "BTC", out_asset: "USD" })
      eq(swap.body.out_amount, 100)
      eq((yield* callV2(alice, "GET", `/swap/${swap.body.id}`)).body.id, swap.body.id)
      const address = yield* callV2(alice, "POST", "/user/bitcoin/address", { format: "p2tr" })
      eq((yield* callV2(alice, "GET", "/user/bitcoin/addresses?current=true")).body[0].address, address.body.address)
    })
  )
)

it.live("refuses v2 requests that are not signed, permitted, known or in the minute's budget", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, callV2, addresses }) {
      const key = yield* account("alice")
      const { body: reader } = yield* control("POST", "/keys", {
        account: "alice",
        name: "reader",
        permissions: ["futures:isolated:read"]
      })
      const codes = (answer: { status: number; body: { code: string } }) => `${answer.status} ${answer.body.code}`
      const status = (path: string) => Effect.promise(() => fetch(`${addresses.restV2}${path}`).then((r) => r.status))
      eq(yield* status("/user"), 401)
      eq(yield* status("/ping"), 200)
      eq(yield* status("/ping"), 429)
      eq(codes(yield* callV2({ ...key, secret: "no" }, "GET", "/user")), "401 UNAUTHORIZED")
      eq(codes(yield* callV2(reader, "POST", "/futures", order)), "403 FORBIDDEN")
      eq((yield* callV2(reader, "GET", "/futures?type=open")).status, 200)
      eq(codes(yield* callV2(key, "GET", "/futures/trades/nobody")), "404 NOT_FOUND")
      const limited = yield* callV2(key, "GET", "/futures?type=open")
      eq(codes(limited), "429 TOO_MANY_REQUESTS")
      eq(limited.headers.get("retry-after"), "30")
    }),
    { v2AccountRequestsPerMinute: 2, v2PublicRequestsPerMinute: 1 }
  )
)
