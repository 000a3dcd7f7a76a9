/**
 * Each order and each look-up of the port against the local exchange, which checks signatures, margins and stops by its
 * own rules. What must hold: what was ordered is what the exchange then has, and what is read back shows it, also when
 * the reply was lost.
 */

import { assert, describe, it } from "@effect/vitest"
import type { AccountEvent, ExchangeError, NewTrade, SignedOrder } from "@millrace/exchange"
import { Effect } from "effect"
import { collect, run, start, startMs } from "./adapterStage.ts"

const send = <A>(signed: Effect.Effect<SignedOrder<A>, ExchangeError>) => Effect.flatMap(signed, (order) => order.send)

const entry: NewTrade = {
  side: "buy",
  quantityUsd: 1000,
  leverage: 10,
  orderType: "market",
  priceUsd: undefined,
  stopLossUsd: undefined,
  takeProfitUsd: undefined,
  clientId: "entry-1"
}

/** Half of the account's budget, so that the next reads have a turn. */
const pause = Effect.sleep("1 second")

describe("isolated trades", () => {
  it.live("open at market with their client id, and get stops", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const opened = yield* send(session.signOpenTrade({ ...entry, stopLossUsd: 58_000, takeProfitUsd: 66_000.5 }))
        assert.deepInclude(opened, {
          side: "buy",
          quantityUsd: 1000,
          entryPriceUsd: 60_000,
          leverage: 10,
          stopLossUsd: 58_000,
          takeProfitUsd: 66_000.5,
          status: "running",
          clientId: "entry-1"
        })
        const stopped = yield* send(session.signSetStopLoss(opened.tradeId, 59_000))
        assert.deepInclude(stopped, { tradeId: opened.tradeId, stopLossUsd: 59_000, takeProfitUsd: 66_000.5 })
        const aimed = yield* send(session.signSetTakeProfit(opened.tradeId, 70_000))
        assert.deepInclude(aimed, { stopLossUsd: 59_000, takeProfitUsd: 70_000 })
        const [running] = yield* session.runningTrades
        assert.deepInclude(running, { tradeId: opened.tradeId, stopLossUsd: 59_000, takeProfitUsd: 70_000 })
      })
    )
  )

  it.live("wait at a limit, are found as open, and as running once the price is there", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, tick } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        yield* send(session.signOpenTrade({ ...entry, orderType: "limit", priceUsd: 59_000 }))
        const find = session.findTradeByClientId("entry-1", startMs)
        assert.deepInclude(yield* find, { status: "open", entryPriceUsd: 59_000 })
        tick(58_900)
        yield* pause
        assert.deepInclude(yield* find, { status: "running" })
      })
    )
  )

  it.live("give up profit by a cash-in, which leaves the quantity", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, position, tick } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const { tradeId } = position("a")
        tick(63_000)
        const left = yield* send(session.signCashIn(tradeId, 10_000))
        assert.deepInclude(left, { quantityUsd: 1000, marginSats: 166_666, entryPriceUsd: 60_362 })
      })
    )
  )

  it.live("are refused as not applied when the exchange does not take them", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const refused = yield* Effect.flip(send(session.signOpenTrade({ ...entry, leverage: 1000 })))
        assert.deepInclude(refused, { reason: "badRequest", applied: "no", kind: "permanent" })
        const unknown = yield* Effect.flip(send(session.signSetStopLoss("no-such-trade", 58_000)))
        assert.deepInclude(unknown, { reason: "notFound", applied: "no" })
      })
    )
  )

  /**
   * @guarantee effects: A new trade whose reply was lost is found again by its client id, whatever became of it
   * @how all lists of trades since the decision are read, in the order in which a trade moves through them
   */
  it.live("are found by client id when the reply was lost, and also once they are closed", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, open } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        market.faults.add({ kind: "reset_after", route: "isolated/trade", times: 1 })
        const lost = yield* Effect.flip(send(session.signOpenTrade(entry)))
        assert.deepInclude(lost, { reason: "replyLost", applied: "unknown" })
        const found = yield* session.findTradeByClientId("entry-1", startMs)
        assert.deepInclude(found, { status: "running", clientId: "entry-1" })
        yield* send(session.signCloseTrade(found!.tradeId))
        yield* pause
        const closed = yield* session.findTradeByClientId("entry-1", startMs)
        assert.deepInclude(closed, { tradeId: found!.tradeId, status: "closed" })
        yield* pause
        assert.isUndefined(yield* session.findTradeByClientId("entry-2", startMs))
      })
    )
  )
})

