import { LnMarketsStream } from "@millrace/contracts"
import { Effect, Metric, Result, Schema, type Semaphore } from "effect"
import type { ExchangeError, MarketEvent } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { eventStream } from "./eventStream.ts"
import { runStreamSession, type StreamProtocol } from "./StreamSession.ts"

/** Of this form in stream v1 and on the old WebSocket. */
const decodePrice = Schema.decodeUnknownResult(LnMarketsStream.LastPriceData)

const unreadable = Metric.counter("millrace_exchange_unreadable_prices_total", {
  description: "prices of the stream that did not fit their schema",
  incremental: true
})

/** The last prices that are pushed under a topic. */
export const marketEvents = (
  settings: ExchangeSettings,
  connecting: Semaphore.Semaphore,
  protocol: StreamProtocol,
  priceTopic: string
) =>
  eventStream<MarketEvent, never>(
    (sink): Effect.Effect<never, ExchangeError> =>
      Effect.flatMap(Effect.context<never>(), (context) =>
        runStreamSession({
          settings,
          connecting,
          protocol,
          onPush: (topic, data, receivedAtMs) => {
            if (topic !== priceTopic) return
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
