import type { Account, Position } from "@millrace/contracts"
import type { AccountSession, ExchangeError } from "@millrace/exchange"
import { Duration, Effect, Schedule } from "effect"
import { endOfCross } from "./crossPosition.ts"
import type { Correction, PositionBook } from "./PositionBook.ts"
import { endOfTrade, type PositionEnd } from "./positionFromTrade.ts"

export interface PositionReaderOptions {
  readonly account: Account
  readonly session: AccountSession
  readonly book: PositionBook
  /** Plain and immediate; keeps the order of calls. */
  readonly write: (account: Account, changes: ReadonlyArray<Position>) => void
  readonly marketTimeMs: () => number
  /** Told of every failed call; plain and immediate. */
  readonly onFailure: (error: ExchangeError) => void
}

/** Which of an account's positions are read. */
export interface PositionsWanted {
  readonly trades: boolean
  readonly cross: boolean
}

export interface PositionsRead {
  readonly corrections: ReadonlyArray<Correction>
  readonly missing: ReadonlyArray<Position>
  readonly runningPnl: ReadonlyMap<string, number>
  /** Something changed in between: read again. */
  readonly again: boolean
}

/** The exchange refuses the account's credentials; nothing but new ones helps. */
export const isRefused = (error: ExchangeError): boolean =>
  error.reason === "unauthorized" || error.reason === "forbidden"

/** Reads yield: they come again no sooner than the exchange, its breaker or the account's budget says. */
const readSchedule = Schedule.min([Schedule.exponential("500 millis", 2), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<ExchangeError>(),
  Schedule.modifyDelay(({ duration, input }) =>
    Effect.succeed(Duration.max(duration, Duration.millis(input.retryAfterMs ?? 0)))
  )
)

/**
 * Makes the reader of an account's positions: it applies and writes what the exchange shows, and looks up how positions
 * ended that it shows no more.
 *
 * Tries again for ever. Fails with `ExchangeError` only when the credentials are refused.
 */
export const makePositionReader = (options: PositionReaderOptions) => {
  const { account, book, session } = options
  const { accountId } = account
  /** Whether this API has cross margin, and the key may read it; an answer that it does not is not asked for again. */
  let hasCross = true

  const persistently = <A>(read: Effect.Effect<A, ExchangeError>): Effect.Effect<A, ExchangeError> =>
    read.pipe(
      Effect.tapError((error) => {
        options.onFailure(error)
        return Effect.logWarning("the account's positions were not read").pipe(
          Effect.annotateLogs({ accountId, error: error.message })
        )
      }),
      Effect.retry({ schedule: readSchedule, while: (error: ExchangeError) => !isRefused(error) })
    )

  const write = (position: Position | undefined): void => {
    if (position !== undefined) options.write(account, [position])
  }

  /** How a trade that is not running any more ended; `undefined`: the exchange shows it as running after all. */
  const findTradeEnd = Effect.fnUntraced(function* (position: Position) {
    const trade = yield* persistently(session.findTrade(position.positionId))
    if (trade !== undefined) {
      return trade.status === "running" || trade.status === "open"
        ? undefined
        : endOfTrade(trade, options.marketTimeMs())
    }
    yield* Effect.logWarning("the exchange does not know a position any more").pipe(
      Effect.annotateLogs({ accountId, positionId: position.positionId })
    )
    const end: PositionEnd = {
      reason: "unknown",
      closedAtMs: options.marketTimeMs(),
      exitPriceUsd: undefined,
      pnlSats: undefined
    }
    return end
  })

  const readTrades = Effect.fnUntraced(function* () {
    const mark = book.mark()
    const trades = yield* persistently(session.runningTrades)
    const snapshot = book.applySnapshot(accountId, trades, mark)
    options.write(
      account,
      snapshot.corrections.map(({ after }) => after)
    )
    let again = snapshot.overtaken
    for (const position of snapshot.missing) {
      const end = yield* findTradeEnd(position)
      if (end === undefined) again = true
      else write(book.applyEnd(accountId, position.positionId, end))
    }
    const runningPnl = new Map<string, number>()
    for (const { runningPnlSats, tradeId } of trades) {
      if (runningPnlSats !== undefined) runningPnl.set(tradeId, runningPnlSats)
    }
    return { ...snapshot, runningPnl, again }
  })

  const readCross = Effect.fnUntraced(function* () {
    const mark = book.mark()
    const cross = yield* persistently(crossOrNone)
    if (cross === undefined) return nothingRead
    const snapshot = book.applyCross(accountId, cross, mark)
    options.write(
      account,
      snapshot.corrections.map(({ after }) => after)
    )
    const [ended] = snapshot.missing
    if (ended !== undefined) {
      const orders = yield* persistently(session.crossOrders(ended.openedAtMs))
      write(book.applyEnd(accountId, ended.positionId, endOfCross(ended, orders, cross.updatedAtMs)))
    }
    // After an end the exchange may already show the next opening.
    const held = book.ofAccount(accountId).find(({ marginMode }) => marginMode === "cross")
    return {
      ...snapshot,
      runningPnl: held === undefined ? noPnl : new Map([[held.positionId, cross.pnlSats]]),
      again: snapshot.overtaken || (ended !== undefined && cross.quantityUsd > 0)
    }
  })

  const crossOrNone = session.crossPosition.pipe(
    Effect.catchIf(
      ({ reason }) => reason === "badRequest" || reason === "notFound" || reason === "forbidden",
      () =>
        Effect.sync(() => {
          hasCross = false
          return undefined
        })
    )
  )

  return Effect.fnUntraced(function* (wanted: PositionsWanted) {
    const trades = wanted.trades ? yield* readTrades() : nothingRead
    const cross = wanted.cross && hasCross ? yield* readCross() : nothingRead
    return {
      corrections: [...trades.corrections, ...cross.corrections],
      missing: [...trades.missing, ...cross.missing],
      runningPnl: new Map([...trades.runningPnl, ...cross.runningPnl]),
      again: trades.again || cross.again
    } satisfies PositionsRead
  })
}

const noPnl: ReadonlyMap<string, number> = new Map()
const nothingRead: PositionsRead = { corrections: [], missing: [], runningPnl: noPnl, again: false }
