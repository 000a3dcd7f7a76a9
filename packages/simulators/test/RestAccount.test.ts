import { assert, it } from "@effect/vitest"
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const timeMs = 1_700_000_000_000
const time = "2023-11-14T22:13:20.000Z"

it.live("takes deposits and withdrawals, and lists them by state", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, stream }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      yield* control("POST", "/price", { price: 60_000, timeMs })
      const ws = yield* stream
      yield* ws.login(alice, "nonce-number-1")
      yield* ws.call("subscribe", { topics: [Stream.topics.walletDeposit, Stream.topics.walletWithdrawal] })
      const made = yield* call(alice, "POST", "/account/deposit/lightning", { amount: 5000, comment: "rent" })
      assert.hasAllKeys(made.body, ["depositId", "paymentRequest"])
      const open = yield* call(alice, "GET", "/account/deposits/lightning?settled=false")
      assert.deepInclude(open.body.data[0], { amount: 5000, comment: "rent", settledAt: null, createdAt: time })
      const invoice = made.body.paymentRequest
      const paid = yield* call(bob, "POST", "/account/withdraw/lightning", { invoice })
      assert.hasAllKeys(paid.body, ["id", "amount", "maxFees", "paymentHash"])
      const push = yield* ws.until((message) => message.params?.topic === Stream.topics.walletDeposit)
      const told = Schema.decodeUnknownSync(Stream.WalletData)(push.params.data)
      assert.deepInclude(told, { id: made.body.depositId, amount: 5000, balance: 10_005_000, status: "settled" })
      const settled = yield* call(alice, "GET", "/account/deposits/lightning?settled=true")
      eq(settled.body.data[0].settledAt, time)
      eq((yield* call(alice, "GET", "/account/deposits/lightning?settled=false")).body.data.length, 0)
      eq((yield* call(alice, "GET", "/account/deposits/lightning?settled=maybe")).status, 400)
      const out = yield* call(bob, "GET", "/account/withdrawals/lightning?status=processed")
      assert.deepInclude(out.body.data[0], { id: paid.body.id, amount: 5000, fee: 0, destination: null })
      const wrong = yield* call(bob, "POST", "/account/withdraw/lightning", { invoice: "lnbc" })
      assert.deepStrictEqual(wrong.body, { code: "BAD_REQUEST", message: "Send a correct BOLT 11 invoice" })
    })
  )
)

it.live("takes payments on chain through the control port", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      const alice = yield* account("alice")
      const made = yield* call(alice, "POST", "/account/address/bitcoin", { format: "p2wpkh" })
      assert.match(made.body.address, /^tb1q/)
      eq((yield* call(alice, "GET", "/account/address/bitcoin")).body.address, made.body.address)
      const seen = yield* control("POST", "/deposits/on-chain", { account: "alice", amount: 70_000 })
      const list = (status: string) =>
        Effect.map(call(alice, "GET", `/account/deposits/on-chain?status=${status}`), (answer) => answer.body.data)
      assert.deepInclude((yield* list("MEMPOOL"))[0], { amount: 70_000, blockHeight: null, confirmations: 0 })
      yield* control("POST", "/deposits/confirm", { id: seen.body.id })
      eq((yield* list("CONFIRMED")).length, 1)
      eq((yield* call(alice, "GET", "/account")).body.balance, 10_070_000)
      const asked = yield* call(alice, "POST", "/account/withdraw/on-chain", {
        address: made.body.address,
        amount: 9000
      })
      assert.deepInclude(asked.body, { status: "pending", txId: null, fee: null, amount: 9000 })
      eq((yield* control("POST", "/withdrawals", { id: asked.body.id, status: "failed" })).status, 400)
      yield* control("POST", "/withdrawals", { id: asked.body.id, status: "processed" })
      const out = yield* call(alice, "GET", "/account/withdrawals/on-chain?status=processed")
      assert.deepInclude(out.body.data[0], { id: asked.body.id, fee: 500 })
      eq((yield* call(alice, "GET", "/account/withdrawals/on-chain?status=pending")).body.data.length, 0)
    })
  )
)

