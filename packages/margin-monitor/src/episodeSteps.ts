import { type EpisodeState, marginStateKey } from "@millrace/contracts"
import { unsettled } from "./Episode.ts"
import { troubleNotice } from "./notices.ts"
import type { PartitionState } from "./PartitionState.ts"
import type { Step, TickStep } from "./Step.ts"
import type { WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, recheck, watchRule } from "./watching.ts"

/** Puts a rule's episode into a new state: its row, the look-up by command, and its watches. */
export const setEpisode = (step: Step, watched: WatchedRule, next: EpisodeState): void => {
  keepEpisode(step.state, watched, next)
  step.out.push({ _tag: "State", workspaceId: watched.book.workspaceId, key: marginStateKey(next), value: next })
}

/** `setEpisode` without its row: for rows that were just read. */
export const keepEpisode = (state: PartitionState, watched: WatchedRule, next: EpisodeState): void => {
  const before = watched.episode?.commandId
  if (before !== undefined && before !== next.commandId) state.commands.delete(before)
  if (next.commandId !== undefined) {
    if (isUnderWay(next.phase) || next.phase === "settling") state.commands.set(next.commandId, watched)
    else state.commands.delete(next.commandId)
  }
  watched.episode = next
  watchRule(state, watched)
}

/** The episode is over: a new one may begin at the next crossing, also at the very next tick. */
export const endEpisode = (step: Step, watched: WatchedRule): void => {
  const { book, episode } = watched
  if (episode === undefined) return
  if (episode.commandId !== undefined) step.state.commands.delete(episode.commandId)
  watched.episode = undefined
  watched.wakeAtMs = 0
  watched.recheck = false
  step.out.push({ _tag: "State", workspaceId: book.workspaceId, key: marginStateKey(episode), value: null })
  recheck(step.state, watched)
}

/** Tells the user that a rule did not bring about what it is for. */
export const alarm = (step: Step, watched: WatchedRule, what: string, why: string): void => {
  const { account } = watched.book
  if (account === undefined) return
  const subject = watched.episode?.commandId ?? watched.key
  const { lane, value } = troubleNotice(account, watched, { subject, what, why, nowMs: step.nowMs })
  step.out.push({ _tag: "Notification", workspaceId: account.workspaceId, lane, value })
}

/** A due time has come: an attempt may follow, what blocked may have ended, or an outcome or effect is overdue. */
export const onDue = (step: TickStep, watched: WatchedRule): void => {
  const { episode } = watched
  if (episode === undefined) return
  const time = step.tick.marketTimeMs
  if (watched.wakeAtMs > 0 && watched.wakeAtMs <= time) {
    watched.wakeAtMs = 0
    recheck(step.state, watched)
  }
  if (episode.dueAtMs > time) return
  if (episode.phase === "waiting") recheck(step.state, watched)
  else if (episode.phase === "settling") {
    setEpisode(step, watched, unsettled(episode, time))
    recheck(step.state, watched)
    alarm(step, watched, `unsettled-${time}`, "the position's record has not shown the command's effect")
  } else if (isUnderWay(episode.phase)) onOverdue(step, watched, episode)
}

const onOverdue = (step: TickStep, watched: WatchedRule, episode: EpisodeState): void => {
  const time = step.tick.marketTimeMs
  const sinceMs = time - episode.attemptedAtMs
  setEpisode(step, watched, { ...episode, dueAtMs: time + Math.max(sinceMs, step.settings.overdueAfterMs) })
  if (watched.rule.dryRun) return
  const since = `${Math.round(sinceMs / 1000)} s`
  alarm(step, watched, `overdue-${time}`, `the command has no certain outcome after ${since}`)
}
