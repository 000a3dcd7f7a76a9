/**
 * The adapter and the local exchange share nothing but wire schemas. Here they meet over real sockets: what the adapter
 * signs, the exchange checks; what the exchange pushes, the adapter tells. What must hold: every promise of the port,
 * also when connections break, replies are lost, and the exchange is busy.
 */

import { assert, describe, it } from "@effect/vitest"
import type { AccountEvent, MarketEvent } from "@millrace/exchange"
import { Effect, Stream } from "effect"
import { collect, run, start, startMs } from "./adapterStage.ts"

describe("the adapter against the simulated exchange", () => {
  it.live("signs so that the exchange accepts it, and shows a running trade in our units", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, position } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const { tradeId } = position("a")
        const [trade] = yield* session.runningTrades
        assert.deepInclude(trade, {
          tradeId,
          side: "buy",
          quantityUsd: 1000,
          entryPriceUsd: 60_000,
          marginSats: 166_666,
          liquidationPriceUsd: 54_545.5,
          status: "running",
          createdAtMs: startMs
        })
      })
    )
  )

  it.live("adds margin and closes, and finds the trade afterwards", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, position } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const { tradeId } = position("a")
        const more = yield* Effect.flatMap(session.signAddMargin(tradeId, 20_000), ({ send }) => send)
        assert.deepInclude(more, { marginSats: 186_666, liquidationPriceUsd: 53_957 })
        const closed = yield* Effect.flatMap(session.signCloseTrade(tradeId), ({ send }) => send)
        assert.deepInclude(closed, { status: "closed", exitPriceUsd: 60_000 })
        yield* Effect.sleep("1 second")
        assert.strictEqual((yield* session.findTrade(tradeId))?.status, "closed")
        yield* Effect.sleep("1 second")
        assert.isUndefined(yield* session.findTrade("00000000-0000-4000-8000-000000000000"))
      })
    )
  )

  it.live("tells prices with the market's time, and again after the exchange cut the stream", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, tick } = yield* start()
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
        const candles = yield* exchange.candles(startMs, startMs + 60_000)
        assert.deepInclude(candles[0], { open: 61_000, close: 62_000 })
      })
    )
  )

  it.live("tells an account's fills and its liquidation", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open, position, tick } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const next = yield* collect<AccountEvent, unknown>(session.events)
        assert.deepInclude(yield* next, { _tag: "Connected" })
        const { tradeId } = position("a")
        assert.deepInclude(yield* next, { _tag: "TradeFilled", tradeId })
        tick(54_000)
        const end = yield* next
        assert.deepInclude(end, { _tag: "TradeEnded", tradeId, reason: "liquidated", closedAtMs: startMs + 1000 })
      })
    )
  )

  /** @guarantee protection: One account's failure touches no other */
  it.live("ends with unauthorized for wrong credentials, and leaves other accounts alone", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start()
        const wrong = yield* exchange.account("a", { ...open("a"), secret: "wrong" })
        assert.strictEqual((yield* Effect.flip(wrong.runningTrades)).reason, "unauthorized")
        const failure = yield* Effect.flip(Stream.runDrain(wrong.events).pipe(Effect.timeout("3 seconds")))
        assert.deepInclude(failure, { reason: "unauthorized" })
        const right = yield* exchange.account("b", open("b"))
        assert.deepStrictEqual(yield* right.runningTrades, [])
      })
    )
  )

  it.live("says unknown when the exchange closed the trade and the reply is lost; the trade shows what happened", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, open, position } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const { tradeId } = position("a")
        market.faults.add({ kind: "reset_after", route: "trade/close", times: 1 })
        const order = yield* session.signCloseTrade(tradeId)
        assert.deepInclude(yield* Effect.flip(order.send), { reason: "replyLost", applied: "unknown" })
        assert.strictEqual((yield* session.findTrade(tradeId))?.status, "closed")
      })
    )
  )

  it.live("says not applied when the exchange is down or busy, and the trade still runs", () =>
    run(
      Effect.gen(function* () {
        const { exchange, market, open, position } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const { tradeId } = position("a")
        const close = Effect.flatMap(session.signCloseTrade(tradeId), ({ send }) => send)
        market.faults.add({ kind: "status", status: 503, route: "trade/close", times: 1 })
        assert.deepInclude(yield* Effect.flip(close), { reason: "unavailable", applied: "no" })
        const down = market.faults.add({ kind: "refuse_connections" })
        // The closed connections must be known as such: on a dying one the order might have been sent.
        yield* Effect.sleep("50 millis")
        assert.deepInclude(yield* Effect.flip(close), { reason: "connectFailed", applied: "no" })
        market.faults.remove(down.id)
        yield* Effect.sleep("50 millis")
        market.faults.add({ kind: "status", status: 429, route: "trade/close", times: 1 })
        const busy = yield* Effect.flip(close)
        assert.deepInclude(busy, { reason: "rateLimited", applied: "no", retryAfterMs: 1000 })
        const [trade] = yield* session.runningTrades
        assert.strictEqual(trade?.tradeId, tradeId)
      })
    )
  )

  /** @guarantee effects: Orders overtake reads, and the exchange's limits are kept */
  it.live("never runs into the exchange's own rate limit", () =>
    run(
      Effect.gen(function* () {
        const { exchange, open } = yield* start()
        const session = yield* exchange.account("a", open("a"))
        const many = Array.from({ length: 12 }, () => session.runningTrades)
        yield* Effect.all(many, { concurrency: "unbounded" })
      })
    )
  )

  it.live(
    "starts a thousand accounts",
    () =>
      run(
        Effect.gen(function* () {
          const { exchange, open, position } = yield* start({ REQUEST_TIMEOUT: "10 seconds" })
          let ready = 0
          const began = performance.now()
          for (let n = 0; n < 1000; n++) {
            const id = `a-${n}`
            const session = yield* exchange.account(id, open(id))
            position(id)
            yield* session.events.pipe(
              Stream.runForEach((event) =>
                event._tag === "Connected"
                  ? Effect.map(session.runningTrades, (trades) => {
                      assert.strictEqual(trades.length, 1)
                      ready += 1
                    })
                  : Effect.void
              ),
              Effect.forkScoped
            )
          }
          while (ready < 1000) yield* Effect.sleep("20 millis")
          const seconds = (performance.now() - began) / 1000
          yield* Effect.logInfo(`1,000 accounts subscribed and read in ${seconds.toFixed(2)} s`)
        })
      ),
    120_000
  )
})
