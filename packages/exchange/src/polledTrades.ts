import { Duration, Effect, Random } from "effect"
import type { AccountEvent, ExchangeError, ExchangeTrade } from "./Exchange.ts"
import { eventStream } from "./eventStream.ts"

/** Share of the interval by which polls are spread, so that many accounts do not read together. */
const spread = 0.2

/**
 * An account's events where the exchange pushes none: its running trades are read at each interval and compared.
 *
 * `Connected` and `Disconnected` tell whether the reads succeed. What happens and is undone between two reads is not
 * seen. Fails with `ExchangeError` `unauthorized` or `forbidden` only.
 */
export const polledTrades = (
  runningTrades: Effect.Effect<ReadonlyArray<ExchangeTrade>, ExchangeError>,
  interval: Duration.Duration
) =>
  eventStream<AccountEvent, never>((sink) =>
    Effect.gen(function* () {
      let known: string | undefined
      let told = false
      const offer = (event: AccountEvent) => {
        told = true
        sink.offer(event)
      }
      const look = Effect.map(runningTrades, (trades) => {
        const seen = fingerprint(trades)
        if (known === undefined) offer({ _tag: "Connected" })
        else if (known !== seen) offer({ _tag: "TradesChanged" })
        known = seen
        return 0
      })
      const lookAgain = Effect.catch(look, (error) => {
        if (error.reason === "unauthorized" || error.reason === "forbidden") return Effect.fail(error)
        if (known !== undefined || !told) offer({ _tag: "Disconnected", reason: error.message })
        known = undefined
        return Effect.succeed(error.retryAfterMs ?? 0)
      })
      return yield* Effect.forever(
        Effect.gen(function* () {
          const waitMs = yield* lookAgain
          const share = yield* Random.nextBetween(1 - spread, 1 + spread)
          yield* Effect.sleep(Math.max(waitMs, Duration.toMillis(interval) * share))
        })
      )
    })
  )

/** What a push of stream v1 would tell of; the running P&L is not of it. */
const fingerprint = (trades: ReadonlyArray<ExchangeTrade>): string =>
  trades
    .map((trade) =>
      [
        trade.tradeId,
        trade.quantityUsd,
        trade.entryPriceUsd,
        trade.marginSats,
        trade.liquidationPriceUsd,
        trade.stopLossUsd,
        trade.takeProfitUsd
      ].join(" ")
    )
    .sort()
    .join("\n")
