import type {
  Account,
  AutomationCommand,
  Decision,
  DecisionReason,
  MarginFigures,
  Position,
  Rule,
  TradingSwitch
} from "@millrace/contracts"
import type { ConditionFigures } from "./conditionFigures.ts"
import type { RecordedOutcome } from "./RuleRecords.ts"
import type { RecordedTick } from "./TickLog.ts"

/**
 * Why a rule did not act with a tick, or `fired`. Beside the reasons that the monitor records:
 *
 * - `condition_not_met`: derived from the tick, of a rule on a position.
 * - `not_evaluated`: the condition held, and no decision about it is recorded: no monitor has evaluated the tick yet.
 */
export type ExplainedReason = DecisionReason | "condition_not_met" | "not_evaluated"

/** What a reason is about, in the order in which they block; `acted`: it did act. */
export type ReasonScope = "account" | "controls" | "rule" | "market" | "pair" | "acted" | "monitor"

export const reasonScope: Readonly<Record<ExplainedReason, ReasonScope>> = {
  account_inactive: "account",
  account_not_armed: "account",
  halted: "controls",
  reduce_only: "controls",
  controls_unreadable: "controls",
  rule_disabled: "rule",
  max_actions: "rule",
  cool_down: "rule",
  market_gap: "market",
  price_stale: "market",
  trigger_not_reached: "pair",
  condition_not_met: "pair",
  already_acted: "pair",
  command_outstanding: "pair",
  retry_waits: "pair",
  action_unsupported: "pair",
  not_evaluated: "monitor",
  fired: "acted"
}

/** A decision as recorded, with the wall time of its record. */
export interface RecordedDecision {
  readonly value: Decision
  readonly timestampMs: number
}

/** The one first reason of an evaluation. */
export interface Finding {
  readonly reason: ExplainedReason
  /** Market time from which it no longer blocks, where that is known. */
  readonly untilMs: number | undefined
  /** The recorded decision that says so; undefined: it is derived from ticks, accounts, rules and switches of the time. */
  readonly decision: RecordedDecision | undefined
  /** The switch that blocks. */
  readonly by: TradingSwitch | undefined
}

/** A command of an episode, and what became of it; what is no longer kept is absent. */
export interface Attempt {
  readonly commandId: string
  /** Market time and price of the deciding tick. */
  readonly marketTimeMs: number
  readonly priceUsd: number
  readonly command: AutomationCommand | undefined
  /** In the order of their records. */
  readonly outcomes: ReadonlyArray<RecordedOutcome>
}

/** One evaluation of a rule: with a position, or, an entry, at all. */
export interface Explanation {
  readonly position: Position | undefined
  readonly tick: RecordedTick
  readonly finding: Finding
  readonly condition: ConditionFigures
  /** All figures of the position at the tick. */
  readonly figures: MarginFigures | undefined
  /** The recorded changes of reason of the episode that the tick is in, or of the last one, up to the tick. */
  readonly episode: ReadonlyArray<RecordedDecision>
  readonly attempts: ReadonlyArray<Attempt>
}

/** A rule as it was with a tick, with one explanation for each position that it watched, or one for an entry. */
export interface RuleExplanation {
  readonly rule: Rule
  readonly account: Account | undefined
  readonly explanations: ReadonlyArray<Explanation>
}
