import type { MarketTick } from "@millrace/contracts"
import { Exchange, type ExchangeError, type MarketEvent } from "@millrace/exchange"
import { showFromStart, wallClockMsOf } from "@millrace/telemetry"
import { Clock, Duration, Effect, Metric, Stream } from "effect"
import { backfillPrices } from "./backfillPrices.ts"
import type { MarketDataSettings } from "./MarketDataConfig.ts"
import { type Gap, type LivePrice, makeTickFeed, type TickFeed } from "./TickFeed.ts"

export interface TickSourceOptions {
  readonly settings: MarketDataSettings
  readonly epoch: number
  /** The last tick that was published before, to go on from; absent: none is known. */
  readonly published?: MarketTick | undefined
  /** Plain and immediate: nothing stands between the receipt of a price and this call. */
  readonly emit: (ticks: ReadonlyArray<MarketTick>) => void
}

export interface TickSource {
  /** The market's time now in milliseconds, as far as it is known. */
  readonly marketTimeMs: () => number | undefined
  /** Runs for ever. */
  readonly run: Effect.Effect<never>
}

const switches = Metric.counter("millrace_market_data_switches_total", {
  description: "changes between stream and polling, by direction and cause",
  incremental: true
})
const ticks = Metric.counter("millrace_market_data_ticks_total", { description: "ticks by source", incremental: true })
const ofStream = Metric.withAttributes(ticks, { source: "stream" })
const ofPoll = Metric.withAttributes(ticks, { source: "poll" })
const ofBackfill = Metric.withAttributes(ticks, { source: "backfill" })
const dropped = Metric.counter("millrace_market_data_dropped_prices_total", {
  description: "prices of the stream that were older than what was published, or repeated it",
  incremental: true
})

/** Candles no older than this prove that the market's time is the exchange's clock. */
const recentMs = 10 * 60_000

