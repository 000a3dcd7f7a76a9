import type { AutoEntryRule, PositionRule, Rule } from "@millrace/contracts"
import { endEpisode } from "./episodeSteps.ts"
import { type AccountBook, isWatched } from "./PartitionState.ts"
import { addPair, dropRule, watches } from "./positions.ts"
import { forgetActivity } from "./ruleActivity.ts"
import type { Step } from "./Step.ts"
import { makeEntry, type WatchedEntry, type WatchedPair, type WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, recheck } from "./watching.ts"

/** A rule is new, changed, or (undefined) deleted. An older version than the known one changes nothing. */
export const applyRule = (step: Step, book: AccountBook, ruleId: string, rule: Rule | undefined): void => {
  const known = book.rules.get(ruleId) ?? book.entries.get(ruleId)?.rule
  if (rule !== undefined && known !== undefined && rule.version < known.version) return
  if (known !== undefined && rule?.version !== known.version && step.state.started) forgetActivity(step, book, known)
  if (rule?.kind === "auto_entry") {
    dropPairs(step, book, ruleId)
    applyEntry(step, book, rule)
  } else {
    const entry = book.entries.get(ruleId)
    if (entry !== undefined) dropRule(step, entry)
    if (rule === undefined) dropPairs(step, book, ruleId)
    else applyPositionRule(step, book, rule)
  }
}

const dropPairs = (step: Step, book: AccountBook, ruleId: string): void => {
  book.rules.delete(ruleId)
  for (const { pairs } of book.positions.values()) {
    const pair = pairs.get(ruleId)
    if (pair !== undefined) dropRule(step, pair)
  }
}

const applyPositionRule = (step: Step, book: AccountBook, rule: PositionRule): void => {
  book.rules.set(rule.ruleId, rule)
  for (const watched of book.positions.values()) {
    const pair = watched.pairs.get(rule.ruleId)
    if (pair === undefined) addPair(step.state, watched, rule)
    else if (!watches(rule, watched.position.positionId)) dropRule(step, pair)
    else revisePair(step, pair, rule)
  }
}

const revisePair = (step: Step, pair: WatchedPair, rule: PositionRule): void => {
  const changed = rule.version !== pair.rule.version
  pair.rule = rule
  startAfresh(step, pair, changed)
}

const applyEntry = (step: Step, book: AccountBook, rule: AutoEntryRule): void => {
  const known = book.entries.get(rule.ruleId)
  if (known !== undefined && known.rule.market === rule.market) {
    reviseEntry(step, known, rule)
    return
  }
  if (known !== undefined) dropRule(step, known)
  const entry = makeEntry(book, rule)
  book.entries.set(rule.ruleId, entry)
  if (isWatched(book)) step.state.entryCount++
  recheck(step.state, entry)
}

const reviseEntry = (step: Step, entry: WatchedEntry, rule: AutoEntryRule): void => {
  const changed = rule.version !== entry.rule.version
  entry.rule = rule
  startAfresh(step, entry, changed)
}

/** A changed rule starts afresh, unless a command of its is under way. */
const startAfresh = (step: Step, watched: WatchedRule, changed: boolean): void => {
  const { episode } = watched
  const idle = episode !== undefined && !isUnderWay(episode.phase) && episode.phase !== "settling"
  if (changed && idle) endEpisode(step, watched)
  else recheck(step.state, watched)
}
