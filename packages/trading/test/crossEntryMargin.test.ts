import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type CrossMarginHeld, crossEntryShortfallSats } from "../src/crossEntryMargin.ts"

const flat: CrossMarginHeld = {
  ...{ side: undefined, quantityUsd: 0, leverage: 10, marginSats: 0 },
  ...{ runningMarginSats: 0, maintenanceMarginSats: 0, initialMarginSats: 0, pnlSats: 0 }
}
const order = { side: "buy", quantityUsd: 1000, leverage: 10, orderType: "limit", priceUsd: 60_000 } as const
/** 1,666,667 sats: a tenth, 0.15 % of maintenance margin and 0.1 % of fee. */
const limitSats = 170_834
/** A quarter of a dollar on 2,000 USD: the entry of both is rounded to half dollars. */
const rounding = 14
/** A long of 1,000 USD from 60,000 USD, with exactly its margin. */
const long: CrossMarginHeld = {
  ...flat,
  ...{ side: "buy", quantityUsd: 1000, marginSats: 169_166, runningMarginSats: 166_666, maintenanceMarginSats: 2500 }
}

it("asks for margin, maintenance and fee, and of a market order for half a percent of room", () => {
  assert.strictEqual(crossEntryShortfallSats(flat, order), limitSats)
  assert.strictEqual(crossEntryShortfallSats(flat, { ...order, orderType: "market" }), limitSats + 8333)
})

it("counts what lies free, not what the position, its loss or open orders take", () => {
  assert.strictEqual(crossEntryShortfallSats({ ...flat, marginSats: 100_000 }, order), limitSats - 100_000)
  assert.strictEqual(crossEntryShortfallSats(long, order), limitSats + rounding)
  assert.strictEqual(crossEntryShortfallSats({ ...long, pnlSats: -5000 }, order), limitSats + rounding + 5000)
  assert.strictEqual(crossEntryShortfallSats({ ...long, pnlSats: 5000 }, order), limitSats + rounding)
  const ordered = { ...flat, leverage: 20, marginSats: 10_000, initialMarginSats: 10_000 }
  assert.strictEqual(
    crossEntryShortfallSats(ordered, order),
    limitSats + 10_000,
    "at the new leverage they take double"
  )
})

it("asks for nothing where the order takes off a position, and for the rest where it turns it round", () => {
  const market = { ...order, orderType: "market" } as const
  assert.strictEqual(crossEntryShortfallSats(long, { ...market, side: "sell" }), 0)
  const turning = crossEntryShortfallSats(long, { ...market, side: "sell", quantityUsd: 2000 })
  assert.isBelow(turning, limitSats)
  assert.isAbove(turning, 0)
})

it("pays no less than makes the exchange's smallest margin", () => {
  assert.strictEqual(crossEntryShortfallSats(flat, { ...order, quantityUsd: 10 }), 4000)
})

const Sats = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000 }))
it.effect.prop(
  "asks for nothing once it was paid",
  { marginSats: Sats, quantityUsd: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })) },
  ({ marginSats, quantityUsd }) =>
    Effect.sync(() => {
      const entry = { ...order, quantityUsd }
      const paid = crossEntryShortfallSats({ ...flat, marginSats }, entry)
      assert.strictEqual(crossEntryShortfallSats({ ...flat, marginSats: marginSats + paid }, entry), 0)
    })
)
