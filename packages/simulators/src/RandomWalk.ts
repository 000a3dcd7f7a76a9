/** A seeded market without a story: each tick moves by a normal share, with a drift and seldom a jump. */
import { Schema } from "effect"
import { normal, seededRandom } from "./SeededRandom.ts"
import type { Tick } from "./Tick.ts"
import type { TickSource } from "./TickSource.ts"

const Ms = Schema.Int.check(Schema.isGreaterThan(0))
const Share = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

export const RandomWalk = Schema.Struct({
  kind: Schema.Literal("random_walk"),
  seed: Schema.optionalKey(Schema.Int),
  startMs: Schema.optionalKey(Ms),
  tickIntervalMs: Schema.optionalKey(Ms),
  durationMs: Schema.optionalKey(Ms),
  startPrice: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0))),
  /** Standard deviation of an hour's return, as a share: 0.01 by default. */
  volatility: Schema.optionalKey(Share),
  /** Mean of an hour's return, as a share: 0 by default. */
  drift: Schema.optionalKey(Schema.Finite),
  /** Jumps an hour, and the standard deviation of one: none by default. */
  jumpsPerHour: Schema.optionalKey(Share),
  jumpShare: Schema.optionalKey(Share)
})
export type RandomWalk = typeof RandomWalk.Type

const HOUR_MS = 3_600_000
const LOWEST_PRICE = 1

/** @param nowMs start of market time where the settings name none. */
export const randomWalk = (settings: RandomWalk, nowMs: number): TickSource => {
  const { seed = 1, startMs = Math.floor(nowMs), tickIntervalMs = 200, startPrice = 60_000 } = settings
  const { durationMs = 600_000, volatility = 0.01, drift = 0, jumpsPerHour = 0, jumpShare = 0.02 } = settings
  const total = Math.max(1, Math.floor(durationMs / tickIntervalMs))
  const hours = tickIntervalMs / HOUR_MS
  const ticks = function* (): Generator<Tick> {
    const random = seededRandom(seed)
    let logPrice = Math.log(startPrice)
    for (let i = 0; i < total; i++) {
      if (i > 0) {
        logPrice += drift * hours + volatility * Math.sqrt(hours) * normal(random)
        if (random() < jumpsPerHour * hours) logPrice += jumpShare * normal(random)
      }
      const price = Math.max(LOWEST_PRICE, Math.round(Math.exp(logPrice) * 2) / 2)
      yield { price: i === 0 ? startPrice : price, timeMs: startMs + i * tickIntervalMs }
    }
  }
  return { describe: `random walk, seed ${seed}`, total, first: { price: startPrice, timeMs: startMs }, ticks }
}
