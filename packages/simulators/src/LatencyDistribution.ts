/** How long an answer takes: one number drawn per request, the same ones for the same seed. */
import { Schema } from "effect"
import { normal } from "./SeededRandom.ts"

const Ms = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))

/** All in milliseconds; what would be negative counts as 0. */
export const LatencyDistribution = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("constant"), ms: Ms }),
  Schema.Struct({ kind: Schema.Literal("uniform"), fromMs: Ms, toMs: Ms }),
  Schema.Struct({ kind: Schema.Literal("normal"), meanMs: Ms, deviationMs: Ms }),
  Schema.Struct({ kind: Schema.Literal("exponential"), meanMs: Ms }),
  /** What networks look like: most answers near the median, a long tail through the 99th percentile. */
  Schema.Struct({ kind: Schema.Literal("lognormal"), medianMs: Positive, p99Ms: Positive }),
  /** A tail without end: a share of (minimum / x)^shape takes longer than x. */
  Schema.Struct({ kind: Schema.Literal("pareto"), minimumMs: Positive, shape: Positive })
])
export type LatencyDistribution = typeof LatencyDistribution.Type

/** Distance of the 99th percentile of a standard normal number. */
const NORMAL_P99 = 2.326_347_874

/** A day: longer than any client waits, and within what a timer can count. */
const LONGEST_MS = 86_400_000

/** Draws one latency, at most a day. */
export const drawLatency = (distribution: LatencyDistribution, random: () => number): number =>
  Math.min(LONGEST_MS, Math.max(0, draw(distribution, random)))

const draw = (distribution: LatencyDistribution, random: () => number): number => {
  switch (distribution.kind) {
    case "constant":
      return distribution.ms
    case "uniform":
      return distribution.fromMs + random() * (distribution.toMs - distribution.fromMs)
    case "normal":
      return distribution.meanMs + distribution.deviationMs * normal(random)
    case "exponential":
      return -Math.log(1 - random()) * distribution.meanMs
    case "lognormal": {
      const spread = Math.log(distribution.p99Ms / distribution.medianMs) / NORMAL_P99
      return distribution.medianMs * Math.exp(spread * normal(random))
    }
    case "pareto":
      return distribution.minimumMs / (1 - random()) ** (1 / distribution.shape)
  }
}
