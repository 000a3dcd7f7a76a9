import {
  type AutomationCommand,
  type CommandAction,
  type DecisionReason,
  deterministicId,
  type EpisodeState,
  type MarginFigures,
  type MarketTick,
  marginStateKey,
  type Rule
} from "@millrace/contracts"
import { marginFigures } from "@millrace/trading"
import { attempted, unsettled } from "./Episode.ts"
import { firedNotice, unguardedNotice } from "./notices.ts"
import type { Outputs } from "./Output.ts"
import type { PartitionState, WatchedPair } from "./PartitionState.ts"
import { isUnderWay, watchPair } from "./watching.ts"

/** What every step works on: the partition, its outputs, the wall time and the settings. */
export interface Step {
  readonly state: PartitionState
  readonly out: Outputs
  readonly nowMs: number
  readonly settings: EvaluatorSettings
}

export interface EvaluatorSettings {
  /** Market time after which a missing outcome or effect is alarmed, in milliseconds. */
  readonly overdueAfterMs: number
  /** Age of a price above which a firing guard records `price_stale`; undefined: never. It fires all the same. */
  readonly staleAfterMs: number | undefined
}

type TickStep = Step & { readonly tick: MarketTick }

/** Why a pair whose condition holds may not act; undefined: it may. Accounts that are switched off are not watched. */
export const blockingReason = (pair: WatchedPair): DecisionReason | undefined =>
  pair.rule.enabled ? undefined : "rule_disabled"

/** Puts a pair into a new state: its row, the look-up by command, and its watches. */
export const setEpisode = (step: Step, pair: WatchedPair, next: EpisodeState): void => {
  keepEpisode(step.state, pair, next)
  const workspaceId = pair.owner.book.workspaceId
  step.out.push({ _tag: "State", workspaceId, key: marginStateKey(next), value: next })
}

/** `setEpisode` without its row: for rows that were just read. */
export const keepEpisode = (state: PartitionState, pair: WatchedPair, next: EpisodeState): void => {
  const before = pair.episode?.commandId
  if (before !== undefined && before !== next.commandId) state.commands.delete(before)
  if (next.commandId !== undefined) {
    if (isUnderWay(next.phase) || next.phase === "settling") state.commands.set(next.commandId, pair)
    else state.commands.delete(next.commandId)
  }
  pair.episode = next
  watchPair(state, pair)
}

/** The episode is over: a new one may begin at the next crossing, also at the very next tick. */
export const endEpisode = (step: Step, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode === undefined) return
  if (episode.commandId !== undefined) step.state.commands.delete(episode.commandId)
  pair.episode = undefined
  const workspaceId = pair.owner.book.workspaceId
  step.out.push({ _tag: "State", workspaceId, key: marginStateKey(episode), value: null })
  watchPair(step.state, pair)
}

/** Issues the next attempt: command, decision and notification, then the state. */
export const fire = (step: TickStep, pair: WatchedPair): void => {
  const { tick, nowMs, out, settings, state } = step
  const { position } = pair.owner
  const account = pair.owner.book.account!
  const { workspaceId } = pair.owner.book
  const before = pair.episode?.reason
  const episode = attempted(pair, tick.marketTimeMs, tick.marketTimeMs + settings.overdueAfterMs)
  const command: AutomationCommand = {
    commandId: episode.commandId,
    accountId: account.accountId,
    ruleId: pair.rule.ruleId,
    ruleVersion: pair.rule.version,
    positionId: position.positionId,
    positionRevision: position.revision,
    attempt: episode.attempt,
    action: actionOf(pair.rule),
    dryRun: pair.rule.dryRun,
    metric: pair.rule.metric,
    threshold: pair.rule.threshold,
    figures: marginFigures(position, tick.priceUsd),
    marketTimeMs: tick.marketTimeMs,
    priceUsd: tick.priceUsd,
    tickReceivedAtMs: tick.receivedAtMs,
    decidedAtMs: nowMs
  }
  out.push({ _tag: "Command", workspaceId, value: command })
  state.open.set(command.commandId, {
    accountId: account.accountId,
    positionId: position.positionId,
    awaitsEffect: false,
    effectSeen: false
  })
  setEpisode(step, pair, episode)
  const stale = settings.staleAfterMs !== undefined && nowMs - tick.receivedAtMs > settings.staleAfterMs
  if (stale) recordDecision(step, pair, "price_stale", before)
  recordDecision(step, pair, "fired", stale ? "price_stale" : before)
  const value = firedNotice(account, position, { ...command, nowMs })
  out.push({ _tag: "Notification", workspaceId, lane: command.dryRun ? "normal" : "critical", value })
}

