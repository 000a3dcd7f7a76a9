import {
  type AccountEvent,
  type AccountSession,
  Exchange,
  type ExchangeCrossOrder,
  type ExchangeCrossPosition,
  ExchangeError,
  type ExchangeTrade,
  type MarketEvent,
  unsupportedOperations
} from "@millrace/exchange"
import { Cause, Effect, Layer, Queue, Stream } from "effect"
import type { Candle } from "../src/backfillPrices.ts"

/** The account side of a test's exchange. */
export interface MemoryAccount {
  events: Queue.Queue<AccountEvent, ExchangeError>
  trades: Array<ExchangeTrade>
  ended: Array<ExchangeTrade>
  cross: ExchangeCrossPosition | undefined
  /** What reads of the cross position fail with. */
  crossFailure: ExchangeError | undefined
  crossOrders: ReadonlyArray<ExchangeCrossOrder>
  /** Runs when the running trades were asked for, before they are answered. */
  beforeRunning: Effect.Effect<void, ExchangeError>
  /** What the next reads of the running trades fail with. */
  failures: Array<ExchangeError>
  reads: number
  sessions: number
}

export interface MemoryExchange {
  readonly market: Queue.Queue<MarketEvent, ExchangeError>
  readonly account: (accountId: string) => MemoryAccount
  price: number
  candles: ReadonlyArray<Candle>
  beforeCandles: Effect.Effect<void>
  polls: number
  serverTimeMs: number
  tickerFails: boolean
}

export const exchangeError = (reason: ExchangeError["reason"], more: { readonly retryAfterMs?: number } = {}) =>
  new ExchangeError({ operation: "test", reason, applied: "no", detail: "as the test wants", ...more })

/** An exchange in memory that a test drives; its service is `layer`. */
export const makeMemoryExchange = Effect.gen(function* () {
  const runSync = Effect.runSyncWith(yield* Effect.context<never>())
  const market = yield* Queue.unbounded<MarketEvent, ExchangeError>()
  const accounts = new Map<string, MemoryAccount>()
  const account = (accountId: string): MemoryAccount => {
    let known = accounts.get(accountId)
    if (known === undefined) {
      known = {
        events: runSync(Queue.unbounded<AccountEvent, ExchangeError>()),
        trades: [],
        ended: [],
        cross: undefined,
        crossFailure: undefined,
        crossOrders: [],
        beforeRunning: Effect.void,
        failures: [],
        reads: 0,
        sessions: 0
      }
      accounts.set(accountId, known)
    }
    return known
  }
  const memory: MemoryExchange = {
    market,
    account,
    price: 100,
    candles: [],
    beforeCandles: Effect.void,
    polls: 0,
    serverTimeMs: 0,
    tickerFails: false
  }
  const session = (accountId: string): AccountSession => {
    const state = account(accountId)
    return {
      ...unsupportedOperations,
      runningTrades: Effect.suspend(() => {
        state.reads += 1
        const failure = state.failures.shift()
        if (failure !== undefined) return Effect.fail(failure)
        const answer = [...state.trades]
        return Effect.as(state.beforeRunning, answer)
      }),
      findTrade: (tradeId) =>
        Effect.sync(() => [...state.trades, ...state.ended].find((trade) => trade.tradeId === tradeId)),
      crossPosition: Effect.suspend(() => {
        if (state.crossFailure !== undefined) return Effect.fail(state.crossFailure)
        return state.cross === undefined ? unsupportedOperations.crossPosition : Effect.succeed(state.cross)
      }),
      crossOrders: () => Effect.sync(() => state.crossOrders),
      signCloseTrade: () => Effect.die("not used"),
      signAddMargin: () => Effect.die("not used"),
      events: Stream.suspend(() => Stream.fromQueue(state.events))
    }
  }
  const layer = Layer.succeed(Exchange, {
    ticker: Effect.suspend(() => {
      memory.polls += 1
      return memory.tickerFails
        ? Effect.fail(exchangeError("unavailable"))
        : Effect.succeed({ priceUsd: memory.price, indexUsd: memory.price })
    }),
    candles: () => Effect.suspend(() => Effect.as(memory.beforeCandles, memory.candles)),
    serverTimeMs: Effect.sync(() => memory.serverTimeMs),
    marketEvents: Stream.fromQueue(market),
    account: (accountId) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          account(accountId).sessions += 1
          return session(accountId)
        }),
        () =>
          Effect.sync(() => {
            account(accountId).sessions -= 1
          })
      )
  })
  return { memory, layer }
})

export const refuse = (queue: Queue.Queue<AccountEvent, ExchangeError>, error: ExchangeError) =>
  Queue.failCause(queue, Cause.fail(error))
