import { assert, describe, it } from "@effect/vitest"
import type { Position } from "@millrace/contracts"
import type { AccountEvent } from "@millrace/exchange"
import { Duration, Effect, Exit, Fiber, Queue } from "effect"
import { TestClock } from "effect/testing"
import { watchAccount } from "../src/AccountWatcher.ts"
import { makePositionBook } from "../src/PositionBook.ts"
import { makeRecentPrices } from "../src/RecentPrices.ts"
import { exchangeError, makeMemoryExchange, refuse } from "./MemoryExchange.ts"
import { memoryAlerts } from "./memoryAlerts.ts"
import { account, outcome, trade } from "./samples.ts"
import { settings } from "./settings.ts"

const start = Effect.fnUntraced(function* (
  known: ReadonlyArray<Position> = [],
  changes: Partial<typeof settings> = {}
) {
  const { layer, memory } = yield* makeMemoryExchange
  const book = makePositionBook("btc_usd", 1)
  for (const position of known) book.load(position)
  const written: Array<Position> = []
  const state = memory.account("a")
  const { alerts } = memoryAlerts()
  let reread = () => {}
  const fiber = yield* watchAccount({
    account: account("a"),
    credentials: { key: "k", secret: "s", passphrase: "p" },
    settings: { ...settings, ...changes },
    book,
    alerts,
    prices: makeRecentPrices(60_000),
    write: (_account, changes) => written.push(...changes),
    marketTimeMs: () => 5_000,
    onReread: (ask) => {
      reread = ask
    }
  }).pipe(Effect.scoped, Effect.provide(layer), Effect.forkChild({ startImmediately: true }))
  const tell = (event: AccountEvent) => Effect.andThen(Queue.offer(state.events, event), TestClock.adjust(0))
  const seen = () =>
    written
      .splice(0)
      .map(({ closeReason, positionId, revision, status }) => [positionId, revision, closeReason ?? status])
  return {
    state,
    fiber,
    tell,
    seen,
    written,
    book,
    reread: () =>
      Effect.andThen(
        Effect.sync(() => reread()),
        TestClock.adjust(0)
      )
  }
})

const connected = { _tag: "Connected" } as const

