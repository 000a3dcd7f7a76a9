import type { Account, Position } from "@millrace/contracts"
import {
  type AccountEvent,
  type AccountSession,
  Exchange,
  type ExchangeCredentials,
  type ExchangeError
} from "@millrace/exchange"
import { Duration, Effect, Queue, Random, Schedule, Stream } from "effect"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import type { PositionBook } from "./PositionBook.ts"
import { endOfTrade, type PositionEnd } from "./positionFromTrade.ts"

export interface AccountWatcherOptions {
  readonly account: Account
  readonly credentials: ExchangeCredentials
  readonly settings: MarketDataSettings
  readonly book: PositionBook
  /** Plain and immediate; keeps the order of calls. */
  readonly write: (account: Account, changes: ReadonlyArray<Position>) => void
  readonly marketTimeMs: () => number
  /** Gets the function that asks for the account's trades to be read again. */
  readonly onReread: (reread: () => void) => void
}

/** Something to do for the account; all of one account are done in order, by one fiber. */
export type AccountSignal = AccountEvent | { readonly _tag: "Reread" }

/** Time between two reads while the account's stream is away. */
const absentInterval = Duration.seconds(5)

const readSchedule = Schedule.min([Schedule.exponential("500 millis", 2), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

// Outline: the stream is subscribed first and its events wait in the queue → `Connected` reads the running trades →
// the snapshot is applied → the events that waited are applied. So nothing falls between snapshot and stream.

/**
 * Keeps an account's positions as the exchange has them, until its credentials are refused.
 *
 * Other failures are tried again for ever; positions then stay as last known. Fails with `ExchangeError` `unauthorized` or `forbidden`.
 */
export const watchAccount = Effect.fnUntraced(function* (options: AccountWatcherOptions) {
  const { account, settings } = options
  const exchange = yield* Exchange
  const session = yield* exchange.account(account.accountId, options.credentials)
  const signals = yield* Queue.unbounded<AccountSignal, ExchangeError>()
  const state = { connected: false }
  options.onReread(() => Queue.offerUnsafe(signals, { _tag: "Reread" }))

  yield* session.events.pipe(
    Stream.runForEachArray((events) => Queue.offerAll(signals, events)),
    Effect.catch((error) => Queue.fail(signals, error)),
    Effect.forkScoped
  )
  yield* Effect.forkScoped(rereadRegularly(settings, state, () => Queue.offerUnsafe(signals, { _tag: "Reread" })))

  const snapshot = takeSnapshot(options, session)
  return yield* Effect.forever(
    Effect.gen(function* () {
      const batch = yield* Queue.takeAll(signals)
      const { changes, reread } = applyEvents(options, batch, state)
      options.write(account, changes)
      if (reread && (yield* snapshot)) Queue.offerUnsafe(signals, { _tag: "Reread" })
    })
  )
})

const rereadRegularly = (
  settings: MarketDataSettings,
  state: { readonly connected: boolean },
  reread: () => void
): Effect.Effect<never> =>
  Effect.forever(
    Effect.gen(function* () {
      // Spread over the interval, so that a thousand accounts that started together do not read together.
      const share = yield* Random.nextBetween(0.5, 1.5)
      const interval = state.connected ? settings.rereadInterval : Duration.min(settings.rereadInterval, absentInterval)
      yield* Effect.sleep(Duration.times(interval, share))
      reread()
    })
  )

const applyEvents = (
  { account, book }: AccountWatcherOptions,
  batch: ReadonlyArray<AccountSignal>,
  state: { connected: boolean }
): { readonly changes: ReadonlyArray<Position>; readonly reread: boolean } => {
  const changes: Array<Position> = []
  let reread = false
  for (const signal of batch) {
    let change: Position | undefined
    switch (signal._tag) {
      case "TradeEnded":
        change = book.applyEnd(account.accountId, signal.tradeId, signal)
        break
      case "FundingPaid":
        change = book.applyFunding(account.accountId, signal.tradeId, signal)
        break
      case "Disconnected":
        state.connected = false
        break
      case "Connected":
        state.connected = true
        reread = true
        break
      default:
        reread = true
    }
    if (change !== undefined) changes.push(change)
  }
  return { changes, reread }
}

/** Reads the running trades and applies them; `true`: read again, something changed in between. */
const takeSnapshot = (options: AccountWatcherOptions, session: AccountSession): Effect.Effect<boolean, ExchangeError> =>
  Effect.gen(function* () {
    const { account, book } = options
    const mark = book.mark()
    const trades = yield* persistently(options, session.runningTrades)
    const snapshot = book.applySnapshot(account.accountId, trades, mark)
    options.write(account, snapshot.changes)
    let again = snapshot.overtaken
    for (const position of snapshot.missing) {
      const end = yield* findEnd(options, session, position)
      if (end === undefined) again = true
      else options.write(account, changeOf(book.applyEnd(account.accountId, position.positionId, end)))
    }
    return again
  })

/** How a position that is not running any more ended; `undefined`: the exchange shows it as running after all. */
const findEnd = Effect.fnUntraced(function* (
  options: AccountWatcherOptions,
  session: AccountSession,
  position: Position
) {
  const trade = yield* persistently(options, session.findTrade(position.positionId))
  if (trade !== undefined) {
    return trade.status === "running" || trade.status === "open" ? undefined : endOfTrade(trade, options.marketTimeMs())
  }
  yield* Effect.logWarning("the exchange does not know a position any more").pipe(
    Effect.annotateLogs({ accountId: position.accountId, positionId: position.positionId })
  )
  const end: PositionEnd = {
    reason: "unknown",
    closedAtMs: options.marketTimeMs(),
    exitPriceUsd: undefined,
    pnlSats: undefined
  }
  return end
})

const changeOf = (change: Position | undefined): ReadonlyArray<Position> => (change === undefined ? [] : [change])

/** Tries again for ever, unless the credentials were refused. */
const persistently = <A>(
  { account }: AccountWatcherOptions,
  read: Effect.Effect<A, ExchangeError>
): Effect.Effect<A, ExchangeError> =>
  read.pipe(
    Effect.tapError((error) =>
      Effect.logWarning("the account's trades were not read").pipe(
        Effect.annotateLogs({ accountId: account.accountId, error: error.message })
      )
    ),
    Effect.retry({ schedule: readSchedule, while: (error: ExchangeError) => !isRefused(error) })
  )

/** The exchange refuses the account's credentials; nothing but new ones helps. */
export const isRefused = (error: ExchangeError): boolean =>
  error.reason === "unauthorized" || error.reason === "forbidden"
