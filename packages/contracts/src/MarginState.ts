import { Schema } from "effect"
import { DecisionReason } from "./Decision.ts"
import { EpochMs, Id, MarketId } from "./Fields.ts"
import { MarginLevel } from "./MarginEvent.ts"

/** The margin level of a position that is not normal. */
export const LevelState = Schema.TaggedStruct("LevelState", {
  accountId: Id,
  positionId: Id,
  level: MarginLevel,
  /** Market time of the tick that changed it. */
  changedAtMs: EpochMs
})
export type LevelState = typeof LevelState.Type

/**
 * Where an episode stands.
 *
 * - `blocked`: the condition holds, but the rule may not act (`reason` says why); no command was issued.
 * - `outstanding`: a command was issued, its outcome is not known yet.
 * - `unknown`: the executor does not know whether the command took effect; it or an operator will find out.
 * - `settling`: the command took effect (or the position is gone); the position's own record has not shown it yet.
 * - `waiting`: the command ended without effect; the next attempt follows at `retryAtMs` while the condition holds.
 * - `spent`: nothing more can be done in this episode (a dry run, an unsupported action).
 */
export const EpisodePhase = Schema.Literals(["blocked", "outstanding", "unknown", "settling", "waiting", "spent"])
export type EpisodePhase = typeof EpisodePhase.Type

/**
 * One time that a rule's condition holds for a position, from the crossing until the metric is back. Of an entry: from its
 * trigger on; it has no position.
 */
export const EpisodeState = Schema.TaggedStruct("EpisodeState", {
  accountId: Id,
  positionId: Schema.optionalKey(Id),
  ruleId: Id,
  ruleVersion: Schema.Int,
  phase: EpisodePhase,
  /** The reason recorded last in `decisions`. */
  reason: DecisionReason,
  /** Market time of the tick that began it: part of its commands' ids. */
  startedAtMs: EpochMs,
  /** Attempts so far; 0 while blocked. */
  attempt: Schema.Int,
  /** Attempts that ended without effect. */
  failures: Schema.Int,
  /** Of the last attempt: its command, market time and the revision of the position it was decided on. */
  commandId: Schema.optionalKey(Schema.String),
  attemptedAtMs: EpochMs,
  positionRevision: Schema.Int,
  /** The position's record has shown the command's effect. */
  effectSeen: Schema.Boolean,
  /** The metric came back beyond the band while the command was under way. */
  released: Schema.Boolean,
  /** Market time of the next attempt, or of the alarm that the command is overdue. */
  dueAtMs: EpochMs
})
export type EpisodeState = typeof EpisodeState.Type

/** The last actions of a rule, for its cool-down and its limit of actions; only where it has one of them. */
export const RuleActivity = Schema.TaggedStruct("RuleActivity", {
  accountId: Id,
  ruleId: Id,
  ruleVersion: Schema.Int,
  /** Market times of the actions that still count, oldest first; at most as many as the limit. */
  actedAtMs: Schema.Array(EpochMs)
})
export type RuleActivity = typeof RuleActivity.Type

/** How far a partition of account-state was evaluated; written under the partition's first account. */
export const EvaluatedState = Schema.TaggedStruct("EvaluatedState", {
  accountId: Id,
  market: MarketId,
  evaluatedToMs: EpochMs,
  /** Epoch of the market-data lease whose tick it was. */
  epoch: Schema.Int
})
export type EvaluatedState = typeof EvaluatedState.Type

/** Value of the compacted topic `margin-state`, the monitor's own changelog. Writer: margin-monitor. */
export const MarginState = Schema.Union([LevelState, EpisodeState, RuleActivity, EvaluatedState])
export type MarginState = typeof MarginState.Type

/** Key in `margin-state`, partitioned by account as account-state is. */
export const marginStateKey = (state: MarginState): string => {
  switch (state._tag) {
    case "LevelState":
      return `level/${state.accountId}/${state.positionId}`
    case "EpisodeState":
      return `episode/${state.accountId}/${state.positionId ?? "*"}/${state.ruleId}`
    case "RuleActivity":
      return `activity/${state.accountId}/${state.ruleId}`
    case "EvaluatedState":
      return `evaluated/${state.accountId}/${state.market}`
  }
}