describe("the watcher of an account", () => {
  it.effect("reads the running trades once it is subscribed", () =>
    Effect.gen(function* () {
      const { seen, state, tell } = yield* start()
      state.trades = [trade({}), trade({ tradeId: "t-2" })]
      assert.strictEqual(state.reads, 0)
      yield* tell(connected)
      assert.deepStrictEqual(seen(), [
        ["t-1", 1, "open"],
        ["t-2", 1, "open"]
      ])
    })
  )

  it.effect("reads again no sooner than it was told", () =>
    Effect.gen(function* () {
      const { seen, state, tell } = yield* start()
      state.trades = [trade({})]
      state.failures = [exchangeError("rateLimited", { retryAfterMs: 20_000 }), exchangeError("unavailable")]
      yield* tell(connected)
      yield* TestClock.adjust("19999 millis")
      assert.strictEqual(state.reads, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(state.reads, 2)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(seen(), [["t-1", 1, "open"]])
    })
  )

  it.effect("applies what happened while the trades were read after them", () =>
    Effect.gen(function* () {
      const { seen, state, tell } = yield* start()
      state.trades = [trade({}), trade({ tradeId: "t-2" })]
      state.beforeRunning = Effect.sleep("1 second")
      yield* tell(connected)
      yield* tell({
        _tag: "TradeEnded",
        tradeId: "t-1",
        reason: "liquidated",
        closedAtMs: 9,
        exitPriceUsd: 8,
        pnlSats: undefined
      })
      yield* tell({ _tag: "FundingPaid", tradeId: "t-2", marginSats: 900, liquidationPriceUsd: 8 })
      assert.deepStrictEqual(seen(), [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen(), [
        ["t-1", 1, "open"],
        ["t-2", 1, "open"],
        ["t-1", 2, "liquidated"],
        ["t-2", 2, "open"]
      ])
    })
  )

  it.effect("reads again when an outcome overtook its read, and never shows the older margin", () =>
    Effect.gen(function* () {
      const seldom = Duration.hours(1)
      const { book, state, tell, written } = yield* start([], { checkInterval: seldom, rereadInterval: seldom })
      state.trades = [trade({})]
      yield* tell(connected)
      // The first regular read comes at a random time of the interval that holds without a stream.
      yield* TestClock.adjust("5 seconds")
      written.splice(0)
      state.beforeRunning = Effect.sleep("1 second")
      yield* tell({ _tag: "TradeFilled", tradeId: "t-9" })
      book.applyOutcome(outcome({ commandId: "c", after: { marginSats: 1500 } }), false)
      state.trades = [trade({ marginSats: 1500 })]
      const reads = state.reads
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(state.reads, reads + 1)
      assert.deepStrictEqual(written, [])
      assert.strictEqual(book.ofAccount("a")[0]?.marginSats, 1500)
    })
  )

  it.effect("writes a new position when its trade was filled", () =>
    Effect.gen(function* () {
      const { seen, state, tell } = yield* start()
      yield* tell(connected)
      state.trades = [trade({})]
      yield* tell({ _tag: "TradeFilled", tradeId: "t-1" })
      assert.deepStrictEqual(seen(), [["t-1", 1, "open"]])
    })
  )

  it.effect("finds out how positions ended that the table has and the exchange does not", () =>
    Effect.gen(function* () {
      const { book } = yield* start()
      book.applySnapshot("a", [trade({})], 0)
      const [open] = book.ofAccount("a")
      const gone = { ...open!, positionId: "t-2", revision: 6 }
      const { seen, state, tell, written } = yield* start([{ ...open!, revision: 4 }, gone])
      state.ended = [trade({ status: "closed", exitPriceUsd: 8, pnlSats: -1000, closedAtMs: 44 })]
      yield* tell(connected)
      assert.deepInclude(written[0], { closedAtMs: 44, pnlSats: -1000, exitPriceUsd: 8 })
      assert.deepInclude(written[1], { closedAtMs: 5_000 })
      assert.deepStrictEqual(seen(), [
        ["t-1", 5, "liquidated"],
        ["t-2", 7, "unknown"]
      ])
    })
  )

  it.effect("keeps positions as they are while the exchange can't be read, then goes on", () =>
    Effect.gen(function* () {
      const { fiber, seen, state, tell } = yield* start()
      state.trades = [trade({})]
      yield* tell(connected)
      seen()
      state.trades = []
      state.ended = [trade({ status: "closed", exitPriceUsd: 8, closedAtMs: 44 })]
      state.beforeRunning = Effect.fail(exchangeError("unavailable"))
      yield* tell({ _tag: "Disconnected", reason: "test" })
      yield* tell(connected)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen(), [])
      assert.isUndefined(fiber.pollUnsafe())
      state.beforeRunning = Effect.void
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen(), [["t-1", 2, "liquidated"]])
    })
  )

  it.effect("reads when it is asked to, and regularly, more often while the stream is away", () =>
    Effect.gen(function* () {
      const { reread, state, tell } = yield* start()
      yield* tell(connected)
      yield* reread()
      assert.strictEqual(state.reads, 2)
      yield* TestClock.adjust("10 minutes")
      const regular = state.reads - 2
      assert.isAtLeast(regular, 6)
      assert.isAtMost(regular, 20)
      yield* tell({ _tag: "Disconnected", reason: "test" })
      yield* TestClock.adjust("2 minutes")
      const before = state.reads
      yield* TestClock.adjust("1 minute")
      assert.isAtLeast(state.reads - before, 8)
    })
  )

  it.effect("watches the trades of a key that may not read cross margin", () =>
    Effect.gen(function* () {
      const { fiber, seen, state, tell } = yield* start()
      state.crossFailure = exchangeError("forbidden")
      state.trades = [trade({})]
      yield* tell(connected)
      assert.deepStrictEqual(seen(), [["t-1", 1, "open"]])
      yield* TestClock.adjust("5 minutes")
      assert.isUndefined(fiber.pollUnsafe())
    })
  )

  it.effect("ends when the exchange refuses the credentials, by stream or by REST", () =>
    Effect.gen(function* () {
      const byStream = yield* start()
      yield* refuse(byStream.state.events, exchangeError("unauthorized"))
      const first = yield* Fiber.await(byStream.fiber)
      assert.isTrue(Exit.isFailure(first))
      const byRest = yield* start()
      byRest.state.beforeRunning = Effect.fail(exchangeError("forbidden"))
      yield* byRest.tell(connected)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(byRest.fiber)))
      assert.strictEqual(byRest.state.sessions, 0)
    })
  )
})
