import { assert, it } from "@effect/vitest"
import type { MarginLevel } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { levelLimits, nextLevel } from "../src/index.ts"

const usual = { warningThreshold: 0.8, criticalThreshold: 0.9, hysteresis: 0.02 }

const walk = (losses: ReadonlyArray<number>) =>
  losses.reduce<{ level: MarginLevel; seen: Array<MarginLevel> }>(
    ({ level, seen }, loss) => {
      const next = nextLevel(level, loss, usual)
      return { level: next, seen: [...seen, next] }
    },
    { level: "normal", seen: [] }
  ).seen

/** @guarantee protection: A crossing fires once */
it.effect("rises at the threshold and falls only below the band", () =>
  Effect.sync(() =>
    assert.deepStrictEqual(walk([0.7999, 0.8, 0.799, 0.781, 0.9, 0.89, 0.881, 0.87, 0.7]), [
      "normal",
      "warning",
      "warning",
      "warning",
      "critical",
      "critical",
      "critical",
      "warning",
      "normal"
    ])
  )
)

it.effect("falls from critical to warning, not to normal, inside the band of warning", () =>
  Effect.sync(() => assert.strictEqual(nextLevel("critical", 0.79, usual), "warning"))
)

it.effect("jumps over a level when the price does", () =>
  Effect.sync(() => assert.deepStrictEqual(walk([0.95, 0.1]), ["critical", "normal"]))
)

it.effect.prop(
  "changes exactly when one of the two limits is passed",
  [
    Schema.Literals(["normal", "warning", "critical"]),
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1.2 })),
    Schema.Finite.check(Schema.isBetween({ minimum: -0.1, maximum: 0.5 }))
  ],
  ([level, loss, hysteresis]) =>
    Effect.sync(() => {
      const thresholds = { ...usual, hysteresis }
      const { rise, fall } = levelLimits(level, thresholds)
      const passed = (rise !== undefined && loss >= rise) || (fall !== undefined && loss < fall)
      assert.strictEqual(nextLevel(level, loss, thresholds) !== level, passed)
    }),
  { arbitrary: { runs: 2000 } }
)
