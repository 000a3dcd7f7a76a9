import type { EpisodeState, EvaluatedState } from "@millrace/contracts"
import { effectShown } from "./applyChange.ts"
import { endEpisode, keepEpisode, type Step } from "./episodeSteps.ts"
import { marketOf, type PartitionState, type WatchedPair, type WatchedPosition } from "./PartitionState.ts"
import { dropPosition, seeEffect } from "./positions.ts"
import { isUnderWay, watchLevel, watchPair } from "./watching.ts"

/** All rows are in: gives levels and episodes back to their positions, and sets all watches. */
export const startWatching = (step: Step): void => {
  const { state } = step
  for (const row of state.restored.evaluated.values()) restoreEvaluated(state, row)
  state.started = true
  for (const book of state.accounts.values())
    for (const watched of [...book.positions.values()]) restorePosition(step, watched)
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
  const { episodes, levels } = step.state.restored
  const levelKey = `level/${watched.key}`
  watched.level = levels.get(levelKey)?.level ?? "normal"
  levels.delete(levelKey)
  watchLevel(step.state, watched)
  for (const pair of watched.pairs.values()) {
    const episode = episodes.get(`episode/${pair.key}`)
    episodes.delete(`episode/${pair.key}`)
    if (episode === undefined) watchPair(step.state, pair)
    else continueEpisode(step, pair, episode)
  }
  const market = marketOf(step.state, watched.position.market)
  if (watched.endsAtMs !== undefined && watched.endsAtMs <= market.evaluatedToMs)
    dropPosition(step.state, watched, step.out)
}

const continueEpisode = (step: Step, pair: WatchedPair, episode: EpisodeState): void => {
  const { commandId, phase } = episode
  const active = isUnderWay(phase) || phase === "settling"
  keepEpisode(step.state, pair, episode)
  if (commandId !== undefined && active)
    step.state.open.set(commandId, {
      accountId: episode.accountId,
      positionId: episode.positionId,
      awaitsEffect: phase === "settling",
      effectSeen: episode.effectSeen
    })
  if (active && commandId !== undefined && pair.owner.position.commandId === commandId) {
    seeEffect(step.state, commandId)
    effectShown(step, pair)
  } else if (!active && episode.ruleVersion !== pair.rule.version) endEpisode(step, pair)
}

/** Rows without a position or rule: a command under way still waits for its outcome, the others are deleted. */
const clearRestored = (step: Step): void => {
  const { episodes, evaluated, levels } = step.state.restored
  for (const [key, row] of levels) deleteRow(step, key, row.accountId)
  for (const [key, row] of episodes) {
    if (row.commandId !== undefined && isUnderWay(row.phase)) step.state.orphans.set(row.commandId, row)
    else deleteRow(step, key, row.accountId)
  }
  levels.clear()
  episodes.clear()
  evaluated.clear()
}

const deleteRow = (step: Step, key: string, accountId: string): void => {
  const workspaceId = step.state.accounts.get(accountId)?.workspaceId
  if (workspaceId !== undefined) step.out.push({ _tag: "State", workspaceId, key, value: null })
}