describe("cross margin", () => {
  it.live("is filled, levered, traded on and closed; orders and transfers show it, and events tell", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start({ ACCOUNT_PER_SECOND: 5 })
        const session = yield* exchange.account("a", open("a"))
        const next = yield* collect<AccountEvent, unknown>(session.events)
        assert.deepInclude(yield* next, { _tag: "Connected" })
        const none = yield* session.crossPosition
        assert.deepInclude(none, { side: undefined, quantityUsd: 0, entryPriceUsd: undefined })
        const deposited = yield* send(session.signCrossDeposit(300_000))
        assert.deepInclude(deposited, { marginSats: 300_000, exchangeId: none.exchangeId })
        assert.deepStrictEqual(yield* next, { _tag: "CrossChanged" })
        const levered = yield* send(session.signSetCrossLeverage(10))
        assert.strictEqual(levered.leverage, 10)
        const market = { orderType: "market", priceUsd: undefined } as const
        const sold = yield* send(session.signCrossOrder({ side: "sell", quantityUsd: 1000, ...market }))
        assert.deepInclude(sold, {
          side: "sell",
          quantityUsd: 1000,
          priceUsd: 60_000,
          type: "market",
          status: "filled"
        })
        yield* pause
        const short = yield* session.crossPosition
        assert.deepInclude(short, { side: "sell", quantityUsd: 1000, leverage: 10, entryPriceUsd: 60_000 })
        assert.isAbove(short.liquidationPriceUsd!, 72_000)
        const bought = yield* send(session.signCrossOrder({ side: "buy", quantityUsd: 400, ...market }))
        yield* pause
        const closed = yield* send(session.signCloseCross)
        assert.deepInclude(closed, { side: "buy", quantityUsd: 600, status: "filled" })
        const orders = yield* session.crossOrders(startMs)
        assert.deepStrictEqual(
          new Set(orders.map(({ orderId }) => orderId)),
          new Set([sold.orderId, bought.orderId, closed.orderId])
        )
        yield* pause
        assert.deepStrictEqual(
          (yield* session.crossTransfers(startMs)).map(({ amountSats, atMs }) => ({ amountSats, atMs })),
          [{ amountSats: 300_000, atMs: startMs }]
        )
        assert.deepInclude(yield* session.crossPosition, { side: undefined, quantityUsd: 0 })
        const nothing = yield* Effect.flip(send(session.signCloseCross))
        assert.deepInclude(nothing, { reason: "badRequest", applied: "no" })
      })
    )
  )

  it.live("shows a limit order as open, and what was lost on the way as done", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, open } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        market.faults.add({ kind: "reset_after", route: "cross/deposit", times: 1 })
        assert.strictEqual((yield* Effect.flip(send(session.signCrossDeposit(300_000)))).applied, "unknown")
        assert.strictEqual((yield* session.crossTransfers(startMs))[0]?.amountSats, 300_000)
        const limit = { side: "buy", quantityUsd: 100, orderType: "limit", priceUsd: 59_000 } as const
        const placed = yield* send(session.signCrossOrder(limit))
        assert.strictEqual(placed.status, "open")
        yield* pause
        const [order] = yield* session.crossOrders(startMs)
        assert.deepInclude(order, { orderId: placed.orderId, status: "open", type: "limit", priceUsd: 59_000 })
        assert.deepStrictEqual(yield* session.crossOrders(startMs + 1), [])
      })
    )
  )
})

describe("the identity of a key", () => {
  it.live("is that of the exchange, with the permissions of the key", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, open } = yield* start()
        const permissions = ["account:read", "futures:isolated:*"]
        const session = yield* exchange.account("a", open("a", { permissions }))
        assert.deepStrictEqual(yield* session.identity, {
          exchangeUserId: market.uid("a")!,
          username: "a",
          balanceSats: 10_000_000,
          permissions
        })
      })
    )
  )

  it.live("is refused for wrong credentials, and for a key that may not read the account", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start()
        const wrong = yield* exchange.account("a", { ...open("a"), passphrase: "wrong" })
        assert.deepInclude(yield* Effect.flip(wrong.identity), { reason: "unauthorized", kind: "permanent" })
        const poor = yield* exchange.account("b", open("b", { permissions: ["futures:isolated:read"] }))
        assert.deepInclude(yield* Effect.flip(poor.identity), { reason: "forbidden", kind: "permanent" })
      })
    )
  )

  it.live("with rights to isolated trades only still gets their events", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, position } = yield* start()
        const session = yield* exchange.account("a", open("a", { permissions: ["futures:isolated:*"] }))
        const next = yield* collect<AccountEvent, unknown>(session.events)
        assert.deepInclude(yield* next, { _tag: "Connected" })
        const { tradeId } = position("a")
        assert.deepInclude(yield* next, { _tag: "TradeFilled", tradeId })
      })
    )
  )
})
