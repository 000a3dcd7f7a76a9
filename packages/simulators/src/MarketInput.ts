/** Settings of the market that a user may change, at the start or at run time. */
import { Schema } from "effect"

const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Count = Schema.Int.check(Schema.isGreaterThan(0))

/** Most of it is what the exchange does not document; `MarketSettings` says what each means. */
export const MarketInput = Schema.Struct({
  fundingRate: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: -0.1, maximum: 0.1 }))),
  fundingHoursUtc: Schema.optionalKey(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 23 })))),
  spreadUsd: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
  priceStep: Schema.optionalKey(Schema.NullOr(Positive)),
  feeTiers: Schema.optionalKey(
    Schema.NonEmptyArray(
      Schema.Struct({
        aboveUsd: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
        rate: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.1 }))
      })
    )
  ),
  trailingUnit: Schema.optionalKey(Schema.Literals(["percent", "fraction"])),
  trailingRange: Schema.optionalKey(Schema.Tuple([Positive, Positive])),
  plRounding: Schema.optionalKey(Schema.Literals(["nearest", "down"])),
  maxIsolatedQuantity: Schema.optionalKey(Count),
  maxTrades: Schema.optionalKey(Schema.NullOr(Count)),
  minCrossMargin: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  refusesRepeatedClientIds: Schema.optionalKey(Schema.Boolean),
  withdrawalsWait: Schema.optionalKey(Schema.Boolean)
})
export type MarketInput = typeof MarketInput.Type
