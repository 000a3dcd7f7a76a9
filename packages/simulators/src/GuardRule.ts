import { Schema } from "effect"

const Id = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u))
const Sats = Schema.Int.check(Schema.isGreaterThan(0))

/** A margin guard as a scenario names it: acts when −P&L / margin ≥ threshold. */
export const GuardRule = Schema.Struct({
  id: Id,
  account: Id,
  kind: Schema.Literal("margin_guard"),
  threshold: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1)),
  action: Schema.Literals(["close_position", "reduce_position", "add_margin"]),
  /** Percent of the position, for `reduce_position`. */
  reduce_percentage: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(100))),
  /** Satoshis, for `add_margin`. */
  add_margin_amount: Schema.optionalKey(Sats)
})
export type GuardRule = typeof GuardRule.Type

/** A position that a scenario opens at the first tick's price, as an isolated market trade. */
export const ScenarioPosition = Schema.Struct({
  id: Id,
  account: Id,
  side: Schema.Literals(["buy", "sell"]),
  /** USD. */
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500_000 })),
  leverage: Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 100 }))
})
export type ScenarioPosition = typeof ScenarioPosition.Type

export const ScenarioAccount = Schema.Struct({
  id: Id,
  name: Schema.NonEmptyString,
  /** Satoshis. */
  balance: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type ScenarioAccount = typeof ScenarioAccount.Type
