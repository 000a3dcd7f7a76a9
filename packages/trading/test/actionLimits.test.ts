import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { isLimited, limitReached, limitsOf, rememberAction } from "../src/index.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const limits = Schema.Struct({ coolDownMs: int(0, 20), count: int(0, 4), periodMs: int(0, 40) })

const limitsFrom = ({ coolDownMs, count, periodMs }: typeof limits.Type) => ({
  coolDownMs,
  maxActions: count === 0 ? undefined : { count, ...(periodMs === 0 ? {} : { periodMs }) }
})

/** @guarantee protection: A rule begins no action within its cool-down, nor more than its maximum in a period of market time */
it.effect.prop(
  "acts never more often than allowed, and as often as allowed, when it tries at every instant",
  [limits, int(1, 200)],
  ([shape, end]) =>
    Effect.sync(() => {
      const own = limitsFrom(shape)
      const all: Array<number> = []
      let kept: ReadonlyArray<number> = []
      for (let now = 0; now < end; now++) {
        const within = all.filter((time) => shape.periodMs === 0 || time > now - shape.periodMs)
        const cools = all.some((time) => now < time + shape.coolDownMs)
        const full = shape.count > 0 && within.length >= shape.count
        const reached = limitReached(own, kept, now)
        assert.strictEqual(reached?.reason, full ? "max_actions" : cools ? "cool_down" : undefined)
        if (reached?.untilMs !== undefined) {
          assert.strictEqual(limitReached(own, kept, reached.untilMs - 1)?.reason, reached.reason)
          assert.notStrictEqual(limitReached(own, kept, reached.untilMs)?.reason, reached.reason)
        }
        if (reached !== undefined) continue
        all.push(now)
        kept = rememberAction(own, kept, now)
        assert.isAtMost(kept.length, Math.max(1, shape.count))
      }
    }),
  { arbitrary: { runs: 300 } }
)

it.effect("lets an entry act once, ever, unless it says otherwise; others as often as they like", () =>
  Effect.sync(() => {
    assert.deepStrictEqual(limitsOf({ kind: "auto_entry" }), { coolDownMs: 0, maxActions: { count: 1 } })
    assert.deepStrictEqual(limitsOf({ kind: "tp_sl" }), { coolDownMs: 0, maxActions: undefined })
    assert.isFalse(isLimited(limitsOf({ kind: "margin_guard" })))
    assert.isTrue(isLimited(limitsOf({ kind: "margin_guard", coolDownMs: 1 })))
    assert.strictEqual(limitReached(limitsOf({ kind: "auto_entry" }), [500], 100)?.reason, "max_actions")
  })
)

it.effect("counts an action of a feed's later time for no period and no cool-down", () =>
  Effect.sync(() => {
    const own = { coolDownMs: 100, maxActions: { count: 1, periodMs: 100 } }
    assert.strictEqual(limitReached(own, [500], 100), undefined)
  })
)