/** The stream's prices as ticks; polled ones while the stream is away or stale; candles for what was missed. */
export const makeTickSource = Effect.fnUntraced(function* (options: TickSourceOptions) {
  const { settings } = options
  const exchange = yield* Exchange
  yield* showFromStart(ofStream, ofPoll, ofBackfill, dropped)
  const clock = yield* Clock.Clock
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const feed = makeTickFeed(
    {
      market: settings.market,
      epoch: options.epoch,
      fallbackAfterMs: Duration.toMillis(settings.fallbackAfter),
      staleAfterMs: Duration.toMillis(settings.staleAfter),
      backfillAfterMs: Duration.toMillis(settings.backfillAfter),
      backfillMostMs: Duration.toMillis(settings.backfillMost)
    },
    nowMs()
  )
  if (options.published !== undefined) feed.resume(options.published)
  const mode = { polling: false, filling: false, pollFails: false, timeUnknown: false }

  const onEvents = Effect.fnUntraced(function* (events: ReadonlyArray<MarketEvent>) {
    let from = 0
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      const gap = event._tag === "Price" ? feed.gapBefore(event) : undefined
      if (gap === undefined) continue
      // Prices behind this one wait in the stream until the gap is filled.
      yield* pass(events.slice(from, i))
      yield* fill(gap)
      from = i
      yield* pass(events.slice(i, i + 1))
      from = i + 1
    }
    yield* pass(from === 0 ? events : events.slice(from))
  })

  const pass = (events: ReadonlyArray<MarketEvent>): Effect.Effect<void> => {
    const { accepted, priced } = takeEvents(feed, events, nowMs)
    if (accepted.length > 0) options.emit(accepted)
    if (priced === 0) return Effect.void
    const counted = Metric.update(ofStream, accepted.length)
    const lost = priced - accepted.length
    const all = lost === 0 ? counted : Effect.andThen(counted, Metric.update(dropped, lost))
    return mode.polling && accepted.length > 0 ? Effect.andThen(all, backToStream) : all
  }

  const fill = Effect.fnUntraced(
    function* (gap: Gap) {
      mode.filling = true
      const candles = yield* exchange.candles(gap.fromMs, gap.toMs).pipe(Effect.timeout(settings.backfillTimeout))
      const receivedAtMs = wallClockMsOf(clock)
      const filled = backfillPrices(candles, gap).flatMap((price) => feed.onBackfill({ ...price, receivedAtMs }) ?? [])
      options.emit(filled)
      yield* Metric.update(ofBackfill, filled.length)
      yield* Effect.logInfo("a gap of the stream was filled from candles").pipe(
        Effect.annotateLogs({ fromMs: gap.fromMs, toMs: gap.toMs, ticks: filled.length })
      )
    },
    Effect.catch((error) =>
      Effect.logWarning("a gap of the stream stays open").pipe(Effect.annotateLogs({ error: error.message }))
    ),
    Effect.ensuring(
      Effect.sync(() => {
        mode.filling = false
      })
    )
  )

  const backToStream = Effect.suspend(() => {
    mode.polling = false
    return switched("prices come from the stream again", "stream", "price")
  })

  const poll = Effect.fnUntraced(function* () {
    const cause = mode.filling ? "none" : feed.pollCause(nowMs())
    if (cause === "none") return
    const { indexUsd, priceUsd } = yield* exchange.ticker
    mode.pollFails = false
    if (feed.marketTimeMs(nowMs()) === undefined) yield* findMarketTime
    // The first price after an absence may be a polled one: what was missed comes before it, too.
    const marketTimeMs = feed.marketTimeMs(nowMs())
    const gap = marketTimeMs === undefined ? undefined : feed.gapBefore({ marketTimeMs: Math.floor(marketTimeMs) })
    if (gap !== undefined) yield* fill(gap)
    // The stream may have come back, or a gap be under way, while the answer was.
    const still = mode.filling ? "none" : feed.pollCause(nowMs())
    const tick = feed.onPoll({ priceUsd, indexUsd, receivedAtMs: wallClockMsOf(clock) }, still, nowMs())
    if (tick === undefined) return
    options.emit([tick])
    yield* Metric.update(ofPoll, 1)
    if (mode.polling) return
    mode.polling = true
    yield* switched("prices are polled", "poll", still)
  })

  /** Without a streamed price the market's time is known only if the exchange trades by its own clock. */
  const findMarketTime = Effect.gen(function* () {
    const serverMs = yield* exchange.serverTimeMs
    const candles = yield* exchange.candles(serverMs - recentMs, serverMs)
    if (candles.length > 0) return feed.anchor(serverMs, nowMs())
    if (mode.timeUnknown) return
    mode.timeUnknown = true
    yield* Effect.logWarning("the market's time is not known, so polled prices are no ticks")
  })

  const polling = Effect.forever(
    Effect.andThen(
      Effect.sleep(settings.pollInterval),
      Effect.catch(poll(), (error) => {
        const log = mode.pollFails ? Effect.logDebug : Effect.logWarning
        mode.pollFails = true
        return log("the price was not polled").pipe(Effect.annotateLogs({ error: error.message }))
      })
    )
  )
  const streaming = exchange.marketEvents.pipe(
    Stream.runForEachArray(onEvents),
    Effect.catch((error: ExchangeError) => {
      feed.onDisconnected(nowMs())
      return Effect.logError("the stream of prices failed").pipe(Effect.annotateLogs({ error: error.message }))
    }),
    Effect.andThen(Effect.sleep("1 second")),
    Effect.forever
  )
  return {
    marketTimeMs: () => feed.marketTimeMs(nowMs()),
    run: Effect.raceFirst(streaming, polling)
  } satisfies TickSource
})

const takeEvents = (feed: TickFeed, events: ReadonlyArray<MarketEvent>, nowMs: () => number) => {
  const accepted: Array<MarketTick> = []
  let priced = 0
  for (const event of events) {
    if (event._tag === "Price") {
      priced += 1
      const price: LivePrice = event
      const tick = feed.onPrice(price, nowMs())
      if (tick !== undefined) accepted.push(tick)
    } else if (event._tag === "Connected") feed.onConnected(nowMs())
    else feed.onDisconnected(nowMs())
  }
  return { accepted, priced }
}

const switched = (message: string, to: "stream" | "poll", cause: string): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logWarning(message).pipe(Effect.annotateLogs({ cause })),
    Metric.update(Metric.withAttributes(switches, { to, cause }), 1)
  )
