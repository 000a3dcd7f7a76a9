import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Maths } from "../src/index.ts"

const eq = assert.strictEqual

it("computes the facts' example of a 10x long and short of 1000 USD at 60,000", () => {
  eq(Maths.marginFor(1000, 60_000, 10), 166_666)
  const long = Maths.liquidationPrice("buy", 1000, 60_000, 166_666, 0.5)
  const short = Maths.liquidationPrice("sell", 1000, 60_000, 166_666, 0.5)
  eq(long, 54_545.5)
  eq(short, 66_666.5)
  eq(Maths.fee(1000, 60_000, 0.001), 1666)
  eq(Maths.fee(1000, long, 0.001), 1833)
  eq(Maths.fee(1000, short, 0.001), 1500)
  eq(Maths.openingReserve(1000, 60_000, long), 3499)
  eq(Maths.fee(1000, 63_000, 0.001), 1587)
})

it("computes the P&L vectors", () => {
  assert.closeTo(Maths.exactPl("buy", 1000, 60_000, 57_000), -87_719.3, 0.01)
  assert.closeTo(Maths.exactPl("buy", 1000, 60_000, 63_000), 79_365.08, 0.01)
  assert.closeTo(Maths.exactPl("sell", 1000, 60_000, 63_000), -79_365.08, 0.01)
  assert.closeTo(Maths.exactPl("buy", 10, 50_000, 55_000), 1818.18, 0.01)
  assert.closeTo(Maths.exactPl("buy", 10, 50_000, 46_000), -1739.13, 0.01)
  assert.closeTo(Maths.exactPl("sell", 10, 50_000, 45_000), 2222.22, 0.01)
  assert.closeTo(Maths.exactPl("sell", 10, 50_000, 55_000), -1818.18, 0.01)
})

it("computes the liquidation vectors of 1x and 100x", () => {
  const at = (side: Maths.Side, leverage: number) =>
    Maths.liquidationPrice(side, 1000, 110_000, Maths.marginFor(1000, 110_000, leverage), 0.5)
  eq(at("buy", 1), 55_000)
  eq(at("buy", 100), 108_911)
  eq(at("sell", 100), 111_111)
  eq(at("sell", 1), Maths.NO_LIQUIDATION)
  eq(Maths.liquidationPrice("buy", 10, 90_000, Maths.marginFor(10, 90_000, 10), 1), 81_819)
})

it("computes the cross example", () => {
  eq(Maths.crossRunningMargin(1000, 60_000, 10), 166_666)
  eq(Maths.crossMaintenance(1000, 60_000), 2500)
  eq(Maths.liquidationPrice("buy", 1000, 60_000, 297_500, 0.5), 50_912)
  eq(Maths.liquidationPrice("sell", 1000, 60_000, 297_500, 0.5), 73_037)
})

it("computes funding toward zero, paid by longs and received by shorts", () => {
  eq(Maths.fundingFee("buy", 10, 30_000, 0.0001), 3)
  eq(Maths.fundingFee("sell", 10, 30_000, 0.0001), -3)
  eq(Maths.fundingFee("buy", 1000, 60_000, 0.0001), 166)
})

it("shows the facts' table of margin lost", () => {
  const loss = (price: number) => Maths.marginLoss("buy", 1000, 60_000, 166_666.6667, price)
  assert.closeTo(loss(57_142.9), 0.5, 1e-4)
  assert.closeTo(loss(55_555.6), 0.8, 1e-4)
  assert.closeTo(loss(55_045.9), 0.9, 1e-4)
})

const inputs = {
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 500_000 })),
  price: Schema.Finite.check(Schema.isBetween({ minimum: 1000, maximum: 500_000 })),
  leverage: Schema.Finite.check(Schema.isBetween({ minimum: 1.1, maximum: 100 })),
  share: Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 0.5 }))
}

it.effect.prop("puts liquidation where −P&L reaches the margin", inputs, ({ quantity, price, leverage }) =>
  Effect.sync(() => {
    for (const side of ["buy", "sell"] as const) {
      const margin = Maths.marginFor(quantity, price, leverage)
      const liquidation = Maths.liquidationPrice(side, quantity, price, margin, null)
      if (liquidation < Maths.NO_LIQUIDATION)
        assert.closeTo(-Maths.exactPl(side, quantity, price, liquidation), margin, 1 + margin * 1e-6)
    }
  })
)

it.effect.prop("mirrors a long and a short of equal size", inputs, ({ quantity, price, share }) =>
  Effect.sync(() => {
    for (const now of [price * (1 - share), price * (1 + share)])
      eq(Maths.exactPl("buy", quantity, price, now), -Maths.exactPl("sell", quantity, price, now))
    const inverse = (side: Maths.Side) => 1 / Maths.liquidationPrice(side, quantity, price, 1000, null)
    assert.closeTo(inverse("buy") - 1 / price, 1 / price - inverse("sell"), 1e-9)
  })
)

it.effect.prop("moves liquidation away when margin is added", inputs, ({ quantity, price, leverage }) =>
  Effect.sync(() => {
    const margin = Maths.marginFor(quantity, price, leverage)
    const at = (side: Maths.Side, m: number) => Maths.liquidationPrice(side, quantity, price, m, null)
    assert.isBelow(at("buy", margin + 1000), at("buy", margin))
    assert.isAtLeast(at("sell", margin + 1000), at("sell", margin))
  })
)