const actionOf = (rule: Rule): CommandAction => {
  switch (rule.action) {
    case "close_position":
      return { _tag: "close_position" }
    case "reduce_position":
      return { _tag: "reduce_position", reducePercentage: rule.reducePercentage ?? 0 }
    case "add_margin":
      return { _tag: "add_margin", amountSats: rule.addMarginAmountSats ?? 0 }
  }
}

/** Records that the reason of a pair changed at this tick. */
export const recordDecision = (
  step: TickStep,
  pair: WatchedPair,
  reason: DecisionReason,
  previousReason: DecisionReason | undefined
): void => putDecision(step, pair, reason, previousReason, step.tick)

/** The price and time that a decision refers to: the tick, or the attempt whose outcome came in. */
export interface DecidedOn {
  readonly marketTimeMs: number
  readonly priceUsd: number
}

export const putDecision = (
  step: Step,
  pair: WatchedPair,
  reason: DecisionReason,
  previousReason: DecisionReason | undefined,
  on: DecidedOn
): void => {
  if (reason === previousReason) return
  const { position } = pair.owner
  const commandId = pair.episode?.commandId
  const figures: MarginFigures = marginFigures(position, on.priceUsd)
  const at = String(on.marketTimeMs)
  step.out.push({
    _tag: "Decision",
    workspaceId: pair.owner.book.workspaceId,
    value: {
      decisionId: deterministicId("decision", pair.rule.ruleId, position.positionId, at, reason, commandId ?? ""),
      accountId: position.accountId,
      ruleId: pair.rule.ruleId,
      positionId: position.positionId,
      reason,
      ...(previousReason === undefined ? {} : { previousReason }),
      ...(commandId === undefined ? {} : { commandId }),
      figures,
      priceUsd: on.priceUsd,
      marketTimeMs: on.marketTimeMs
    }
  })
}

/** Tells the user that protection did not come about. */
export const alarm = (step: Step, pair: WatchedPair, what: string, why: string): void => {
  const { account } = pair.owner.book
  if (account === undefined) return
  const subject = pair.episode?.commandId ?? pair.key
  const value = unguardedNotice(account, pair.owner.position, { subject, what, why, nowMs: step.nowMs })
  step.out.push({ _tag: "Notification", workspaceId: account.workspaceId, lane: "critical", value })
}

/** A due time has come: an attempt may follow, or an outcome or effect is overdue. */
export const onDue = (step: TickStep, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode === undefined) return
  const time = step.tick.marketTimeMs
  const sinceMs = time - episode.attemptedAtMs
  if (episode.phase === "waiting") watchPair(step.state, pair)
  else if (episode.phase === "settling") {
    setEpisode(step, pair, unsettled(episode, time))
    alarm(step, pair, `unsettled-${time}`, "the position's record has not shown the command's effect")
  } else {
    setEpisode(step, pair, { ...episode, dueAtMs: time + Math.max(sinceMs, step.settings.overdueAfterMs) })
    const since = `${Math.round(sinceMs / 1000)} s`
    if (!pair.rule.dryRun) alarm(step, pair, `overdue-${time}`, `the command has no certain outcome after ${since}`)
  }
}
