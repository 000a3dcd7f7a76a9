import type { Account, Rule } from "@millrace/contracts"
import { isDryRun } from "@millrace/trading"
import { Effect } from "effect"
import type { Attempt, RecordedDecision } from "./Explanation.ts"
import type { History } from "./History.ts"
import type { HistoryError } from "./HistoryError.ts"
import { commandOf, type RecordedOutcome } from "./RuleRecords.ts"
import { decisionInForce, type EvaluatedTick } from "./reasonAt.ts"

type Outcomes = ReadonlyMap<string, ReadonlyArray<RecordedOutcome>>

/** The changes of reason up to a tick, from the beginning of the episode on: one without a previous reason begins it. */
export const episodeOf = (
  decisions: ReadonlyArray<RecordedDecision>,
  tick: EvaluatedTick
): ReadonlyArray<RecordedDecision> => {
  const last = decisionInForce(decisions, tick)
  if (last === undefined) return []
  const upTo = decisions.slice(0, decisions.indexOf(last) + 1)
  const first = upTo.findLastIndex(({ value }) => value.previousReason === undefined)
  return upTo.slice(Math.max(0, first))
}

/** The commands of an episode with what became of them. */
export const attemptsOf = Effect.fnUntraced(function* (
  history: History["Service"],
  episode: ReadonlyArray<RecordedDecision>,
  outcomes: Outcomes
): Effect.fn.Return<ReadonlyArray<Attempt>, HistoryError> {
  const attempts: Array<Attempt> = []
  for (const decision of episode) {
    const { commandId, marketTimeMs, priceUsd, reason } = decision.value
    if (reason !== "fired" || commandId === undefined) continue
    const command = yield* commandOf(history, decision)
    attempts.push({ commandId, marketTimeMs, priceUsd, command, outcomes: outcomes.get(commandId) ?? [] })
  }
  return attempts
})

/**
 * Market times of the actions of a rule's version that count for its cool-down and its limit with a tick, oldest first: those
 * that had an effect, or may have one.
 */
export const countedActions = (
  { account, rule }: { readonly account: Account | undefined; readonly rule: Rule },
  decisions: ReadonlyArray<RecordedDecision>,
  outcomes: Outcomes,
  tick: EvaluatedTick
): ReadonlyArray<number> =>
  decisions
    .filter(({ timestampMs, value }) => {
      if (value.reason !== "fired" || timestampMs > tick.timestampMs) return false
      if (value.ruleVersion !== undefined && value.ruleVersion !== rule.version) return false
      const known = outcomes.get(value.commandId ?? "") ?? []
      const last = known.filter((outcome) => outcome.recordedAtMs <= tick.timestampMs).at(-1)
      return isDryRun(account, rule) || (last?.status !== "refused" && last?.status !== "failed")
    })
    .map(({ value }) => value.marketTimeMs)
    .sort((one, other) => one - other)
