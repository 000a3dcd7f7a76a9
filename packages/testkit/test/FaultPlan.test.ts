import { assert, it } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import { drawFaultPlan, type FaultPlan, shrinkPlan } from "../src/FaultPlan.ts"

const drawn = (seed: string) =>
  drawFaultPlan({ processes: 4, untilMs: 60_000 }).pipe(Random.withSeed(seed), Effect.runSync)

it("is decided by its seed", () => {
  assert.deepStrictEqual(drawn("7"), drawn("7"))
  const plans = Array.from({ length: 200 }, (_, seed) => drawn(`${seed}`))
  assert.isAbove(new Set(plans.map((plan) => JSON.stringify(plan))).size, 150)
  assert.isTrue(plans.some((plan) => plan.length === 0))
  assert.isAbove(new Set(plans.flat().map(({ kind }) => kind)).size, 17)
})

it.effect.prop(
  "shrinks to the faults that are needed, wherever they stand",
  { count: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 10 })), one: Schema.Int, other: Schema.Int },
  ({ count, one, other }) =>
    Effect.sync(() => {
      const plan: FaultPlan = Array.from({ length: count }, (_, index) => ({
        kind: "freeze",
        atMs: index,
        forMs: 1,
        process: 0
      }))
      const needed = [...new Set([Math.abs(one) % count, Math.abs(other) % count])].sort((a, b) => a - b)
      const found = shrinkPlan(plan, (smaller) => needed.every((at) => smaller.some(({ atMs }) => atMs === at)))
      assert.deepStrictEqual(
        found.map(({ atMs }) => atMs),
        needed
      )
    })
)
