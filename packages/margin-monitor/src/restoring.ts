import type { EpisodeState, EvaluatedState } from "@millrace/contracts"
import { effectShown } from "./applyChange.ts"
import { endEpisode, keepEpisode } from "./episodeSteps.ts"
import { type AccountBook, marketOf, type PartitionState, type WatchedPosition } from "./PartitionState.ts"
import { dropPosition } from "./positions.ts"
import type { Step } from "./Step.ts"
import type { WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, recheck, watchLevel } from "./watching.ts"

/** All rows are in: gives levels, episodes and actions back to their positions and rules, and sets all watches. */
export const startWatching = (step: Step): void => {
  const { state } = step
  for (const row of state.restored.evaluated.values()) restoreEvaluated(state, row)
  state.started = true
  for (const book of state.accounts.values()) {
    restoreActivity(state, book)
    for (const watched of [...book.positions.values()]) restorePosition(step, watched)
    for (const entry of book.entries.values()) restoreEpisode(step, entry)
  }
  clearRestored(step)
}

/** The furthest row of a market counts: one may stem from an account that was the first of its partition before. */
const restoreEvaluated = (state: PartitionState, row: EvaluatedState): void => {
  const market = marketOf(state, row.market)
  if (row.epoch < market.epoch || (row.epoch === market.epoch && row.evaluatedToMs < market.evaluatedToMs)) return
  market.evaluatedToMs = row.evaluatedToMs
  market.epoch = row.epoch
}

const restorePosition = (step: Step, watched: WatchedPosition): void => {
  const { levels } = step.state.restored
  const levelKey = `level/${watched.key}`
  watched.level = levels.get(levelKey)?.level ?? "normal"
  levels.delete(levelKey)
  watchLevel(step.state, watched)
  for (const pair of watched.pairs.values()) restoreEpisode(step, pair)
  const market = marketOf(step.state, watched.position.market)
  if (watched.endsAtMs !== undefined && watched.endsAtMs <= market.evaluatedToMs) dropPosition(step, watched)
}

/** Actions count for the version of the rule that did them. */
const restoreActivity = (state: PartitionState, book: AccountBook): void => {
  const rules = [...book.rules.values(), ...[...book.entries.values()].map((entry) => entry.rule)]
  for (const { ruleId, version } of rules) {
    const key = `activity/${book.accountId}/${ruleId}`
    const row = state.restored.activities.get(key)
    if (row?.ruleVersion !== version) continue
    book.activity.set(ruleId, row)
    state.restored.activities.delete(key)
  }
}

const restoreEpisode = (step: Step, watched: WatchedRule): void => {
  const { episodes } = step.state.restored
  const episode = episodes.get(`episode/${watched.key}`)
  episodes.delete(`episode/${watched.key}`)
  if (episode === undefined) recheck(step.state, watched)
  else continueEpisode(step, watched, episode)
}

/** What blocks an episode may have changed meanwhile: the first tick looks at it again. */
const continueEpisode = (step: Step, watched: WatchedRule, episode: EpisodeState): void => {
  const { commandId, phase } = episode
  const active = isUnderWay(phase) || phase === "settling"
  const position = watched._tag === "Pair" ? watched.owner.position : undefined
  keepEpisode(step.state, watched, episode)
  recheck(step.state, watched)
  if (commandId !== undefined && active)
    step.state.open.set(commandId, {
      accountId: episode.accountId,
      positionId: position?.positionId,
      opens: position === undefined,
      awaitsEffect: phase === "settling",
      effectSeen: episode.effectSeen
    })
  if (active && commandId !== undefined && position?.commandId === commandId) effectShown(step, watched)
  else if (!active && episode.ruleVersion !== watched.rule.version) endEpisode(step, watched)
}

/** Rows without a position or rule (or of a rule's earlier version): a command under way still waits for its outcome, the others are deleted. */
const clearRestored = (step: Step): void => {
  const { activities, episodes, evaluated, levels } = step.state.restored
  for (const [key, row] of [...levels, ...activities]) deleteRow(step, key, row.accountId)
  for (const [key, row] of episodes) {
    if (row.commandId !== undefined && isUnderWay(row.phase)) step.state.orphans.set(row.commandId, row)
    else deleteRow(step, key, row.accountId)
  }
  levels.clear()
  activities.clear()
  episodes.clear()
  evaluated.clear()
}

const deleteRow = (step: Step, key: string, accountId: string): void => {
  const workspaceId = step.state.accounts.get(accountId)?.workspaceId
  if (workspaceId !== undefined) step.out.push({ _tag: "State", workspaceId, key, value: null })
}
