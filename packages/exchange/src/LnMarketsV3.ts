import { LnMarketsRest, LnMarketsStream } from "@millrace/contracts"
import { Duration, Effect, Layer, Metric, Result, Schema, Semaphore } from "effect"
import { makeAccountSession } from "./accountSession.ts"
import { Exchange, type ExchangeError, type MarketEvent } from "./Exchange.ts"
import { makeExchangeClock } from "./ExchangeClock.ts"
import { ExchangeConfig, type ExchangeSettings } from "./ExchangeConfig.ts"
import { eventStream } from "./eventStream.ts"
import { isoTime } from "./isoTime.ts"
import { makeRequestBudget, type RequestBudget } from "./RequestBudget.ts"
import { makeRestClient, type RestClient } from "./RestClient.ts"
import { makeRestConnection } from "./RestConnection.ts"
import { runStreamSession } from "./StreamSession.ts"

/** The window in which the exchange counts requests; a little longer, as requests arrive closer than they leave. */
const windowMs = 1020

/** LN Markets REST v3 and stream v1 behind the port. */
export const makeLnMarketsV3 = Effect.fnUntraced(function* (settings: ExchangeSettings) {
  const basePath = settings.restUrl.pathname.replace(/\/+$/u, "")
  const connection = yield* makeRestConnection({
    origin: settings.restUrl.origin,
    connections: settings.connections,
    connectTimeoutMs: Duration.toMillis(settings.connectTimeout),
    requestTimeoutMs: Duration.toMillis(settings.requestTimeout),
    keepAliveMs: Duration.toMillis(settings.keepAlive)
  })
  const connecting = yield* Semaphore.make(settings.connectConcurrency)
  const publicBudget = yield* makeRequestBudget({ limit: settings.publicPerSecond, reserve: 0, windowMs })
  const rest = makeRestClient({
    connection,
    budget: publicBudget,
    basePath,
    orderWait: settings.orderWait,
    account: undefined
  })
  const serverTimeMs = Effect.map(
    rest.read({ operation: "time", method: "GET", path: "/time", answer: LnMarketsRest.Time }),
    ({ time }) => Date.parse(time)
  )
  const clock = yield* makeExchangeClock({
    read: serverTimeMs,
    interval: settings.clockInterval,
    alarm: settings.clockAlarm
  })

  // Budgets belong to the account, not to a session: a session that is opened anew finds what was used.
  const budgets = new Map<string, RequestBudget>()
  const budgetOf = Effect.fnUntraced(function* (accountId: string) {
    const known = budgets.get(accountId)
    if (known !== undefined) return known
    const made = yield* makeRequestBudget({
      limit: settings.accountPerSecond,
      reserve: settings.accountReserve,
      windowMs
    })
    budgets.set(accountId, made)
    return made
  })

  return Exchange.of({
    ticker: Effect.map(
      rest.read({ operation: "ticker", method: "GET", path: "/futures/ticker", answer: LnMarketsRest.Ticker }),
      ({ index, lastPrice }) => ({ priceUsd: lastPrice, indexUsd: index })
    ),
    candles: (fromMs, toMs) => readCandles(rest, fromMs, toMs),
    serverTimeMs,
    marketEvents: marketEvents(settings, connecting),
    account: Effect.fnUntraced(function* (accountId, credentials) {
      const budget = yield* budgetOf(accountId)
      const accountRest = makeRestClient({
        connection,
        budget,
        basePath,
        orderWait: settings.orderWait,
        account: { credentials, clock }
      })
      return makeAccountSession({ settings, credentials, clock, rest: accountRest, connecting })
    })
  })
})

/** The default adapter, with its settings from the environment. */
export const layerLnMarketsV3 = Layer.effect(Exchange, Effect.flatMap(ExchangeConfig, makeLnMarketsV3))

/** Pages of candles read for one call, of 1,000 minutes each. */
const candlePages = 10

const readCandles = Effect.fn("Exchange.candles")(function* (rest: RestClient, fromMs: number, toMs: number) {
  const candles: Array<{ timeMs: number; open: number; high: number; low: number; close: number }> = []
  let cursor: string | null = null
  for (let page = 0; page < candlePages; page++) {
    const answer: typeof LnMarketsRest.CandlePage.Type = yield* rest.read({
      operation: "candles",
      method: "GET",
      path: "/futures/candles",
      query: {
        from: isoTime(fromMs),
        to: isoTime(toMs),
        range: "1m",
        limit: 1000,
        ...(cursor === null ? {} : { cursor })
      },
      answer: LnMarketsRest.CandlePage
    })
    for (const { close, high, low, open, time } of answer.data) {
      candles.push({ timeMs: Date.parse(time), open, high, low, close })
    }
    if (answer.nextCursor === null) break
    cursor = answer.nextCursor
  }
  return candles.sort((a, b) => a.timeMs - b.timeMs)
})

const decodePrice = Schema.decodeUnknownResult(LnMarketsStream.LastPriceData)

const unreadable = Metric.counter("millrace_exchange_unreadable_prices_total", {
  description: "prices of the stream that did not fit their schema",
  incremental: true
})

const marketEvents = (settings: ExchangeSettings, connecting: Semaphore.Semaphore) =>
  eventStream<MarketEvent, never>(
    (sink): Effect.Effect<never, ExchangeError> =>
      Effect.flatMap(Effect.context<never>(), (context) =>
        runStreamSession({
          settings,
          connecting,
          topics: [LnMarketsStream.topics.lastPrice],
          onPush: (topic, data, receivedAtMs) => {
            if (topic !== LnMarketsStream.topics.lastPrice) return
            const price = decodePrice(data)
            if (Result.isSuccess(price) && price.success.lastPrice > 0) {
              const { lastPrice, time } = price.success
              sink.offer({ _tag: "Price", priceUsd: lastPrice, marketTimeMs: time, receivedAtMs })
            } else Effect.runForkWith(context)(Metric.update(unreadable, 1))
          },
          onConnected: (connection) => {
            sink.attach(connection)
            sink.offer({ _tag: "Connected" })
          },
          onDisconnected: (reason) => sink.offer({ _tag: "Disconnected", reason })
        })
      )
  )
