import type {
  Account,
  CommandAction,
  DecisionReason,
  MarketTick,
  Position,
  Rule,
  TradingSwitch
} from "@millrace/contracts"
import { tradingKey } from "@millrace/contracts"
import { TradingBoard } from "@millrace/runtime"
import { firstReason } from "@millrace/trading"
import { conditionFigures } from "./conditionFigures.ts"
import type { Finding, RecordedDecision } from "./Explanation.ts"

/** A tick with the wall time of its record. */
export interface EvaluatedTick {
  readonly value: MarketTick
  readonly timestampMs: number
}

/** Everything that is known of one evaluation. */
export interface Evidence {
  readonly tick: EvaluatedTick
  readonly account: Account | undefined
  readonly rule: Rule
  /** Undefined: the rule is an entry. */
  readonly position: Position | undefined
  readonly switches: ReadonlyArray<TradingSwitch>
  /** Those of this rule and position, in the order of their records, some time beyond the tick included. */
  readonly decisions: ReadonlyArray<RecordedDecision>
  /** Market times of the rule's actions that count, oldest first. */
  readonly actedAtMs: ReadonlyArray<number>
  /** Age up to which a price is fresh where the rule does not say, in milliseconds. */
  readonly freshForMs: number
}

/**
 * Returns the one first reason of an evaluation, in the order of `DecisionReason`.
 *
 * While a condition holds (an entry: always) the monitor records each change of reason, so the last one recorded says it;
 * `fired` says it of its own tick, and `command_outstanding` from then on. Else nothing is recorded, and it follows from what
 * was in force.
 */
export const reasonAt = (evidence: Evidence): Finding => {
  const { account, decisions, position, rule, tick } = evidence
  const own = decisions.findLast((decision) => isOfTick(decision, decisions, tick))
  if (own !== undefined) return recorded(own, own.value.reason)
  const derived = derivedReason(evidence)
  if (account?.active !== true) return derived
  const { holds } = conditionFigures(rule, position, tick.value.priceUsd)
  if (!holds && rule.kind !== "auto_entry") return derived
  const last = decisionInForce(decisions, tick)
  if (last !== undefined)
    return recorded(last, last.value.reason === "fired" ? "command_outstanding" : last.value.reason)
  const isUnmet = derived.reason === "condition_not_met" || derived.reason === "trigger_not_reached"
  return holds && isUnmet ? { ...derived, reason: "not_evaluated" } : derived
}

const recorded = (decision: RecordedDecision, reason: DecisionReason): Finding => ({
  reason,
  untilMs: reason === "command_outstanding" ? undefined : decision.value.untilMs,
  decision,
  by: undefined
})

/** The last change of reason that the monitor had recorded when it had evaluated a tick. */
export const decisionInForce = (
  decisions: ReadonlyArray<RecordedDecision>,
  tick: EvaluatedTick
): RecordedDecision | undefined =>
  decisions.findLast(
    (decision) =>
      decision.timestampMs <= tick.timestampMs ||
      (!isOfOutcome(decision, decisions) && decision.value.marketTimeMs < tick.value.marketTimeMs) ||
      isOfTick(decision, decisions, tick)
  )

const isOfTick = (
  decision: RecordedDecision,
  all: ReadonlyArray<RecordedDecision>,
  { value }: EvaluatedTick
): boolean =>
  decision.value.marketTimeMs === value.marketTimeMs &&
  decision.value.priceUsd === value.priceUsd &&
  !isOfOutcome(decision, all)

/** Reasons that an outcome brings; such a decision bears the time and price of the command, which was decided before. */
const outcomeReasons: ReadonlySet<DecisionReason> = new Set(["retry_waits", "already_acted", "action_unsupported"])

const isOfOutcome = (decision: RecordedDecision, all: ReadonlyArray<RecordedDecision>): boolean => {
  const { marketTimeMs, previousReason, reason } = decision.value
  if (!outcomeReasons.has(reason)) return false
  // Also that of another position's command, where several trades are reduced as one.
  if (reason === "already_acted" && (previousReason === "fired" || previousReason === "command_outstanding"))
    return true
  const before = all[all.indexOf(decision) - 1]
  return before !== undefined && marketTimeMs <= before.value.marketTimeMs
}

/** What keeps the rule from acting as far as it follows from what was in force, its condition left aside. */
const derivedReason = ({ account, actedAtMs, freshForMs, position, rule, switches, tick }: Evidence): Finding => {
  const { by, mode } = switchOver(switches, rule)
  const blocking = firstReason({
    account,
    rule,
    controls: { mode, readable: true },
    action: actionKind(rule, position),
    actedAtMs,
    tick: tick.value,
    priceAgeMs: tick.timestampMs - tick.value.receivedAtMs,
    freshForMs: rule.freshForMs ?? freshForMs,
    reached: false,
    standing: { _tag: "Free" }
  })!
  const { reason, untilMs } = blocking
  return {
    reason: reason === "trigger_not_reached" && rule.kind !== "auto_entry" ? "condition_not_met" : reason,
    untilMs,
    decision: undefined,
    by: reason === "halted" || reason === "reduce_only" ? by : undefined
  }
}

/** The strictest switch that covers a rule, by the runtime's own order. */
const switchOver = (switches: ReadonlyArray<TradingSwitch>, { accountId, ruleId }: Rule) => {
  const board = new TradingBoard({ staleAfterMs: 0, nowMs: () => 0 })
  switches.forEach((value, offset) => {
    board.change({ key: tradingKey(value), value, offset })
  })
  board.read()
  return board.verdict({ accountId, ruleId })
}

/** As far as the controls need it: whether it opens an exposure. */
const actionKind = (rule: Rule, position: Position | undefined): CommandAction => {
  if (rule.kind === "auto_entry")
    return {
      _tag: "open_position",
      market: rule.market,
      marginMode: rule.marginMode,
      side: rule.side,
      quantityUsd: rule.quantityUsd,
      leverage: rule.leverage,
      orderType: rule.triggerType
    }
  const hedges = rule.kind === "margin_guard" && rule.action === "reduce_position" && rule.reduceStrategy === "hedge"
  if (!hedges || position?.marginMode !== "isolated") return { _tag: "close_position" }
  const { leverage, quantityUsd, side } = position
  const plan = { _tag: "hedge", side: side === "buy" ? "sell" : "buy", quantityUsd, leverage } as const
  return { _tag: "reduce_position", reducePercentage: rule.reducePercentage ?? 0, plan }
}
