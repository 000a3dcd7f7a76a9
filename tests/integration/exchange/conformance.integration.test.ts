/**
 * One port, two adapters: v3 with stream v1, and v2 with the old WebSocket in both forms of its signature. What must
 * hold: for all that v2 has, whoever uses the port can't tell which one it is, also when replies are lost, the exchange
 * is down or busy, and connections break.
 */

import { assert, describe, it } from "@effect/vitest"
import type { AccountEvent, AccountSession, ExchangeError, MarketEvent, SignedOrder } from "@millrace/exchange"
import { Effect, Stream } from "effect"
import { type Api, collect, run, start, startMs, unlimited } from "./adapterStage.ts"

const send = <A>(signed: Effect.Effect<SignedOrder<A>, ExchangeError>) => Effect.flatMap(signed, (order) => order.send)

/** Every order that both have, and what the trade shows once it was applied. */
const orders: ReadonlyArray<
  readonly [
    name: string,
    sign: (session: AccountSession, tradeId: string) => Effect.Effect<SignedOrder, ExchangeError>,
    after: object
  ]
> = [
  ["close", (session, id) => session.signCloseTrade(id), { status: "closed", exitPriceUsd: 60_000 }],
  ["add margin", (session, id) => session.signAddMargin(id, 20_000), { marginSats: 186_666, leverage: 8.92863189 }],
  ["cash in", (session, id) => session.signCashIn(id, 10_000), { marginSats: 156_666 }],
  ["set stop loss", (session, id) => session.signSetStopLoss(id, 58_000.5), { stopLossUsd: 58_000.5 }],
  ["set take profit", (session, id) => session.signSetTakeProfit(id, 66_000), { takeProfitUsd: 66_000 }]
]

const apis: ReadonlyArray<Api> = ["v3", "v2, bare query", "v2, marked query"]

