import { assert, it } from "@effect/vitest"
import type { Position } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { metricAt, planReduction } from "../src/index.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const trade = Schema.Struct({
  quantityUsd: int(1, 5_000),
  marginSats: int(1_000, 1_000_000),
  side: Schema.Literals(["buy", "buy", "sell"]),
  marginMode: Schema.Literals(["isolated", "isolated", "cross"])
})
const percentage = Schema.Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 100 }))

const positionOf = (shape: typeof trade.Type, i: number): Position => ({
  _tag: "Position",
  positionId: `p${String(i).padStart(3, "0")}`,
  accountId: "a1",
  market: "btc_usd",
  entryPriceUsd: 60_000,
  maintenanceMarginSats: 0,
  leverage: 7.5,
  liquidationPriceUsd: 50_000,
  status: "open",
  openedAtMs: 0,
  revision: 1,
  epoch: 1,
  ...shape
})

const priceUsd = 57_000

/** @guarantee protection: A reduction never takes off more than its percentage unless its strategy says so */
it.effect.prop(
  "closes whole trades of the side, the most endangered first, of at most (or at least) the percentage in all",
  [Schema.NonEmptyArray(trade), percentage, Schema.Literals(["close_trades", "close_trades_at_least"])],
  ([shapes, reducePercentage, reduceStrategy]) =>
    Effect.sync(() => {
      const trades = shapes.map(positionOf)
      const position = { ...trades[0]!, side: "buy", marginMode: "isolated" } as const
      const all = [position, ...trades.slice(1)]
      const group = all.filter(({ marginMode, side }) => side === "buy" && marginMode === "isolated")
      const target = (group.reduce((sum, each) => sum + each.quantityUsd, 0) * reducePercentage) / 100
      const plan = planReduction({ reducePercentage, reduceStrategy }, position, all, priceUsd)
      const fits = group.some(({ quantityUsd }) => quantityUsd <= target)
      if (plan === undefined) {
        assert.isFalse(fits || reduceStrategy === "close_trades_at_least")
        return
      }
      if (plan._tag !== "close_trades") return assert.fail(plan._tag)
      const chosen = plan.trades.map(({ positionId }) => group.find((each) => each.positionId === positionId)!)
      const losses = chosen.map((each) => metricAt(each, "margin_loss", priceUsd))
      assert.deepStrictEqual(
        losses,
        losses.toSorted((a, b) => b - a)
      )
      const total = chosen.reduce((sum, each) => sum + each.quantityUsd, 0)
      if (reduceStrategy === "close_trades") {
        assert.isAtMost(total, target + 1e-6)
        const left = group.filter((each) => !chosen.includes(each))
        assert.isTrue(
          left.every(({ quantityUsd }) => quantityUsd > target - total - 1e-6),
          "another one would fit"
        )
      } else {
        assert.isAtLeast(total, target - 1e-6)
        assert.isBelow(total - chosen.at(-1)!.quantityUsd, target, "the last one was not needed")
      }
    }),
  { arbitrary: { runs: 500 } }
)

it.effect("reduces a cross position by an opposite order in whole dollars, at least one", () =>
  Effect.sync(() => {
    const cross = positionOf({ quantityUsd: 999, marginSats: 1, side: "sell", marginMode: "cross" }, 0)
    const order = (reducePercentage: number) => planReduction({ reducePercentage }, cross, [cross], priceUsd)
    assert.deepStrictEqual(order(50), { _tag: "cross_order", side: "buy", quantityUsd: 499 })
    assert.deepStrictEqual(order(0.01), { _tag: "cross_order", side: "buy", quantityUsd: 1 })
    assert.deepStrictEqual(order(100), { _tag: "cross_order", side: "buy", quantityUsd: 999 })
  })
)

it.effect("hedges with the leverage of the trade", () =>
  Effect.sync(() => {
    const long = positionOf({ quantityUsd: 1000, marginSats: 1, side: "buy", marginMode: "isolated" }, 0)
    assert.deepStrictEqual(planReduction({ reducePercentage: 25, reduceStrategy: "hedge" }, long, [long], priceUsd), {
      _tag: "hedge",
      side: "sell",
      quantityUsd: 250,
      leverage: 7.5
    })
  })
)
