import type { Account, Position } from "@millrace/contracts"
import { type AccountEvent, Exchange, type ExchangeCredentials, type ExchangeError } from "@millrace/exchange"
import { Clock, Duration, Effect, Queue, Random, Stream } from "effect"
import { type AccountCheck, makeAccountCheck } from "./AccountCheck.ts"
import type { ExchangeAlerts } from "./ExchangeAlerts.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import type { PositionBook } from "./PositionBook.ts"
import type { RecentPrices } from "./RecentPrices.ts"
import { makePositionReader, type PositionsWanted } from "./readPositions.ts"

export interface AccountWatcherOptions {
  readonly account: Account
  readonly credentials: ExchangeCredentials
  readonly settings: MarketDataSettings
  readonly book: PositionBook
  readonly alerts: ExchangeAlerts
  readonly prices: RecentPrices
  /** Plain and immediate; keeps the order of calls. */
  readonly write: (account: Account, changes: ReadonlyArray<Position>) => void
  readonly marketTimeMs: () => number
  /** Gets the function that asks for the account's positions to be read again. */
  readonly onReread: (reread: () => void) => void
}

/** Something to do for the account; all of one account are done in order, by one fiber. */
export type AccountSignal =
  | AccountEvent
  | { readonly _tag: "Reread" }
  /** The safety net: what is held is compared with the exchange. */
  | { readonly _tag: "Check"; readonly all: boolean }

/** Time between two reads while the account's stream is away. */
const absentInterval = Duration.seconds(5)

// Outline: the stream is subscribed first and its events wait in the queue → `Connected` reads the positions →
// the snapshot is applied → the events that waited are applied. So nothing falls between snapshot and stream.

/**
 * Keeps an account's positions as the exchange has them, until its credentials are refused.
 *
 * Other failures are tried again for ever; positions then stay as last known. Fails with `ExchangeError` `unauthorized` or `forbidden`.
 */
export const watchAccount = Effect.fnUntraced(function* (options: AccountWatcherOptions) {
  const { account, book, settings } = options
  const clock = yield* Clock.Clock
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const exchange = yield* Exchange
  const session = yield* exchange.account(account.accountId, options.credentials)
  const signals = yield* Queue.unbounded<AccountSignal, ExchangeError>()
  const state = { connected: false }
  options.onReread(() => Queue.offerUnsafe(signals, { _tag: "Reread" }))

  const check = makeAccountCheck({
    ...options,
    nowMs,
    outOfReachAfterMs: Duration.toMillis(settings.outOfReachAfter),
    priceTolerance: settings.checkPriceTolerance
  })
  const read = makePositionReader({
    ...options,
    session,
    onFailure: (error) => check.onFailure(error, nowMs())
  })

  yield* session.events.pipe(
    Stream.runForEachArray((events) => Queue.offerAll(signals, events)),
    Effect.catch((error) => Queue.fail(signals, error)),
    Effect.forkScoped
  )
  const checking = checkRegularly({
    settings,
    isConnected: () => state.connected,
    hasPositions: () => book.ofAccount(account.accountId).length > 0,
    ask: (all) => Queue.offerUnsafe(signals, { _tag: "Check", all })
  })
  yield* Effect.forkScoped(checking)

  return yield* Effect.forever(
    Effect.gen(function* () {
      const batch = yield* Queue.takeAll(signals)
      const { changes, unasked, wanted } = applyEvents(options, batch, state, check)
      options.write(account, changes)
      if (!wanted.trades && !wanted.cross) return
      const startedAtMs = nowMs()
      const found = yield* read(wanted)
      if (found.again) Queue.offerUnsafe(signals, { _tag: "Reread" })
      yield* check.onRead({ ...found, unasked, startedAtMs, endedAtMs: nowMs() })
      if (!state.connected) check.explainAll()
    })
  )
})

interface Rhythm {
  readonly settings: MarketDataSettings
  readonly isConnected: () => boolean
  readonly hasPositions: () => boolean
  /** `all`: also what the account does not hold by our view. */
  readonly ask: (all: boolean) => void
}

/**
 * Asks for checks: of open positions every few seconds, and of everything each minute, or while the stream is away.
 *
 * Accounts begin at a random time of their interval, so that a thousand that started together do not read together.
 */
const checkRegularly = Effect.fnUntraced(function* ({ ask, hasPositions, isConnected, settings }: Rhythm) {
  const rereadMs = Duration.toMillis(settings.rereadInterval)
  let untilAllMs = rereadMs * (yield* Random.nextBetween(0.5, 1.5))
  let first = true
  return yield* Effect.forever(
    Effect.gen(function* () {
      const usual = first || isConnected() ? settings.checkInterval : absentInterval
      const base = Duration.min(usual, settings.rereadInterval)
      const waitMs = Duration.toMillis(base) * (yield* first ? Random.next : Random.nextBetween(0.9, 1.1))
      first = false
      yield* Effect.sleep(Duration.millis(waitMs))
      untilAllMs -= waitMs
      const all = untilAllMs <= 0 || !isConnected()
      if (untilAllMs <= 0) untilAllMs = rereadMs * (yield* Random.nextBetween(0.5, 1.5))
      if (all || hasPositions()) ask(all)
    })
  )
})

interface Applied {
  readonly changes: ReadonlyArray<Position>
  readonly wanted: PositionsWanted
  /** Only the safety net asks for the read. */
  readonly unasked: boolean
}

const applyEvents = (
  { account, book }: AccountWatcherOptions,
  batch: ReadonlyArray<AccountSignal>,
  state: { connected: boolean },
  check: AccountCheck
): Applied => {
  const changes: Array<Position> = []
  const wanted = { trades: false, cross: false }
  let unasked = true
  const ask = (trades: boolean, cross: boolean): void => {
    wanted.trades ||= trades
    wanted.cross ||= cross
    unasked = false
  }
  for (const signal of batch) {
    let change: Position | undefined
    switch (signal._tag) {
      case "TradeEnded":
        check.explain(signal.tradeId)
        change = book.applyEnd(account.accountId, signal.tradeId, signal)
        break
      case "FundingPaid":
        check.explain(signal.tradeId)
        change = book.applyFunding(account.accountId, signal.tradeId, signal)
        break
      case "Disconnected":
        state.connected = false
        check.explainAll()
        break
      case "Connected":
        state.connected = true
        ask(true, true)
        break
      case "TradeFilled":
        check.explain(signal.tradeId)
        ask(true, false)
        break
      case "TradesChanged":
        // A stream that does not say which: of an API where trades are polled.
        check.explainAll()
        ask(true, false)
        break
      case "CrossChanged":
        ask(false, true)
        break
      case "Check": {
        const held = book.ofAccount(account.accountId)
        wanted.trades ||= signal.all || held.some(({ marginMode }) => marginMode === "isolated")
        wanted.cross ||= signal.all || held.some(({ marginMode }) => marginMode === "cross")
        break
      }
      default:
        ask(true, true)
    }
    if (change !== undefined) changes.push(change)
  }
  return { changes, wanted, unasked }
}