for (const api of apis) {
  const route = api === "v3" ? "isolated/trade/" : "v2/futures"
  const stage = (settings: Readonly<Record<string, string | number>> = {}) =>
    start({ ...unlimited.adapter, ...settings }, api)
  const withRunningTrade = Effect.gen(function* () {
    const { exchange, market, open, position, tick } = yield* stage()
    const session = yield* exchange.account("a", open("a"))
    return { market, session, tick, tradeId: position("a").tradeId }
  })
  const test: typeof run = (effect) => run(effect, unlimited.simulator)

  describe(`by ${api}, an account`, () => {
    it.live("shows its running trade", () =>
      test(
        Effect.gen(function* () {
          const { session, tradeId } = yield* withRunningTrade
          const expected = {
            tradeId,
            side: "buy",
            quantityUsd: 1000,
            entryPriceUsd: 60_000,
            marginSats: 166_666,
            maintenanceMarginSats: 1833,
            leverage: 10,
            liquidationPriceUsd: 54_545.5,
            stopLossUsd: undefined,
            takeProfitUsd: undefined,
            status: "running",
            exitPriceUsd: undefined,
            pnlSats: undefined,
            runningPnlSats: 0,
            createdAtMs: startMs,
            closedAtMs: undefined,
            ...(api === "v3" ? { clientId: "p-a", cashedInSats: 0 } : { clientId: undefined })
          }
          assert.deepStrictEqual(yield* session.runningTrades as Effect.Effect<unknown>, [expected])
          assert.deepStrictEqual(yield* session.findTrade(tradeId) as Effect.Effect<unknown>, expected)
          assert.isUndefined(yield* session.findTrade("00000000-0000-4000-8000-000000000000"))
        })
      )
    )

    for (const [name, sign, after] of orders) {
      it.live(`can ${name}, and reads it back`, () =>
        test(
          Effect.gen(function* () {
            const { session, tradeId } = yield* withRunningTrade
            const answered = yield* send(sign(session, tradeId))
            assert.strictEqual(answered.tradeId, tradeId)
            assert.deepStrictEqual(yield* session.findTrade(tradeId), answered)
            for (const [key, value] of Object.entries(after)) {
              const shown = answered[key as keyof typeof answered]
              if (typeof value === "number") assert.closeTo(shown as number, value, 0.001, key)
              else assert.strictEqual(shown, value, key)
            }
          })
        )
      )

      /**
       * @guarantee effects: Whichever API the exchange is spoken to by, an order is sent once and told as applied, not applied or unknown
       * @how one suite for the adapters of v3 and v2, against the local exchange over real sockets
       */
      it.live(`says unknown when the reply to "${name}" is lost, sends it once, and the trade shows it`, () =>
        test(
          Effect.gen(function* () {
            const { market, session, tradeId } = yield* withRunningTrade
            market.faults.add({ kind: "reset_after", route, times: 1 })
            const lost = yield* Effect.flip(send(sign(session, tradeId)))
            assert.deepInclude(lost, { reason: "replyLost", applied: "unknown" })
            const found = yield* session.findTrade(tradeId)
            for (const [key, value] of Object.entries(after)) {
              const shown = found?.[key as keyof typeof found]
              if (typeof value === "number") assert.closeTo(shown as number, value, 0.001, key)
              else assert.strictEqual(shown, value, key)
            }
          })
        )
      )

      it.live(`says not applied when "${name}" is refused, or meets an exchange that is down or busy`, () =>
        test(
          Effect.gen(function* () {
            const { market, session, tradeId } = yield* withRunningTrade
            const before = yield* session.runningTrades
            const unknownTrade = sign(session, "00000000-0000-4000-8000-000000000000")
            assert.deepInclude(yield* Effect.flip(send(unknownTrade)), { reason: "notFound", applied: "no" })
            market.faults.add({ kind: "status", status: 503, route, times: 1 })
            const down = yield* Effect.flip(send(sign(session, tradeId)))
            assert.deepInclude(down, { reason: "unavailable", applied: "no", status: 503 })
            market.faults.add({ kind: "status", status: 429, route, times: 1 })
            const busy = yield* Effect.flip(send(sign(session, tradeId)))
            assert.deepInclude(busy, { reason: "rateLimited", applied: "no", retryAfterMs: 1000 })
            assert.deepStrictEqual(yield* session.runningTrades, before)
          })
        )
      )
    }

    it.live("says whose key it is", () =>
      test(
        Effect.gen(function* () {
          const { exchange, market, open } = yield* stage()
          const session = yield* exchange.account("a", open("a"))
          assert.deepInclude(yield* session.identity, {
            exchangeUserId: market.uid("a")!,
            username: "a",
            balanceSats: 10_000_000
          })
        })
      )
    )

    it.live("is refused with wrong credentials, and ends its events; another goes on", () =>
      test(
        Effect.gen(function* () {
          const { exchange, open } = yield* stage()
          const wrong = yield* exchange.account("a", { ...open("a"), secret: "wrong" })
          assert.strictEqual((yield* Effect.flip(wrong.runningTrades)).reason, "unauthorized")
          assert.strictEqual((yield* Effect.flip(wrong.identity)).reason, "unauthorized")
          const failure = yield* Effect.flip(Stream.runDrain(wrong.events).pipe(Effect.timeout("20 seconds")))
          assert.deepInclude(failure, { reason: "unauthorized", kind: "permanent" })
          const right = yield* exchange.account("b", open("b"))
          assert.deepStrictEqual(yield* right.runningTrades, [])
        })
      )
    )

    it.live("is told, or told to look, when a trade opens and when it is liquidated", () =>
      test(
        Effect.gen(function* () {
          const { exchange, open, position, tick } = yield* stage()
          const session = yield* exchange.account("a", open("a"))
          const next = yield* collect<AccountEvent, unknown>(session.events)
          assert.deepInclude(yield* next, { _tag: "Connected" })
          const { tradeId } = position("a")
          assert.include(["TradeFilled", "TradesChanged"], (yield* next)._tag)
          assert.strictEqual((yield* session.runningTrades)[0]?.tradeId, tradeId)
          tick(54_000)
          assert.include(["TradeEnded", "TradesChanged"], (yield* next)._tag)
          assert.deepStrictEqual(yield* session.runningTrades, [])
          assert.deepInclude(yield* session.findTrade(tradeId), { status: "closed", exitPriceUsd: 54_545.5 })
        })
      )
    )
  })

  describe(`by ${api}, the market`, () => {
    it.live("tells prices with the market's time, again after a cut, and shows ticker, candles and time", () =>
      test(
        Effect.gen(function* () {
          const { exchange, market, tick } = yield* stage()
          const next = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
          assert.deepInclude(yield* next, { _tag: "Connected" })
          tick(61_000)
          assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 61_000, marketTimeMs: startMs + 1000 })
          market.faults.add({ kind: "stream_disconnect" })
          assert.deepInclude(yield* next, { _tag: "Disconnected" })
          market.faults.clear()
          assert.deepInclude(yield* next, { _tag: "Connected" })
          tick(62_000)
          assert.deepInclude(yield* next, { _tag: "Price", priceUsd: 62_000 })
          assert.deepStrictEqual(yield* exchange.ticker, { priceUsd: 62_000, indexUsd: 62_000 })
          assert.deepStrictEqual(yield* exchange.candles(startMs, startMs + 60_000), [
            { timeMs: startMs, open: 61_000, high: 62_000, low: 61_000, close: 62_000 }
          ])
          assert.closeTo(yield* exchange.serverTimeMs, Date.now(), 5_000)
        })
      )
    )

    it.live("subscribes again in a quiet market, and tells each price once", () =>
      test(
        Effect.gen(function* () {
          const { exchange, tick } = yield* stage({ RENEW_AFTER: "20 millis" })
          const next = yield* collect<MarketEvent, unknown>(exchange.marketEvents)
          assert.deepInclude(yield* next, { _tag: "Connected" })
          yield* Effect.sleep("300 millis")
          for (const price of [61_000, 62_000, 63_000]) tick(price)
          for (const priceUsd of [61_000, 62_000, 63_000]) {
            assert.deepInclude(yield* next, { _tag: "Price", priceUsd })
          }
        })
      )
    )
  })
}
