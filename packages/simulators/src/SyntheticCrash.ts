/** A seeded market: calm noise, a crash with rebounds within minutes, a recovery, and calm again. */
import { Schema } from "effect"
import { normal, seededRandom } from "./SeededRandom.ts"
import type { Tick } from "./Tick.ts"
import type { TickSource } from "./TickSource.ts"

const Ms = Schema.Int.check(Schema.isGreaterThan(0))

export const SyntheticCrash = Schema.Struct({
  kind: Schema.Literal("synthetic"),
  seed: Schema.optionalKey(Schema.Int),
  /** Market time of the first tick; the wall clock's by default. */
  startMs: Schema.optionalKey(Ms),
  tickIntervalMs: Schema.optionalKey(Ms),
  durationMs: Schema.optionalKey(Ms),
  startPrice: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0))),
  /** Share of the price that the crash takes, 0.12 by default. */
  depth: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.9 }))),
  /** Before the crash, 8 s by default; then 2 minutes of crash and 3 of recovery. */
  calmMs: Schema.optionalKey(Ms),
  crashMs: Schema.optionalKey(Ms),
  recoveryMs: Schema.optionalKey(Ms)
})
export type SyntheticCrash = typeof SyntheticCrash.Type

/** @param nowMs start of market time where the settings name none. */
export const syntheticCrash = (settings: SyntheticCrash, nowMs: number): TickSource => {
  const shape = {
    seed: settings.seed ?? 1,
    startMs: settings.startMs ?? Math.floor(nowMs),
    intervalMs: settings.tickIntervalMs ?? 200,
    durationMs: settings.durationMs ?? 600_000,
    startPrice: settings.startPrice ?? 60_000,
    depth: settings.depth ?? 0.12,
    calmMs: settings.calmMs ?? 8_000,
    crashMs: settings.crashMs ?? 120_000,
    recoveryMs: settings.recoveryMs ?? 180_000
  }
  return {
    describe: `synthetic crash, seed ${shape.seed}`,
    total: Math.max(1, Math.floor(shape.durationMs / shape.intervalMs)),
    first: { price: shape.startPrice, timeMs: shape.startMs },
    ticks: () => generate(shape)
  }
}

interface Shape {
  readonly seed: number
  readonly startMs: number
  readonly intervalMs: number
  readonly durationMs: number
  readonly startPrice: number
  readonly depth: number
  readonly calmMs: number
  readonly crashMs: number
  readonly recoveryMs: number
}

function* generate(shape: Shape): Generator<Tick> {
  const random = seededRandom(shape.seed)
  const total = Math.max(1, Math.floor(shape.durationMs / shape.intervalMs))
  const volatility = 0.00006 * Math.sqrt(shape.intervalMs / 100)
  let noise = 0
  for (let i = 0; i < total; i++) {
    const elapsedMs = i * shape.intervalMs
    if (i > 0) noise = noise * 0.995 + volatility * normal(random)
    const price = shape.startPrice * (1 - fall(shape, elapsedMs)) * (1 + noise)
    yield { price: Math.round(price * 2) / 2, timeMs: shape.startMs + elapsedMs }
  }
}

/** Share of the start price that is gone: three waves down, each with a rebound, then two thirds come back. */
const fall = (shape: Shape, elapsedMs: number): number => {
  const inCrash = (elapsedMs - shape.calmMs) / shape.crashMs
  if (inCrash <= 0) return 0
  if (inCrash < 1) return shape.depth * (inCrash + 0.12 * Math.sin(inCrash * 6 * Math.PI))
  const inRecovery = Math.min(1, (elapsedMs - shape.calmMs - shape.crashMs) / shape.recoveryMs)
  const smooth = inRecovery * inRecovery * (3 - 2 * inRecovery)
  return shape.depth * (1 - (2 / 3) * smooth)
}
