import { MarginMode } from "@millrace/contracts"
import { Schema } from "effect"
import { ScenarioId } from "./ScenarioId.ts"

/** Largest isolated trade in USD; cross margin takes up to `largestCrossUsd`. */
export const largestIsolatedUsd = 500_000
const largestCrossUsd = 10_000_000

/** A position that a scenario opens at the first tick's price, by a market order. */
export const ScenarioPosition = Schema.Struct({
  id: ScenarioId,
  account: ScenarioId,
  side: Schema.Literals(["buy", "sell"]),
  /** USD. */
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: largestCrossUsd })),
  /** A whole number for cross margin. */
  leverage: Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 100 })),
  /** Absent: isolated. Cross: the account's one position of that kind, on its `cross_margin`. */
  margin_mode: Schema.optionalKey(MarginMode)
})
export type ScenarioPosition = typeof ScenarioPosition.Type
