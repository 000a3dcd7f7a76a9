import { DateTime, Effect } from "effect"
import { History } from "./History.ts"
import { type HistoryError, NoTick } from "./HistoryError.ts"
import type { RecordedTick, TickLog } from "./TickLog.ts"

/** A moment, by the wall clock or by the market's own time, in milliseconds. */
export type Moment =
  | { readonly _tag: "Wall"; readonly atMs: number }
  /** Where the same market time was played several times (a feed that was started anew), the last time counts. */
  | { readonly _tag: "Market"; readonly atMs: number }

/**
 * Returns the tick that a market stood at: the last one recorded at or before the moment, ticks of former leases left out as
 * the monitor drops them. Fails with `NoTick` when there is none, and as every reading of history.
 */
export const findTick = Effect.fn("History.findTick")(function* (market: string, moment: Moment) {
  const log = yield* (yield* History).ticksOf(market)
  return yield* moment._tag === "Wall" ? tickAtWall(log, market, moment.atMs) : tickAtMarket(log, market, moment.atMs)
})

/**
 * Returns the wall time at which a market stood at a moment, in milliseconds: a wall time is itself. For ranges in market time.
 */
export const wallTimeOf = (market: string, moment: Moment) =>
  moment._tag === "Wall"
    ? Effect.succeed(moment.atMs)
    : Effect.map(findTick(market, moment), (tick) => tick.timestampMs)

/** How many records are looked at first, going back from a time; then ever more. */
const firstStep = 16

const tickAtWall = Effect.fnUntraced(function* (
  log: TickLog,
  market: string,
  wallMs: number
): Effect.fn.Return<RecordedTick, HistoryError | NoTick> {
  const to = yield* log.offsetAt(Math.floor(wallMs) + 1)
  const tick = yield* lastBefore(log, to)
  if (tick !== undefined) return tick
  return yield* new NoTick({ market, asked: `${isoOf(wallMs)} (wall time)`, found: yield* oldestIn(log) })
})

/** The tick in force before an offset: of the newest lease seen shortly before, the last one. */
const lastBefore = Effect.fnUntraced(function* (log: TickLog, to: number) {
  for (let step = firstStep; ; step *= 4) {
    const from = Math.max(log.start, to - step)
    const last = accepted(yield* log.ticksIn(from, to)).at(-1)
    if (last !== undefined || from <= log.start) return last
  }
})

/**
 * Returns the ticks that the monitor takes: not of an older lease than one before, and within a lease not of an older market
 * time.
 */
export const accepted = (ticks: ReadonlyArray<RecordedTick>): ReadonlyArray<RecordedTick> => {
  let epoch = 0
  let marketTimeMs = 0
  return ticks.filter(({ value }) => {
    const follows = value.epoch > epoch || (value.epoch === epoch && value.marketTimeMs >= marketTimeMs)
    if (follows) {
      epoch = value.epoch
      marketTimeMs = value.marketTimeMs
    }
    return follows
  })
}

// Outline: market time rises within a lease's epoch, and epochs rise with the offsets. From the newest epoch back, each
// epoch's part of the log is found by bisection, then the time within it.

const tickAtMarket = Effect.fnUntraced(function* (
  log: TickLog,
  market: string,
  atMs: number
): Effect.fn.Return<RecordedTick, HistoryError | NoTick> {
  let to = log.end
  let newest: RecordedTick | undefined
  /** Market time at which the next newer epoch begins. */
  let newerMs: number | undefined
  for (;;) {
    const last = yield* lastBefore(log, to)
    if (last === undefined) break
    newest ??= last
    const { epoch } = last.value
    const from = yield* firstOffset(log, to, ({ value }) => value.epoch >= epoch)
    const first = yield* log.tickFrom(from)
    if (first === undefined) break
    if (first.value.marketTimeMs <= atMs && atMs <= last.value.marketTimeMs) {
      const isLater = ({ value }: RecordedTick) =>
        value.epoch > epoch || (value.epoch === epoch && value.marketTimeMs > atMs)
      const tick = yield* lastBefore(log, yield* firstOffset(log, to, isLater))
      if (tick !== undefined) return tick
    }
    // Between two leases the last tick of the older one is in force.
    if (last.value.marketTimeMs < atMs && newerMs !== undefined && atMs < newerMs) return last
    newerMs = first.value.marketTimeMs
    to = from
  }
  const found =
    newest !== undefined && newest.value.marketTimeMs < atMs
      ? `the newest one is of ${isoOf(newest.value.marketTimeMs)}`
      : yield* oldestIn(log)
  return yield* new NoTick({ market, asked: `${isoOf(atMs)} (market time)`, found })
})

/** The first offset whose tick, or the next one after it, has what all later ones have, too. */
const firstOffset = Effect.fnUntraced(function* (log: TickLog, to: number, has: (tick: RecordedTick) => boolean) {
  let low = log.start
  let high = to
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const tick = yield* log.tickFrom(middle)
    if (tick === undefined || tick.offset >= high || has(tick)) high = middle
    else low = tick.offset + 1
  }
  return low
})

/** What there is before everything, in words. */
const oldestIn = Effect.fnUntraced(function* (log: TickLog) {
  const oldest = yield* log.tickFrom(log.start)
  if (oldest === undefined) return "none is recorded at all"
  const gone = log.start > 0 ? "older ones were deleted" : "there were none before"
  const { timestampMs, value } = oldest
  return `the oldest one is of ${isoOf(value.marketTimeMs)} market time, ${isoOf(timestampMs)} wall time; ${gone}`
})

const isoOf = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))
