import { assert, it } from "@effect/vitest"
import type { Position, Rule } from "@millrace/contracts"
import { conditionOf, holdsAt, holdsWhenStale, limitReached, limitsOf } from "@millrace/trading"
import { Effect, Schema } from "effect"
import type { ExplainedReason, RecordedDecision } from "../src/Explanation.ts"
import { countedActions } from "../src/episodes.ts"
import type { RecordedOutcome } from "../src/RuleRecords.ts"
import { reasonAt } from "../src/reasonAt.ts"
import { type Evaluated, episodeKey, pairKey, RandomHistory, settings } from "./RandomHistory.ts"

/** What the evaluator did with a tick and keeps of it, and, where it keeps nothing, the order written out once more. */
const truth = (evaluated: Evaluated, rule: Rule, position: Position | undefined): ExplainedReason => {
  const { account, activities, episodes, fired, switches, tick } = evaluated
  if (fired.has(pairKey(rule.ruleId, position ?? {}))) return "fired"
  if (!account.active) return "account_inactive"
  const isEntry = rule.kind === "auto_entry"
  if (isEntry || holdsAt(position!, conditionOf(rule), tick.value.priceUsd)) {
    const reason = episodes.get(episodeKey(rule.ruleId, position?.positionId))?.reason
    assert.isDefined(reason, "the evaluator keeps why")
    return reason === "fired" ? "command_outstanding" : reason!
  }
  const modes = switches
    .filter((one) => one.accountId === undefined || one.ruleId === undefined || one.ruleId === rule.ruleId)
    .map(({ mode }) => mode)
  if (modes.includes("HALTED")) return "halted"
  const hedges = rule.kind === "margin_guard" && rule.reduceStrategy === "hedge"
  if (hedges && modes.includes("REDUCE_ONLY")) return "reduce_only"
  if (!rule.enabled) return "rule_disabled"
  const acted = activities.get(`activity/a1/${rule.ruleId}`)?.actedAtMs ?? []
  const limit = limitReached(limitsOf(rule), acted, tick.value.marketTimeMs)
  if (limit !== undefined) return limit.reason
  if (holdsWhenStale(rule)) {
    if (tick.value.source === "backfill") return "market_gap"
    if (tick.timestampMs - tick.value.receivedAtMs > settings.freshForMs) return "price_stale"
  }
  return "condition_not_met"
}

/** The subjects that a rule watched with a tick. */
const subjectsOf = (evaluated: Evaluated, rule: Rule): ReadonlyArray<Position | undefined> =>
  rule.kind === "auto_entry"
    ? [undefined]
    : evaluated.positions.filter(({ openedAtMs }) => openedAtMs <= evaluated.tick.value.marketTimeMs)

/**
 * @guarantee operation: Every evaluation has one first reason, and an explanation tells the very one the monitor had
 * @how the real evaluator under random ticks, outcomes and changes of accounts, rules, positions and switches
 */
it.effect.prop(
  "tells of every rule, position and tick of any history what the evaluator did",
  [Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 2 }))],
  ([seed]) =>
    Effect.sync(() => {
      const history = new RandomHistory(seed, 120)
      const decisions = history.happenings.flatMap(
        (one): ReadonlyArray<RecordedDecision> =>
          one._tag === "Decision" ? [{ value: one.value, timestampMs: one.atMs }] : []
      )
      const outcomes = new Map<string, Array<RecordedOutcome>>()
      for (const one of history.happenings) {
        if (one._tag !== "Outcome") continue
        const known = outcomes.get(one.value.commandId) ?? []
        outcomes.set(one.value.commandId, [...known, { ...one.value, recordedAtMs: one.atMs }])
      }
      for (const evaluated of history.evaluated) {
        const { account, rules, switches, tick } = evaluated
        for (const rule of rules) {
          const ofRule = decisions.filter(({ value }) => value.ruleId === rule.ruleId)
          const actedAtMs = countedActions({ account, rule }, ofRule, outcomes, tick)
          for (const position of subjectsOf(evaluated, rule)) {
            const own = ofRule.filter(({ value }) => value.positionId === position?.positionId)
            const evidence = { tick, account, rule, position, switches, decisions: own, actedAtMs, ...settings }
            const found = reasonAt(evidence).reason
            const where = `${rule.ruleId} ${position?.positionId} at ${tick.value.marketTimeMs}`
            assert.strictEqual(found, truth(evaluated, rule, position), where)
          }
        }
      }
    }),
  { arbitrary: { runs: 25 } }
)
