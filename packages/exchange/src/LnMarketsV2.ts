import { LnMarketsRestV2, LnMarketsSocketV2 } from "@millrace/contracts"
import { Effect, Semaphore } from "effect"
import { makeAccountSessionV2 } from "./accountSessionV2.ts"
import { type Candle, Exchange } from "./Exchange.ts"
import { makeExchangeClock } from "./ExchangeClock.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import type { LnMarketsV2Settings } from "./LnMarketsV2Config.ts"
import { marketEvents } from "./marketEvents.ts"
import { oldSocket } from "./oldSocket.ts"
import type { RestClient } from "./RestClient.ts"
import { openRestConnection } from "./RestConnection.ts"
import { budgetsV2 } from "./requestLimit.ts"
import { makeRestClients } from "./restClients.ts"
import { signV2 } from "./Signature.ts"

/** LN Markets REST v2 and the old WebSocket behind the port: legacy, isolated trades only. */
export const makeLnMarketsV2 = Effect.fnUntraced(function* (settings: ExchangeSettings, v2: LnMarketsV2Settings) {
  const connection = yield* openRestConnection(settings)
  const budgets = budgetsV2(settings, v2)
  const { accountRest, publicRest } = yield* makeRestClients(connection, settings, budgets, signV2(v2.signedQuery))
  const connecting = yield* Semaphore.make(settings.connectConcurrency)
  const serverTimeMs = publicRest.read({
    operation: "time",
    method: "GET",
    path: "/time",
    answer: LnMarketsRestV2.Time
  })
  const clock = yield* makeExchangeClock({
    read: serverTimeMs,
    interval: settings.clockInterval,
    alarm: settings.clockAlarm
  })
  const { lastPrice } = LnMarketsSocketV2.channels

  return Exchange.of({
    ticker: Effect.map(
      publicRest.read({ operation: "ticker", method: "GET", path: "/futures/ticker", answer: LnMarketsRestV2.Ticker }),
      ({ index, lastPrice }) => ({ priceUsd: lastPrice, indexUsd: index })
    ),
    candles: (fromMs, toMs) => readCandles(publicRest, fromMs, toMs),
    serverTimeMs,
    marketEvents: marketEvents(settings, connecting, oldSocket(settings, v2, [lastPrice]), lastPrice),
    account: (accountId, credentials, use = "watching") =>
      Effect.succeed(makeAccountSessionV2(accountRest(accountId, credentials, clock, use), v2))
  })
})

const minuteMs = 60_000
/** Minutes of one answer, and answers read for one call. */
const answerMinutes = 1_000
const maxAnswers = 10

/** The order within an answer is not known and there are no pages: each answer is asked for its own minutes. */
const readCandles = Effect.fn("Exchange.candles")(function* (rest: RestClient, fromMs: number, toMs: number) {
  const candles = new Map<number, Candle>()
  for (let answer = 0; answer < maxAnswers; answer++) {
    const from = fromMs + answer * answerMinutes * minuteMs
    if (from > toMs) break
    const items: typeof LnMarketsRestV2.Candles.Type = yield* rest.read({
      operation: "candles",
      method: "GET",
      path: "/futures/ohlcs",
      query: { from, to: Math.min(toMs, from + answerMinutes * minuteMs - 1), range: "1", limit: answerMinutes },
      answer: LnMarketsRestV2.Candles
    })
    for (const { close, high, low, open, time } of items) candles.set(time, { timeMs: time, open, high, low, close })
  }
  return [...candles.values()].sort((a, b) => a.timeMs - b.timeMs)
})
