import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  conditionHolds,
  liquidationPriceUsd,
  type MarginTerms,
  marginFigures,
  metricAt,
  pnlSats,
  roundSats
} from "../src/index.ts"

const long = { side: "buy", quantityUsd: 1000, entryPriceUsd: 60_000 } as const
const short = { ...long, side: "sell" } as const

/** The long of the first worked example, filled: its maintenance margin is the reserve for closing. */
const guarded: MarginTerms = {
  ...long,
  marginMode: "isolated",
  marginSats: 166_666,
  maintenanceMarginSats: 1_833,
  liquidationPriceUsd: 54_545.5
}

/**
 * @guarantee protection: Liquidation and margin figures are the exchange's
 * @how the worked numbers of its documentation, in the rules and, independently, in the simulator
 */
it.effect("liquidates a long and a short of 1000 USD at 60,000, 10x, where the exchange does", () =>
  Effect.sync(() => {
    assert.strictEqual(liquidationPriceUsd(long, 166_666), 54_545.5)
    assert.strictEqual(liquidationPriceUsd(short, 166_666), 66_666.5)
  })
)

it.effect("moves the liquidation price away when margin is added", () =>
  Effect.sync(() => assert.strictEqual(liquidationPriceUsd(long, 186_666), 53_957))
)

/** @guarantee protection: Liquidation and margin figures are the exchange's */
it.effect("liquidates by leverage as the exchange's own tests say; a short at 1x never", () =>
  Effect.sync(() => {
    const at110k = (side: "buy" | "sell", leverage: number) =>
      liquidationPriceUsd(
        { side, quantityUsd: 1000, entryPriceUsd: 110_000 },
        Math.floor((1000 * 1e8) / (110_000 * leverage))
      )
    assert.strictEqual(at110k("buy", 1), 55_000)
    assert.strictEqual(at110k("buy", 100), 108_911)
    assert.strictEqual(at110k("sell", 100), 111_111)
    assert.isTrue((at110k("sell", 1) ?? Number.POSITIVE_INFINITY) >= 100_000_000)
    const ten = { side: "buy", quantityUsd: 10, entryPriceUsd: 90_000 } as const
    assert.strictEqual(liquidationPriceUsd(ten, Math.floor((10 * 1e8) / (90_000 * 10))), 81_819)
    const live = { side: "buy", quantityUsd: 1, entryPriceUsd: 100_000 } as const
    assert.strictEqual(liquidationPriceUsd(live, 10), 99_010)
  })
)

/** @guarantee protection: Liquidation and margin figures are the exchange's */
it.effect("takes the maintenance margin off a cross margin before it liquidates", () =>
  Effect.sync(() => {
    assert.strictEqual(liquidationPriceUsd(long, 300_000 - 2_500), 50_912)
    assert.strictEqual(liquidationPriceUsd(short, 300_000 - 2_500), 73_037)
  })
)

it.effect("computes the P&L of an inverse contract, which is not symmetric in the price", () =>
  Effect.sync(() => {
    assert.approximately(pnlSats(long, 57_000), -87_719.3, 0.01)
    assert.approximately(pnlSats(long, 63_000), 79_365.08, 0.01)
    assert.approximately(pnlSats(short, 63_000), -79_365.08, 0.01)
    const at = (side: "buy" | "sell", price: number) => pnlSats({ side, quantityUsd: 10, entryPriceUsd: 50_000 }, price)
    assert.approximately(at("buy", 55_000), 1818.18, 0.01)
    assert.approximately(at("buy", 46_000), -1739.13, 0.01)
    assert.approximately(at("sell", 45_000), 2222.22, 0.01)
    assert.approximately(at("sell", 55_000), -1818.18, 0.01)
  })
)

it.effect("rounds satoshis to the nearest, a loss as the same gain, and never to minus zero", () =>
  Effect.sync(() => {
    assert.strictEqual(roundSats(1818.5), 1819)
    assert.strictEqual(roundSats(-1818.5), -1819)
    assert.isTrue(Object.is(roundSats(-0.2), 0))
  })
)

for (const [price, loss, ratio, distance] of [
  [57_142.9, 0.5, 0.022, 0.048],
  [55_555.6, 0.8, 0.052, 0.019],
  [55_045.9, 0.9, 0.099, 0.009],
  [54_559.1, 0.997, 0.8, 0.00025],
  [54_551.5, 0.999, 0.9, 0.00011]
] as const) {
  it.effect(`shows a loss of ${loss}, a ratio of ${ratio} and a distance of ${distance} at ${price}`, () =>
    Effect.sync(() => {
      const figures = marginFigures(guarded, price)
      assert.approximately(figures.marginLoss, loss, 0.0006)
      assert.approximately(figures.exchangeMarginRatio, ratio, ratio * 0.025)
      assert.approximately(figures.distanceToLiquidation, distance, distance * 0.05)
      assert.strictEqual(figures.pnlSats, roundSats(pnlSats(guarded, price)))
    })
  )
}

it.effect("keeps figures finite when nothing is left to lose", () =>
  Effect.sync(() => {
    const empty = { ...guarded, marginMode: "cross", marginSats: 1_000, maintenanceMarginSats: 2_000 } as const
    assert.deepStrictEqual(
      Object.values(marginFigures(empty, 50_000)).map((figure) => Number.isFinite(figure)),
      [true, true, true, true, true]
    )
    assert.strictEqual(marginFigures(empty, 50_000).marginLoss, 1_000_000)
  })
)

it.effect("fires at the limit itself, whichever way the metric grows", () =>
  Effect.sync(() => {
    for (const metric of ["margin_loss", "exchange_margin_ratio", "distance_to_liquidation"] as const) {
      const limit = metricAt(guarded, metric, 55_000)
      assert.isTrue(conditionHolds(guarded, metric, limit, 55_000))
      assert.isFalse(conditionHolds(guarded, metric, limit, 55_001))
    }
  })
)
