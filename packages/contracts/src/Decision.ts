import { Schema } from "effect"
import { EpochMs, Id, MarginFigures, PriceUsd } from "./Fields.ts"

/**
 * Why a rule does not act on a position (or, an entry, at all), the first that blocks in this order; `fired` when it acts.
 *
 * Of the account: `account_inactive`, `account_not_armed`. Of the controls: `halted`, `reduce_only`, `controls_unreadable`.
 * Of the rule: `rule_disabled`, `max_actions`, `cool_down`. Of the market: `market_gap`, `price_stale`. Of the pair:
 * `trigger_not_reached` (an entry that is pending), `already_acted` (once per episode), `command_outstanding`, `retry_waits`,
 * `action_unsupported`. That a guard's or a profit's condition is not met is derived from ticks and never recorded.
 */
export const DecisionReason = Schema.Literals([
  "account_inactive",
  "account_not_armed",
  "halted",
  "reduce_only",
  "controls_unreadable",
  "rule_disabled",
  "max_actions",
  "cool_down",
  "market_gap",
  "price_stale",
  "trigger_not_reached",
  "already_acted",
  "command_outstanding",
  "retry_waits",
  "action_unsupported",
  "fired"
])
export type DecisionReason = typeof DecisionReason.Type

/** A change of reason of a rule with a position whose condition holds, or of an entry. Topic `decisions`, key: account id. Writer: margin-monitor. */
export const Decision = Schema.Struct({
  decisionId: Schema.String,
  accountId: Id,
  ruleId: Id,
  /** Absent: an entry. */
  positionId: Schema.optionalKey(Id),
  /** Version of the rule that was evaluated. */
  ruleVersion: Schema.optionalKey(Schema.Int),
  reason: DecisionReason,
  previousReason: Schema.optionalKey(DecisionReason),
  commandId: Schema.optionalKey(Schema.String),
  /** Absent: an entry. */
  figures: Schema.optionalKey(MarginFigures),
  /** What the figure was compared with: the threshold, or an entry's trigger price. */
  threshold: Schema.optionalKey(Schema.Finite),
  /** Market time from which it may act again, where a wait blocks it. */
  untilMs: Schema.optionalKey(EpochMs),
  priceUsd: PriceUsd,
  marketTimeMs: EpochMs
})
export type Decision = typeof Decision.Type
