import { assert, describe, it } from "@effect/vitest"
import type { Position } from "@millrace/contracts"
import type { AccountEvent, ExchangeTrade } from "@millrace/exchange"
import { Clock, Effect, Queue, Random } from "effect"
import { TestClock } from "effect/testing"
import { watchAccount } from "../src/AccountWatcher.ts"
import { makePositionBook } from "../src/PositionBook.ts"
import { makeRecentPrices } from "../src/RecentPrices.ts"
import { exchangeError, makeMemoryExchange } from "./MemoryExchange.ts"
import { memoryAlerts } from "./memoryAlerts.ts"
import { account, cross, outcome, trade } from "./samples.ts"
import { settings } from "./settings.ts"

/** A long of 1,000 USD at 60,000 with leverage 10, as the exchange works it out. */
const long = (changes: Partial<ExchangeTrade> = {}): ExchangeTrade =>
  trade({
    ...{ quantityUsd: 1000, entryPriceUsd: 60_000, marginSats: 166_666, maintenanceMarginSats: 1833, leverage: 10 },
    ...{ liquidationPriceUsd: 54_545.5, runningPnlSats: 0 },
    ...changes
  })

/** Always in the middle: the first check after half an interval, then one each interval. */
const middling: typeof Random.Random.Service = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

/** A watcher whose stream is up, with the long open, and the price at its entry. */
const start = Effect.fnUntraced(function* () {
  const { layer, memory } = yield* makeMemoryExchange
  const clock = yield* Clock.Clock
  const book = makePositionBook("btc_usd", 1)
  const written: Array<Position> = []
  const state = memory.account("a")
  const prices = makeRecentPrices(60_000)
  const { alerts, bodies, told } = memoryAlerts()
  const setPrice = (priceUsd: number) => prices.add(priceUsd, Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
  yield* watchAccount({
    ...{ account: account("a"), credentials: { key: "k", secret: "s", passphrase: "p" } },
    ...{ settings, book, alerts, prices, marketTimeMs: () => 5_000, onReread: () => {} },
    write: (_account, changes) => written.push(...changes)
  }).pipe(
    Effect.scoped,
    Effect.provide(layer),
    Effect.provideService(Random.Random, middling),
    Effect.forkChild({ startImmediately: true })
  )
  const tell = (event: AccountEvent) => Effect.andThen(Queue.offer(state.events, event), TestClock.adjust(0))
  setPrice(60_000)
  state.trades = [long()]
  state.cross = cross({ quantityUsd: 0, side: undefined, entryPriceUsd: undefined })
  yield* tell({ _tag: "Connected" })
  /** Long enough for so many checks. */
  const checks = (count: number) => TestClock.adjust(count * 5_600)
  return { state, book, written, tell, told, bodies, checks, setPrice }
})

describe("the safety net of an account", () => {
  /**
   * @guarantee protection: Every 5 s the exchange's own figures of open positions are compared with ours
   * @how a difference is corrected as the next revision; what no event explains is told to the user once
   */
  it.effect("reads open positions every 5 s, and nothing is told while the figures agree", () =>
    Effect.gen(function* () {
      const { checks, state, told, written } = yield* start()
      const before = state.reads
      yield* TestClock.adjust("1 minute")
      assert.isAtLeast(state.reads - before, 10)
      assert.isAtMost(state.reads - before, 14)
      yield* checks(3)
      assert.lengthOf(written, 1)
      assert.deepStrictEqual(told(), [])
    })
  )

  it.effect("does not read every 5 s what has no open position", () =>
    Effect.gen(function* () {
      const { state, tell } = yield* start()
      state.trades = []
      yield* tell({
        ...{ _tag: "TradeEnded", tradeId: "t-1", reason: "closed", closedAtMs: 9 },
        ...{ exitPriceUsd: 1, pnlSats: 1 }
      })
      const before = state.reads
      yield* TestClock.adjust("3 minutes")
      assert.isAtMost(state.reads - before, 6)
    })
  )

  it.effect("corrects margin and stop loss that were changed by hand, and tells it once", () =>
    Effect.gen(function* () {
      const { bodies, checks, state, told, written } = yield* start()
      state.trades = [long({ marginSats: 186_666, liquidationPriceUsd: 53_957, stopLossUsd: 55_000 })]
      yield* checks(1)
      assert.deepInclude(written[1], { revision: 2, marginSats: 186_666, stopLossUsd: 55_000 })
      yield* checks(4)
      assert.deepStrictEqual(told(), ["t-1 corrected info"])
      assert.include(bodies()[0], "margin 166666 here, 186666 there")
    })
  )

  it.effect("says nothing of a change that an outcome or the stream explains a moment later", () =>
    Effect.gen(function* () {
      const { book, checks, state, tell, told } = yield* start()
      state.trades = [long({ marginSats: 186_666, liquidationPriceUsd: 53_957 }), long({ tradeId: "t-2" })]
      yield* checks(1)
      const after = { marginSats: 186_666, liquidationPriceUsd: 53_957 }
      book.applyOutcome(outcome({ commandId: "c-1", after: { ...book.ofAccount("a")[0], ...after } }), false)
      yield* tell({ _tag: "TradeFilled", tradeId: "t-2" })
      yield* checks(3)
      assert.deepStrictEqual(told(), [])
    })
  )

  it.effect("tells of positions that appeared or went without a word from the stream", () =>
    Effect.gen(function* () {
      const { checks, state, told, written } = yield* start()
      state.trades = [long({ tradeId: "t-2" })]
      state.ended = [long({ status: "closed", exitPriceUsd: 61_000, closedAtMs: 8 })]
      yield* checks(4)
      assert.deepStrictEqual(told(), ["t-2 appeared warning", "t-1 gone warning"])
      assert.deepStrictEqual(
        written.map(({ positionId, status }) => [positionId, status]),
        [
          ["t-1", "open"],
          ["t-2", "open"],
          ["t-1", "closed"]
        ]
      )
    })
  )

  it.effect("says nothing of trades that came and went once a polled account is told to have changed", () =>
    Effect.gen(function* () {
      const { checks, state, tell, told, written } = yield* start()
      state.trades = [long({ tradeId: "t-2" })]
      state.ended = [long({ status: "closed", exitPriceUsd: 61_000, closedAtMs: 8 })]
      yield* checks(1)
      yield* tell({ _tag: "TradesChanged" })
      yield* checks(3)
      assert.deepStrictEqual(told(), [])
      assert.lengthOf(written, 3)
    })
  )

  it.effect("expects no word from a stream that is away", () =>
    Effect.gen(function* () {
      const { checks, state, tell, told } = yield* start()
      yield* tell({ _tag: "Disconnected", reason: "test" })
      state.trades = [long({ tradeId: "t-2" })]
      state.ended = [long({ status: "closed", exitPriceUsd: 61_000, closedAtMs: 8 })]
      yield* checks(5)
      assert.deepStrictEqual(told(), [])
    })
  )

  /**
   * @guarantee protection: A user is told when the exchange's figures and ours part, and when they agree again
   * @how P&L within a satoshi at any price that held around the read, the liquidation price within a dollar
   */
  it.effect("alarms once when the exchange's P&L is not that of our formula, and tells when it is again", () =>
    Effect.gen(function* () {
      const { checks, setPrice, state, told } = yield* start()
      setPrice(57_000)
      state.trades = [long({ runningPnlSats: -87_719 })]
      yield* checks(8)
      assert.deepStrictEqual(told(), [])
      state.trades = [long({ runningPnlSats: -87_722 })]
      yield* checks(8)
      assert.deepStrictEqual(told(), ["t-1 pnl warning"])
      state.trades = [long({ runningPnlSats: -87_720 })]
      yield* checks(4)
      assert.deepStrictEqual(told(), ["t-1 pnl over"])
    })
  )

  it.effect("takes any price that held around the read for the one that the exchange used", () =>
    Effect.gen(function* () {
      const { checks, setPrice, state, told } = yield* start()
      // At 63,000, which the stream shows in between only for a moment.
      state.trades = [long({ runningPnlSats: 79_365 })]
      for (let n = 0; n < 30; n++) {
        setPrice(63_000)
        yield* TestClock.adjust("1 second")
        setPrice(60_000)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(told(), [])
      yield* checks(10)
      assert.deepStrictEqual(told(), ["t-1 pnl warning"])
    })
  )

  it.effect("alarms a liquidation price that does not follow from the other figures", () =>
    Effect.gen(function* () {
      const { bodies, checks, state, told } = yield* start()
      state.trades = [long({ liquidationPriceUsd: 56_000 })]
      yield* checks(3)
      assert.deepStrictEqual(told(), ["t-1 liquidation_price warning", "t-1 corrected info"])
      assert.include(bodies()[0], "54545.5 here, 56000 there")
      state.trades = [long()]
      yield* checks(1)
      assert.include(told(), "t-1 liquidation_price over")
    })
  )

  /** @guarantee protection: A user is told when positions can't be followed, and when they can again */
  it.effect("alarms an account that can't be read for 30 s, once, and tells when it is read again", () =>
    Effect.gen(function* () {
      const { state, told } = yield* start()
      state.failures = Array.from({ length: 10 }, () => exchangeError("unavailable"))
      yield* TestClock.adjust("28 seconds")
      assert.deepStrictEqual(told(), [])
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(told(), ["a out_of_reach critical", "a out_of_reach over"])
    })
  )

  it.effect("keeps the cross position as the exchange has it, and finds out how it ended", () =>
    Effect.gen(function* () {
      const { checks, state, tell, told, written } = yield* start()
      state.cross = cross({ ...{ quantityUsd: 1000, entryPriceUsd: 60_000, marginSats: 300_000 }, updatedAtMs: 7 })
      state.cross = { ...state.cross, maintenanceMarginSats: 2_500, liquidationPriceUsd: 50_912 }
      yield* tell({ _tag: "CrossChanged" })
      assert.deepInclude(written.at(-1), { positionId: "x-1.7", marginMode: "cross", status: "open" })
      yield* checks(2)
      state.crossOrders = [
        {
          ...{ orderId: "o-1", side: "sell", quantityUsd: 1000, priceUsd: 50_900, type: "liquidation" },
          ...{ status: "filled", createdAtMs: 8, filledAtMs: 9, clientId: undefined }
        }
      ]
      state.cross = cross({ quantityUsd: 0, side: undefined, entryPriceUsd: undefined, updatedAtMs: 9 })
      yield* tell({ _tag: "CrossChanged" })
      assert.deepInclude(written.at(-1), { positionId: "x-1.7", closeReason: "liquidated" })
      assert.deepInclude(written.at(-1), { status: "closed", exitPriceUsd: 50_900, closedAtMs: 9 })
      assert.deepStrictEqual(told(), [])
    })
  )
})
