import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { conditionHolds, dangerDirection, triggerPriceUsd, widening } from "../src/index.ts"
import { metric, position, price } from "./arbitraryPositions.ts"

const limit = Schema.Finite.check(Schema.isBetween({ minimum: -0.5, maximum: 3 }))

it.effect.prop(
  "a trigger price parts the prices where the condition holds from those where it does not",
  [position, metric, limit, price],
  ([terms, name, threshold, x]) =>
    Effect.sync(() => {
      const trigger = triggerPriceUsd(terms, name, threshold)
      assert.isFalse(Number.isNaN(trigger))
      const falls = dangerDirection(terms) === "falls"
      const holds = conditionHolds(terms, name, threshold, x)
      const wide = x * widening(x)
      if (falls ? x + wide < trigger : x - wide > trigger) assert.isTrue(holds)
      if (falls ? x - wide > trigger : x + wide < trigger) assert.isFalse(holds)
    }),
  { arbitrary: { runs: 2000 } }
)

it.effect("puts the loss of 0.8 of a long at 60,000, 10x, at 55,555.56", () =>
  Effect.sync(() => {
    const terms = {
      side: "buy",
      quantityUsd: 1000,
      entryPriceUsd: 60_000,
      marginMode: "isolated",
      marginSats: 166_666,
      maintenanceMarginSats: 1_833,
      liquidationPriceUsd: 54_545.5
    } as const
    assert.approximately(triggerPriceUsd(terms, "margin_loss", 0.8), 55_555.57, 0.02)
    assert.approximately(triggerPriceUsd({ ...terms, side: "sell" }, "margin_loss", 0.8), 65_217.37, 0.03)
    assert.approximately(triggerPriceUsd(terms, "distance_to_liquidation", 0.01), 55_090.96, 0.01)
    assert.approximately(triggerPriceUsd(terms, "exchange_margin_ratio", 0.8), 54_559.1, 0.5)
  })
)
