import type { MarketTick } from "@millrace/contracts"

/** Why prices are polled, if they are. */
export type PollCause = "none" | "disconnected" | "silent"

/** Market times without ticks, both ends excluded. */
export interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

export interface TickFeedOptions {
  readonly market: string
  readonly epoch: number
  readonly fallbackAfterMs: number
  readonly staleAfterMs: number
  readonly backfillAfterMs: number
  /** The newest part of a gap that is filled. */
  readonly backfillMostMs: number
}

export interface LivePrice {
  readonly priceUsd: number
  readonly marketTimeMs: number
  readonly receivedAtMs: number
}

export interface PolledPrice {
  readonly priceUsd: number
  readonly indexUsd: number
  readonly receivedAtMs: number
}

/**
 * Which prices become ticks. Plain and immediate; `nowMs` is a monotonic clock.
 *
 * Market time never goes back. The stream's times are the truth; a polled price, which the exchange gives without a
 * time, gets the last streamed time plus what passed since. A connected stream that is silent may just be a quiet
 * market: its polls become ticks only when they show, twice, another price.
 */
export interface TickFeed {
  /** Goes on from the last tick that was published before, by whomever; what it missed is a gap. */
  readonly resume: (published: Pick<LivePrice, "marketTimeMs" | "priceUsd">) => void
  readonly onConnected: (nowMs: number) => void
  readonly onDisconnected: (nowMs: number) => void
  /** The gap that a price of this time would leave behind, on the first price after a reconnect or `resume`. */
  readonly gapBefore: (price: Pick<LivePrice, "marketTimeMs">) => Gap | undefined
  /** `undefined`: dropped, its market time is older than what was published, or it repeats it. */
  readonly onPrice: (price: LivePrice, nowMs: number) => MarketTick | undefined
  /** Filled-in prices of a gap, in order. */
  readonly onBackfill: (price: LivePrice) => MarketTick | undefined
  readonly pollCause: (nowMs: number) => PollCause
  readonly onPoll: (price: PolledPrice, cause: PollCause, nowMs: number) => MarketTick | undefined
  /** The market's time now, as far as it is known. */
  readonly marketTimeMs: (nowMs: number) => number | undefined
  /** Sets the market's time where no streamed price did. */
  readonly anchor: (marketTimeMs: number, nowMs: number) => void
}

export const makeTickFeed = (options: TickFeedOptions, startedAtMs: number): TickFeed => {
  let connected = false
  /** When it was lost, when it was connected, or the last price: silence and absence count from here. */
  let quietSinceMs = startedAtMs
  let reconnected = false
  let last: { readonly marketTimeMs: number; readonly priceUsd: number } | undefined
  let anchored: { readonly marketTimeMs: number; readonly atMs: number } | undefined
  let differingPolls = 0
  /** `last` was published before this feed began. */
  let resumed = false

  /** A first price that is no newer than what was published before is taken: a local exchange may have started anew. */
  const isAnother = (marketTimeMs: number): boolean =>
    resumed && last !== undefined && marketTimeMs <= last.marketTimeMs

  const tick = (price: LivePrice, source: MarketTick["source"], indexUsd?: number): MarketTick | undefined => {
    const { marketTimeMs, priceUsd, receivedAtMs } = price
    if (isAnother(marketTimeMs)) last = undefined
    if (last !== undefined) {
      if (marketTimeMs < last.marketTimeMs) return undefined
      if (marketTimeMs === last.marketTimeMs && priceUsd === last.priceUsd) return undefined
    }
    last = { marketTimeMs, priceUsd }
    if (source !== "backfill") resumed = false
    return {
      market: options.market,
      priceUsd,
      ...(indexUsd === undefined || indexUsd <= 0 ? {} : { indexUsd }),
      marketTimeMs,
      receivedAtMs,
      source,
      epoch: options.epoch
    }
  }

  const marketTimeMs = (nowMs: number): number | undefined =>
    anchored === undefined ? undefined : anchored.marketTimeMs + Math.max(0, nowMs - anchored.atMs)

  return {
    resume: (published) => {
      last = { marketTimeMs: published.marketTimeMs, priceUsd: published.priceUsd }
      reconnected = true
      resumed = true
    },
    onConnected: (nowMs) => {
      connected = true
      reconnected = true
      quietSinceMs = nowMs
      differingPolls = 0
    },
    onDisconnected: (nowMs) => {
      if (connected) quietSinceMs = nowMs
      connected = false
    },
    gapBefore: (price) => {
      if (!reconnected || last === undefined) return undefined
      const gapMs = price.marketTimeMs - last.marketTimeMs
      if (gapMs < options.backfillAfterMs) return undefined
      return {
        fromMs: Math.max(last.marketTimeMs, price.marketTimeMs - options.backfillMostMs),
        toMs: price.marketTimeMs
      }
    },
    onPrice: (price, nowMs) => {
      const accepted = tick(price, "stream")
      reconnected = false
      if (accepted === undefined && last !== undefined && price.marketTimeMs < last.marketTimeMs) return undefined
      anchored = { marketTimeMs: price.marketTimeMs, atMs: nowMs }
      quietSinceMs = nowMs
      differingPolls = 0
      return accepted
    },
    onBackfill: (price) => tick(price, "backfill"),
    pollCause: (nowMs) => {
      const quietMs = nowMs - quietSinceMs
      if (!connected) return quietMs >= options.fallbackAfterMs ? "disconnected" : "none"
      return quietMs >= options.staleAfterMs ? "silent" : "none"
    },
    onPoll: ({ indexUsd, priceUsd, receivedAtMs }, cause, nowMs) => {
      const time = marketTimeMs(nowMs)
      if (cause === "none" || time === undefined) return undefined
      if (cause === "silent" && last !== undefined) {
        // A push of the new price may be on its way: one differing poll proves nothing.
        differingPolls = priceUsd === last.priceUsd ? 0 : differingPolls + 1
        if (differingPolls < 2) return undefined
      }
      const marketTime = Math.max(Math.floor(time), (last?.marketTimeMs ?? 0) + 1)
      return tick({ priceUsd, marketTimeMs: marketTime, receivedAtMs }, "poll", indexUsd)
    },
    marketTimeMs,
    anchor: (time, nowMs) => {
      anchored ??= { marketTimeMs: time, atMs: nowMs }
    }
  }
}
