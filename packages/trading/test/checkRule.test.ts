import { assert, it } from "@effect/vitest"
import { AutoEntryRule, MarginGuardRule, TakeProfitStopLossRule } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { checkRule } from "../src/index.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const common = { ruleId: "r1", accountId: "a1", enabled: true, dryRun: true, retryAfterMs: 10_000 }
const guard = {
  ...common,
  kind: "margin_guard",
  metric: "margin_loss",
  threshold: 0.85,
  action: "close_position"
} as const
const profit = { ...common, kind: "tp_sl", triggerPnlPercentage: 50, action: "close_tp" } as const
const entry = {
  ...common,
  kind: "auto_entry",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 500,
  leverage: 10,
  triggerType: "market"
} as const

const fields = (rule: Parameters<typeof checkRule>[0]) => checkRule(rule).map(({ field }) => field)

sync("finds nothing wrong with rules that can be stored", () => {
  for (const rule of [
    guard,
    { ...guard, metric: "distance_to_liquidation", threshold: 5 } as const,
    { ...guard, action: "reduce_position", reducePercentage: 100, reduceStrategy: "hedge" } as const,
    { ...guard, action: "add_margin", addMarginAmountSats: 1 } as const,
    profit,
    { ...profit, triggerPnlPercentage: -99, action: "update_sl", newStopLossUsd: 55_000 } as const,
    { ...profit, action: "cash_in", cashInAmountSats: 1 } as const,
    entry,
    { ...entry, triggerPriceUsd: 58_000, stopLossUsd: 55_000, takeProfitUsd: 70_000, triggerType: "limit" } as const,
    { ...entry, side: "sell", triggerPriceUsd: 58_000, stopLossUsd: 60_000, takeProfitUsd: 50_000 } as const,
    { ...entry, maxActions: { count: 3 }, coolDownMs: 1_000 }
  ])
    assert.deepStrictEqual(checkRule(rule), [])
})

sync("names each field that can't be, with what it found and what it expected", () => {
  assert.deepStrictEqual(checkRule({ ...guard, retryAfterMs: 10 }), [
    { field: "retryAfterMs", found: "10", expected: "at least 1000 milliseconds" }
  ])
  assert.deepStrictEqual(fields({ ...guard, threshold: 1.01 }), ["threshold"])
  assert.deepStrictEqual(fields({ ...guard, threshold: 0 }), ["threshold"])
  assert.deepStrictEqual(fields({ ...guard, action: "reduce_position" }), ["reducePercentage"])
  assert.deepStrictEqual(fields({ ...guard, action: "reduce_position", reducePercentage: 101 }), ["reducePercentage"])
  assert.deepStrictEqual(fields({ ...guard, reduceStrategy: "hedge" }), ["reduceStrategy"])
  assert.deepStrictEqual(fields({ ...guard, action: "add_margin", addMarginAmountSats: 0 }), ["addMarginAmountSats"])
  assert.deepStrictEqual(fields({ ...profit, triggerPnlPercentage: 0 }), ["triggerPnlPercentage"])
  assert.deepStrictEqual(fields({ ...profit, action: "update_tp" }), ["newTakeProfitUsd"])
  assert.deepStrictEqual(fields({ ...profit, action: "update_sl" }), ["newStopLossUsd"])
  assert.deepStrictEqual(fields({ ...profit, action: "cash_in" }), ["cashInAmountSats"])
  assert.deepStrictEqual(fields({ ...entry, leverage: 101 }), ["leverage"])
  assert.deepStrictEqual(fields({ ...entry, leverage: 2.5, marginMode: "cross" }), ["leverage"])
  assert.deepStrictEqual(fields({ ...entry, quantityUsd: 500_001 }), ["quantityUsd"])
  assert.deepStrictEqual(fields({ ...entry, triggerType: "limit" }), ["triggerPriceUsd"])
  assert.deepStrictEqual(fields({ ...entry, marginMode: "cross", takeProfitUsd: 70_000 }), ["takeProfitUsd"])
})

sync("asks an entry that may act more than once for a cool-down: it would buy with every tick", () => {
  assert.deepStrictEqual(fields({ ...entry, maxActions: { count: 2, periodMs: 1_000 } }), ["coolDownMs"])
})

const price = Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 200_000 }))

it.effect.prop(
  "accepts the stop loss of an entry on its losing side, and its take profit on the other",
  [Schema.Literals(["buy", "sell"]), price, price, price],
  ([side, triggerPriceUsd, stopLossUsd, takeProfitUsd]) =>
    Effect.sync(() => {
      const sign = side === "buy" ? 1 : -1
      const wrong = [
        ...(sign * (triggerPriceUsd - stopLossUsd) > 0 ? [] : ["stopLossUsd"]),
        ...(sign * (takeProfitUsd - triggerPriceUsd) > 0 ? [] : ["takeProfitUsd"])
      ]
      assert.deepStrictEqual(fields({ ...entry, side, triggerPriceUsd, stopLossUsd, takeProfitUsd }), wrong)
    })
)

it.effect.prop(
  "says of every problem which field it is, what was there and what should be, in words",
  [Schema.Union([MarginGuardRule, TakeProfitStopLossRule, AutoEntryRule])],
  ([rule]) =>
    Effect.sync(() => {
      for (const { expected, field, found } of checkRule(rule)) {
        const value = (rule as unknown as Readonly<Record<string, unknown>>)[field]
        assert.strictEqual(found, value === undefined ? "nothing" : String(value))
        assert.match(expected, /\w/u)
      }
    }),
  { arbitrary: { runs: 500 } }
)
