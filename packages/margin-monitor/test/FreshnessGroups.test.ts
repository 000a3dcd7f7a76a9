import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { FreshnessGroups } from "../src/FreshnessGroups.ts"

const int = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** A member joins (or, known, leaves), then a tick of this age comes. */
const step = Schema.Struct({ member: int(5), ageMs: int(12), gap: Schema.Literals([false, false, false, true]) })

const freshness = (limitMs: number, ageMs: number, gap: boolean) =>
  gap ? "market_gap" : ageMs > limitMs ? "price_stale" : "fresh"

it.effect.prop(
  "tells exactly those for whom a tick is fresher, staler or of a gap than the tick before",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.sync(() => {
      const groups = new FreshnessGroups<number>()
      const members = new Set<number>()
      let last = { ageMs: 0, gap: false }
      for (const { ageMs, gap, member } of steps) {
        const limitMs = (member % 3) * 4
        if (members.delete(member)) groups.leave(member, limitMs)
        else {
          members.add(member)
          groups.join(member, limitMs)
        }
        const turned = [...members].filter((each) => {
          const own = (each % 3) * 4
          return freshness(own, ageMs, gap) !== freshness(own, last.ageMs, last.gap)
        })
        assert.sameMembers([...groups.turn(ageMs, gap)], turned)
        last = { ageMs, gap }
      }
    }),
  { arbitrary: { runs: 500 } }
)
