import { Schema } from "effect"
import { EpochMs, Id, MarginFigures, PriceUsd } from "./Fields.ts"

/** Why a (position, rule) pair does not act, first blocking reason first; `fired` when it acts. */
export const DecisionReason = Schema.Literals([
  "account_inactive",
  "rule_disabled",
  "price_stale",
  "command_outstanding",
  "retry_waits",
  "action_unsupported",
  "fired"
])
export type DecisionReason = typeof DecisionReason.Type

/** A change of reason of a pair whose condition holds. Topic `decisions`, key: account id. Writer: margin-monitor. */
export const Decision = Schema.Struct({
  decisionId: Schema.String,
  accountId: Id,
  ruleId: Id,
  positionId: Id,
  reason: DecisionReason,
  previousReason: Schema.optionalKey(DecisionReason),
  commandId: Schema.optionalKey(Schema.String),
  figures: MarginFigures,
  priceUsd: PriceUsd,
  marketTimeMs: EpochMs
})
export type Decision = typeof Decision.Type