it.live("keeps notifications until they are read, pages of swaps, and transfers of both sides", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      yield* control("POST", "/price", { price: 60_000, timeMs })
      yield* call(alice, "POST", "/futures/isolated/trade", {
        leverage: 10,
        quantity: 1000,
        side: "buy",
        type: "market"
      })
      yield* control("POST", "/price", { price: 50_000, timeMs })
      const unread = call(alice, "GET", "/account/notifications?read=false")
      const [notice] = (yield* unread).body.data
      assert.deepInclude(notice, { event: "futures-liquidation", createdAt: time })
      eq((yield* call(alice, "PUT", "/account/notifications")).status, 200)
      eq((yield* unread).body.data.length, 0)
      assert.deepStrictEqual((yield* get("/synthetic-usd/best-price")).body, { askPrice: 50_000, bidPrice: 50_000 })
      const swap = { inAmount: 200_000, inAsset: "BTC", outAsset: "USD" }
      assert.deepStrictEqual((yield* call(alice, "POST", "/synthetic-usd/swap", swap)).body, {
        ...swap,
        outAmount: 100
      })
      eq((yield* call(alice, "GET", "/account")).body.syntheticUsdBalance, 100)
      yield* call(alice, "POST", "/synthetic-usd/swap", swap)
      const first = yield* call(alice, "GET", "/synthetic-usd/swaps?limit=1")
      const rest = yield* call(alice, "GET", `/synthetic-usd/swaps?limit=1&cursor=${first.body.nextCursor}`)
      assert.deepStrictEqual([rest.body.data.length, rest.body.nextCursor], [1, null])
      const sent = yield* call(alice, "POST", "/account/withdraw/internal", { toUsername: "bob", amount: 10 })
      const [out] = (yield* call(alice, "GET", "/account/withdrawals/internal")).body.data
      const [into] = (yield* call(bob, "GET", "/account/deposits/internal")).body.data
      assert.deepInclude(out, { id: sent.body.id, toUsername: "bob", amount: 10, success: true })
      assert.deepInclude(into, { id: sent.body.id, fromUsername: "alice", amount: 10, success: true })
    })
  )
)

it.live("lets a key do what its permissions say, also after they were changed", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call }) {
      yield* account("alice")
      const made = yield* control("POST", "/keys", { account: "alice", name: "reader", permissions: ["account:read"] })
      const reader = made.body
      eq((yield* call(reader, "GET", "/account")).status, 200)
      for (const [method, path, body] of [
        ["POST", "/account/deposit/lightning", { amount: 1 }],
        ["POST", "/account/withdraw/lightning", { invoice: "x" }],
        ["POST", "/account/withdraw/on-chain", { address: "x", amount: 1 }],
        ["PUT", "/account/notifications", undefined],
        ["POST", "/synthetic-usd/swap", { inAmount: 1, inAsset: "BTC", outAsset: "USD" }],
        ["GET", "/futures/cross/position", undefined],
        ["POST", "/futures/cross/deposit", { amount: 1 }]
      ] as const) {
        const answer = yield* call(reader, method, path, body)
        assert.deepStrictEqual([path, answer.status, answer.body.code], [path, 403, "FORBIDDEN"])
      }
      yield* control("PUT", "/keys", { key: reader.key, permissions: ["account:*"] })
      eq((yield* call(reader, "POST", "/account/deposit/lightning", { amount: 1 })).status, 200)
      yield* control("PUT", "/keys", { key: reader.key, active: false })
      eq((yield* call(reader, "GET", "/account")).status, 403)
      eq((yield* control("GET", "/keys?account=alice")).body.keys.length, 2)
    })
  )
)

it.live("ranks accounts by what they won, and tells volumes and the index of each minute", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, account, call, get }) {
      const [alice, bob] = [yield* account("alice"), yield* account("bob")]
      yield* control("POST", "/price", { price: 60_000, timeMs })
      const open = (key: typeof alice, side: string) =>
        call(key, "POST", "/futures/isolated/trade", { leverage: 10, quantity: 1000, side, type: "market" })
      const [long, short] = [yield* open(alice, "buy"), yield* open(bob, "sell")]
      yield* control("POST", "/price", { price: 63_000, timeMs: timeMs + 60_000 })
      yield* call(alice, "POST", "/futures/isolated/trade/close", { id: long.body.id })
      yield* call(bob, "POST", "/futures/isolated/trade/close", { id: short.body.id })
      yield* open(bob, "sell")
      const board = (yield* get("/futures/leaderboard")).body
      assert.hasAllKeys(board, ["daily", "weekly", "monthly", "all-time"])
      assert.deepStrictEqual(board.daily, [
        { username: "alice", pl: 79_365, direction: 0 },
        { username: "bob", pl: -79_365, direction: -1 }
      ])
      const candles = yield* get(`/futures/candles?from=${time}&range=1m`)
      assert.deepStrictEqual(
        candles.body.data.map((candle: { volume: number }) => candle.volume),
        [3000]
      )
      const index = yield* get("/oracle/index?limit=1")
      assert.deepStrictEqual(index.body, [{ time: "2023-11-14T22:14:00.000Z", index: 63_000 }])
      eq((yield* get("/oracle/last-price")).body.length, 2)
    })
  )
)

it.live("has no oracle where it was taken away", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ get }) {
      eq((yield* get("/oracle/index")).status, 404)
    }),
    { servesOracle: false }
  )
)
