/** Markets that are told move by move: flat, with a gap, or in steps. */
import { Schema } from "effect"
import type { Tick } from "./Tick.ts"
import type { TickSource } from "./TickSource.ts"

const Ms = Schema.Int.check(Schema.isGreaterThan(0))
const Price = Schema.Finite.check(Schema.isGreaterThan(0))
const DEFAULT_INTERVAL_MS = 200

/** One price for a time, 10 minutes by default. */
export const FlatFeed = Schema.Struct({
  kind: Schema.Literal("flat"),
  price: Schema.optionalKey(Price),
  startMs: Schema.optionalKey(Ms),
  tickIntervalMs: Schema.optionalKey(Ms),
  durationMs: Schema.optionalKey(Ms)
})

/** Calm, then no ticks at all, then calm at a price that has jumped by a signed share. */
export const GapFeed = Schema.Struct({
  kind: Schema.Literal("gap"),
  startPrice: Schema.optionalKey(Price),
  startMs: Schema.optionalKey(Ms),
  tickIntervalMs: Schema.optionalKey(Ms),
  /** 30 s, 60 s and 30 s by default. */
  beforeMs: Schema.optionalKey(Ms),
  gapMs: Schema.optionalKey(Ms),
  afterMs: Schema.optionalKey(Ms),
  /** -0.1 by default: the market comes back 10 % lower. */
  jumpShare: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(-1)))
})

/** Prices one after the other, each held for a time; without one it is a single tick. */
export const StepsFeed = Schema.Struct({
  kind: Schema.Literal("steps"),
  startMs: Schema.optionalKey(Ms),
  tickIntervalMs: Schema.optionalKey(Ms),
  steps: Schema.NonEmptyArray(
    Schema.Struct({ price: Price, holdMs: Schema.optionalKey(Ms), index: Schema.optionalKey(Price) })
  )
})

interface Hold {
  readonly price: number
  readonly index?: number
  /** Ticks at this price, and market time until the next price's first tick. */
  readonly ticks: number
  readonly lastsMs: number
}

const sourceOf = (
  describe: string,
  startMs: number,
  intervalMs: number,
  holds: readonly [Hold, ...ReadonlyArray<Hold>]
): TickSource => ({
  describe,
  total: holds.reduce((sum, { ticks }) => sum + ticks, 0),
  first: tickOf(holds[0], startMs),
  ticks: function* () {
    let fromMs = startMs
    for (const hold of holds) {
      for (let i = 0; i < hold.ticks; i++) yield tickOf(hold, fromMs + i * intervalMs)
      fromMs += hold.lastsMs
    }
  }
})

const tickOf = ({ price, index }: Hold, timeMs: number): Tick => ({
  price,
  timeMs,
  ...(index === undefined ? {} : { index })
})

const held = (price: number, lastsMs: number, intervalMs: number): Hold => ({
  price,
  ticks: Math.max(1, Math.floor(lastsMs / intervalMs)),
  lastsMs: Math.max(lastsMs, intervalMs)
})

/** @param nowMs start of market time where the settings name none. */
export const flatFeed = (settings: typeof FlatFeed.Type, nowMs: number): TickSource => {
  const { price = 60_000, startMs = Math.floor(nowMs), tickIntervalMs = DEFAULT_INTERVAL_MS } = settings
  const { durationMs = 600_000 } = settings
  return sourceOf(`flat at ${price}`, startMs, tickIntervalMs, [held(price, durationMs, tickIntervalMs)])
}

/** @param nowMs start of market time where the settings name none. */
export const gapFeed = (settings: typeof GapFeed.Type, nowMs: number): TickSource => {
  const { startPrice = 60_000, startMs = Math.floor(nowMs), tickIntervalMs = DEFAULT_INTERVAL_MS } = settings
  const { beforeMs = 30_000, gapMs = 60_000, afterMs = 30_000, jumpShare = -0.1 } = settings
  const before = held(startPrice, beforeMs, tickIntervalMs)
  const after = held(Math.round(startPrice * (1 + jumpShare) * 2) / 2, afterMs, tickIntervalMs)
  const silent = { ...before, lastsMs: before.lastsMs + gapMs }
  return sourceOf(`gap of ${gapMs} ms, ${jumpShare * 100} %`, startMs, tickIntervalMs, [silent, after])
}

/** @param nowMs start of market time where the settings name none. */
export const stepsFeed = (settings: typeof StepsFeed.Type, nowMs: number): TickSource => {
  const { startMs = Math.floor(nowMs), tickIntervalMs = DEFAULT_INTERVAL_MS, steps } = settings
  const holdOf = ({ price, holdMs, index }: (typeof steps)[number]): Hold => ({
    ...held(price, holdMs ?? tickIntervalMs, tickIntervalMs),
    ...(index === undefined ? {} : { index })
  })
  const [first, ...rest] = steps
  return sourceOf(`${steps.length} steps`, startMs, tickIntervalMs, [holdOf(first), ...rest.map(holdOf)])
}
