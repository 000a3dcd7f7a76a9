import { assert, it } from "@effect/vitest"
import type { TakeProfitStopLossRule } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import {
  type Condition,
  conditionOf,
  entryReached,
  entryTriggerOf,
  figureAt,
  holdsAt,
  releaseOf,
  triggerOf,
  widening
} from "../src/index.ts"
import { opened, position, price } from "./arbitraryPositions.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const rule: TakeProfitStopLossRule = {
  _tag: "Rule",
  ruleId: "r1",
  accountId: "a1",
  kind: "tp_sl",
  enabled: true,
  dryRun: false,
  triggerPnlPercentage: 50,
  action: "close_tp",
  retryAfterMs: 10_000,
  version: 1
}

const long = opened("buy", 1000, 60_000, 10)
const short = opened("sell", 1000, 60_000, 10)

/**
 * @guarantee protection: A take profit and a stop loss act where the return on margin is reached, in its own direction
 * @how a profit is reached away from the danger, a loss towards it; P&L over margin, at or above a positive trigger, at or below a negative one
 */
sync("reaches a profit upwards for a long and downwards for a short, a loss the other way round", () => {
  const profit = conditionOf(rule)
  const loss = conditionOf({ ...rule, triggerPnlPercentage: -50 })
  assert.deepStrictEqual(
    [triggerOf(long, profit), triggerOf(short, profit), triggerOf(long, loss), triggerOf(short, loss)].map(
      (trigger) => [trigger.direction, Math.round(trigger.priceUsd * 10) / 10]
    ),
    [
      ["rises", 63_157.9],
      ["falls", 57_142.9],
      ["falls", 57_142.9],
      ["rises", 63_157.9]
    ]
  )
})

sync("knows that a long can't gain more than its worth at entry: no price reaches it", () => {
  const trigger = triggerOf(long, conditionOf({ ...rule, triggerPnlPercentage: 1_001 }))
  assert.deepStrictEqual(trigger, { direction: "rises", priceUsd: Number.POSITIVE_INFINITY })
})

sync("is back when the return has fallen below the band, in percent of the margin", () => {
  assert.deepStrictEqual(releaseOf(conditionOf(rule), 0.02), {
    metric: "return_on_margin",
    limit: 48,
    side: "at_least"
  })
  const loss = conditionOf({ ...rule, triggerPnlPercentage: -50 })
  assert.strictEqual(releaseOf(loss, 0.02).limit, -48)
  assert.strictEqual(releaseOf(loss, -1).limit, -50)
})

const condition = Schema.Struct({
  percent: Schema.Finite.check(Schema.isBetween({ minimum: -150, maximum: 3_000 })),
  side: Schema.Literals(["at_least", "at_most"])
})

/** @guarantee protection: A take profit and a stop loss act where the return on margin is reached, in its own direction */
it.effect.prop(
  "a trigger price parts the prices where a return is reached from those where it is not",
  [position, condition, price],
  ([terms, { percent, side }, x]) =>
    Effect.sync(() => {
      const of: Condition = { metric: "return_on_margin", limit: percent, side }
      const trigger = triggerOf(terms, of)
      const wide = x * widening(x)
      const falls = trigger.direction === "falls"
      assert.isFalse(Number.isNaN(trigger.priceUsd))
      if (falls ? x + wide < trigger.priceUsd : x - wide > trigger.priceUsd) assert.isTrue(holdsAt(terms, of, x))
      if (falls ? x - wide > trigger.priceUsd : x + wide < trigger.priceUsd) assert.isFalse(holdsAt(terms, of, x))
    }),
  { arbitrary: { runs: 3000 } }
)

it.effect.prop("a return on margin is monotone in the price", [position, price, price], ([terms, one, other]) =>
  Effect.sync(() => {
    const [low, high] = [Math.min(one, other), Math.max(one, other)]
    const rise = figureAt(terms, "return_on_margin", high) - figureAt(terms, "return_on_margin", low)
    assert.isTrue(Number.isNaN(rise) || (terms.side === "buy" ? rise >= 0 : rise <= 0))
  })
)

sync("enters a buy at or below its price, a sell at or above, at any price without one", () => {
  const buy = { side: "buy", triggerPriceUsd: 60_000 } as const
  const sell = { side: "sell", triggerPriceUsd: 60_000 } as const
  const reached = [buy, sell, { side: "buy" } as const].map((entry) =>
    [59_999.5, 60_000, 60_000.5].map((at) => entryReached(entry, at))
  )
  assert.deepStrictEqual(reached, [
    [true, true, false],
    [false, true, true],
    [true, true, true]
  ])
  assert.deepStrictEqual(
    [buy, sell].map((entry) => entryTriggerOf(entry)?.direction),
    ["falls", "rises"]
  )
  assert.strictEqual(entryTriggerOf({ side: "buy" }), undefined)
})
