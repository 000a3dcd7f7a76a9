import { Schema } from "effect"
import { ScenarioId } from "./ScenarioId.ts"

const Sats = Schema.Int.check(Schema.isGreaterThan(0))

/** A margin guard as the simulator evaluates it by itself: acts when −P&L / margin ≥ threshold. */
export const GuardRule = Schema.Struct({
  id: ScenarioId,
  account: ScenarioId,
  kind: Schema.Literal("margin_guard"),
  threshold: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1)),
  action: Schema.Literals(["close_position", "reduce_position", "add_margin"]),
  /** Percent of the position, for `reduce_position`. */
  reduce_percentage: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(100))),
  /** Satoshis, for `add_margin`. */
  add_margin_amount: Schema.optionalKey(Sats),
  /** The scenario's id of the one position that it guards; absent: every position of the account. */
  position: Schema.optionalKey(ScenarioId)
})
export type GuardRule = typeof GuardRule.Type
