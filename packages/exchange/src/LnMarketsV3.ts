import { LnMarketsRest, LnMarketsStream } from "@millrace/contracts"
import { Effect, Semaphore } from "effect"
import { makeAccountSession } from "./accountSession.ts"
import { type Candle, Exchange } from "./Exchange.ts"
import { makeExchangeClock } from "./ExchangeClock.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { isoTime } from "./isoTime.ts"
import { marketEvents } from "./marketEvents.ts"
import type { RestClient } from "./RestClient.ts"
import { openRestConnection, type RestConnection } from "./RestConnection.ts"
import { budgetsV3 } from "./requestLimit.ts"
import { makeRestClients } from "./restClients.ts"
import { signV3 } from "./Signature.ts"
import { streamV1 } from "./streamV1.ts"

/** LN Markets REST v3 and stream v1 behind the port. */
export const makeLnMarketsV3 = (settings: ExchangeSettings) =>
  Effect.flatMap(openRestConnection(settings), (connection) => makeLnMarketsV3Over(connection, settings))

/** The same over a connection that is given. */
export const makeLnMarketsV3Over = Effect.fnUntraced(function* (
  connection: RestConnection,
  settings: ExchangeSettings
) {
  const { accountRest, publicRest } = yield* makeRestClients(connection, settings, budgetsV3(settings), signV3)
  const connecting = yield* Semaphore.make(settings.connectConcurrency)
  const serverTimeMs = Effect.map(
    publicRest.read({ operation: "time", method: "GET", path: "/time", answer: LnMarketsRest.Time }),
    ({ time }) => Date.parse(time)
  )
  const clock = yield* makeExchangeClock({
    read: serverTimeMs,
    interval: settings.clockInterval,
    alarm: settings.clockAlarm
  })
  const { lastPrice } = LnMarketsStream.topics

  return Exchange.of({
    ticker: Effect.map(
      publicRest.read({ operation: "ticker", method: "GET", path: "/futures/ticker", answer: LnMarketsRest.Ticker }),
      ({ index, lastPrice }) => ({ priceUsd: lastPrice, indexUsd: index })
    ),
    candles: (fromMs, toMs) => readCandles(publicRest, fromMs, toMs),
    serverTimeMs,
    marketEvents: marketEvents(settings, connecting, streamV1(settings, { topics: [lastPrice] }), lastPrice),
    account: (accountId, credentials, use = "watching") =>
      Effect.succeed(
        makeAccountSession({
          settings,
          credentials,
          clock,
          rest: accountRest(accountId, credentials, clock, use),
          connecting
        })
      )
  })
})

/** Pages of candles read for one call, of 1,000 minutes each. */
const candlePages = 10

const readCandles = Effect.fn("Exchange.candles")(function* (rest: RestClient, fromMs: number, toMs: number) {
  const candles: Array<Candle> = []
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
