import { type EpisodeState, marginStateKey, type Rule, type RuleActivity } from "@millrace/contracts"
import { isLimited, limitsOf, rememberAction } from "@millrace/trading"
import type { AccountBook } from "./PartitionState.ts"
import type { Step } from "./Step.ts"
import type { WatchedRule } from "./WatchedRule.ts"
import { recheck } from "./watching.ts"

/**
 * The actions of a rule that count for its cool-down and its limit: those that had an effect, or may have one. An attempt
 * counts from its command on; one that ended without effect is taken back.
 */

/** Market times of the rule's actions, oldest first, without the one of this very episode. */
export const othersActed = (watched: WatchedRule): ReadonlyArray<number> => {
  const acted = watched.book.activity.get(watched.rule.ruleId)?.actedAtMs ?? []
  const { episode } = watched
  const own = episode === undefined || !hasActed(episode) ? -1 : acted.lastIndexOf(episode.attemptedAtMs)
  return own < 0 ? acted : acted.toSpliced(own, 1)
}

const hasActed = ({ effectSeen, phase }: EpisodeState): boolean => {
  switch (phase) {
    case "blocked":
    case "waiting":
      return false
    case "spent":
      return effectSeen
    default:
      return true
  }
}

/** An attempt goes out. */
export const countAction = (step: Step, watched: WatchedRule, atMs: number): void => {
  const { book, rule } = watched
  const limits = limitsOf(rule)
  if (!isLimited(limits)) return
  putActivity(step, book, rule, rememberAction(limits, book.activity.get(rule.ruleId)?.actedAtMs ?? [], atMs), watched)
}

/** An attempt ended without effect: it does not count. */
export const uncountAction = (
  step: Step,
  book: AccountBook,
  rule: Pick<Rule, "ruleId" | "version">,
  atMs: number
): void => {
  const acted = book.activity.get(rule.ruleId)?.actedAtMs ?? []
  const at = acted.lastIndexOf(atMs)
  if (at >= 0) putActivity(step, book, rule, acted.toSpliced(at, 1), undefined)
}

/** A new version of a rule, or its deletion: its actions no longer count. */
export const forgetActivity = (step: Step, book: AccountBook, rule: Pick<Rule, "ruleId" | "version">): void => {
  if (book.activity.has(rule.ruleId)) putActivity(step, book, rule, [], undefined)
}

const putActivity = (
  step: Step,
  book: AccountBook,
  { ruleId, version: ruleVersion }: Pick<Rule, "ruleId" | "version">,
  actedAtMs: ReadonlyArray<number>,
  actor: WatchedRule | undefined
): void => {
  const row: RuleActivity = { _tag: "RuleActivity", accountId: book.accountId, ruleId, ruleVersion, actedAtMs }
  if (actedAtMs.length === 0) book.activity.delete(ruleId)
  else book.activity.set(ruleId, row)
  const value = actedAtMs.length === 0 ? null : row
  step.out.push({ _tag: "State", workspaceId: book.workspaceId, key: marginStateKey(row), value })
  recheckRule(step, book, ruleId, actor)
}

/** Has the next tick look again at everything that a rule watches, but for the one that just acted. */
export const recheckRule = (step: Step, book: AccountBook, ruleId: string, except?: WatchedRule): void => {
  for (const { pairs } of book.positions.values()) {
    const pair = pairs.get(ruleId)
    if (pair !== undefined && pair !== except && !pair.recheck) recheck(step.state, pair)
  }
  const entry = book.entries.get(ruleId)
  if (entry !== undefined && entry !== except) recheck(step.state, entry)
}
