import {
  CommandAction,
  Decision,
  Id,
  MarginFigures,
  Position,
  Rule,
  RuleMetric,
  TradingSwitch
} from "@millrace/contracts/schemas"
import { Schema } from "effect"

/** What a rule compared at a price, and how far the price was from where it triggers. */
export const ConditionInfo = Schema.Struct({
  /** `price`: an entry. */
  metric: Schema.Union([RuleMetric, Schema.Literal("price")]),
  value: Schema.Finite,
  /** Absent: an entry without a trigger price, which holds at any. */
  limit: Schema.optionalKey(Schema.Finite),
  /** It holds with the value at or above the limit, or at or below it. */
  side: Schema.Literals(["at_least", "at_most"]),
  holds: Schema.Boolean,
  /** Price from which on it holds; absent: at every price, or at none. */
  triggerPriceUsd: Schema.optionalKey(Schema.Finite),
  /** How far the price had to move until it held, in USD; 0 or less: it was there, and so far beyond. */
  awayUsd: Schema.optionalKey(Schema.Finite)
})
export type ConditionInfo = typeof ConditionInfo.Type

/** A command of an episode, and what became of it; what is no longer kept is absent. */
export const AttemptInfo = Schema.Struct({
  commandId: Schema.String,
  /** Market time and price of the deciding tick. */
  marketTimeMs: Schema.Finite,
  priceUsd: Schema.Finite,
  action: Schema.optionalKey(CommandAction),
  attempt: Schema.optionalKey(Schema.Int),
  outcomes: Schema.Array(Schema.Struct({ status: Schema.String, reason: Schema.String, atMs: Schema.Finite }))
})
export type AttemptInfo = typeof AttemptInfo.Type

/** One evaluation, explained: the first reason that blocked, or that it acted, with the figures. */
export const ExplanationInfo = Schema.Struct({
  positionId: Schema.optionalKey(Id),
  /** As it was then; absent: of an entry. */
  position: Schema.optionalKey(Position),
  reason: Schema.String,
  /** Market time from which it no longer blocks, where that is known. */
  untilMs: Schema.optionalKey(Schema.Finite),
  /** The switch that blocks. */
  switch: Schema.optionalKey(TradingSwitch),
  /** Whether a decision says so that was recorded; else it follows from what was in force. */
  recorded: Schema.Boolean,
  priceUsd: Schema.Finite,
  marketTimeMs: Schema.Finite,
  /** Wall time at which the tick was recorded. */
  recordedAtMs: Schema.Finite,
  condition: ConditionInfo,
  figures: Schema.optionalKey(MarginFigures),
  /** Recorded changes of reason of the episode up to then, the oldest first. */
  episode: Schema.Array(Decision),
  attempts: Schema.Array(AttemptInfo)
})
export type ExplanationInfo = typeof ExplanationInfo.Type

/** A rule as it was with a tick, with one explanation for each position that it watched, or one for an entry. */
export const RuleExplanationInfo = Schema.Struct({
  rule: Rule,
  accountName: Schema.optionalKey(Schema.String),
  /** It, or its whole account, did everything but the exchange call. */
  dryRun: Schema.Boolean,
  explanations: Schema.Array(ExplanationInfo)
})
export type RuleExplanationInfo = typeof RuleExplanationInfo.Type
