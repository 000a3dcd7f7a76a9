import { type EpisodeState, marginStateKey, type TradeOutcome } from "@millrace/contracts"
import { concluded, isLasting, isShownByPosition, outcomeKindOf } from "./Episode.ts"
import { alarm, endEpisode, setEpisode } from "./episodeSteps.ts"
import { marketOf, type OpenCommand } from "./PartitionState.ts"
import { recordDecision } from "./recordDecision.ts"
import { concludeGroup } from "./reductionGroup.ts"
import { countAction, uncountAction } from "./ruleActivity.ts"
import type { Step } from "./Step.ts"
import { marketIdOf, type WatchedRule } from "./WatchedRule.ts"

/** Takes in the outcome of a command from trade-log. One of a command that nobody waits for changes nothing. */
export const applyOutcome = (step: Step, outcome: TradeOutcome, workspaceId: string): void => {
  if (outcome.status === "pending") return
  const { commandId } = outcome
  const watched = step.state.commands.get(commandId)
  closeCommand(step, outcome, watched)
  if (watched !== undefined) conclude(step, watched, outcome)
  else if (step.state.orphans.has(commandId)) forgetOrphan(step, outcome, workspaceId)
  else countUnexpected(step, outcome)
}

const conclude = (step: Step, watched: WatchedRule, outcome: TradeOutcome): void => {
  const { book, episode, rule } = watched
  if (episode?.commandId !== outcome.commandId || episode.phase === "settling") return
  if (outcome.status === "unknown" && episode.phase === "unknown") return
  const market = marketOf(step.state, marketIdOf(watched))
  const overdueAtMs = Math.max(market.evaluatedToMs, episode.attemptedAtMs) + step.settings.overdueAfterMs
  const next = concluded(watched, episode, outcome, overdueAtMs)
  const revised = episode.ruleVersion !== rule.version
  if (hadNoEffect(watched, outcome)) uncountAction(step, book, rule, episode.attemptedAtMs)
  if (next === undefined || (revised && (next.phase === "waiting" || next.phase === "spent"))) endEpisode(step, watched)
  else {
    setEpisode(step, watched, next)
    const untilMs = next.phase === "waiting" ? next.dueAtMs : undefined
    recordDecision(step, watched, { reason: next.reason, previousReason: episode.reason, untilMs }, outcome)
  }
  if (outcome.status !== "unknown") concludeGroup(step, episode, outcome, !hadNoEffect(watched, outcome))
  warn(step, watched, outcome)
}

const hadNoEffect = (watched: WatchedRule | undefined, outcome: TradeOutcome): boolean => {
  const kind = outcomeKindOf(watched, outcome)
  return kind !== "effect" && kind !== "unknown" && kind !== "dry_run"
}

/** What is left to wait for after an outcome: the effect, where there is one and no position has shown it. */
const closeCommand = (step: Step, outcome: TradeOutcome, watched: WatchedRule | undefined): void => {
  const command = step.state.open.get(outcome.commandId)
  if (command === undefined) return
  const kind = outcomeKindOf(watched, outcome)
  command.awaitsEffect = kind === "gone" || (kind === "effect" && showsEffect(step, command, outcome))
  if (!command.awaitsEffect || command.effectSeen) step.state.open.delete(outcome.commandId)
}

/** Whether the row of a position is still to show the effect. */
const showsEffect = (step: Step, command: OpenCommand, outcome: TradeOutcome): boolean => {
  const { action, after, effectId } = outcome
  if (command.opens) {
    const opened = action._tag === "reduce_position" || (action._tag === "open_position" && opensTrade(action))
    if (!opened || effectId === undefined) return false
    command.positionId = effectId
    return step.state.accounts.get(command.accountId)?.positions.has(effectId) !== true
  }
  if (command.positionId === undefined) return false
  if (isShownByPosition(command.positionId, outcome)) return true
  return action._tag !== "reduce_position" && after !== undefined
}

/** Only a market order of isolated margin is a position at once, under the id of its trade. */
const opensTrade = (action: Extract<TradeOutcome["action"], { readonly _tag: "open_position" }>): boolean =>
  action.orderType === "market" && action.marginMode === "isolated"

const forgetOrphan = (step: Step, outcome: TradeOutcome, workspaceId: string): void => {
  const orphan = step.state.orphans.get(outcome.commandId)
  if (orphan === undefined || outcome.status === "unknown") return
  step.state.orphans.delete(outcome.commandId)
  step.out.push({ _tag: "State", workspaceId, key: marginStateKey(orphan), value: null })
  const noEffect = hadNoEffect(undefined, outcome)
  if (noEffect) uncountOrphan(step, orphan)
  concludeGroup(step, orphan, outcome, !noEffect)
}

const uncountOrphan = (step: Step, orphan: EpisodeState): void => {
  const book = step.state.accounts.get(orphan.accountId)
  const version = orphan.ruleVersion
  if (book !== undefined) uncountAction(step, book, { ruleId: orphan.ruleId, version }, orphan.attemptedAtMs)
}

/**
 * An entry that an operator repeated, or whose command went out right before a crash: it counts as the rule's action, so that
 * no limit is passed.
 */
const countUnexpected = (step: Step, outcome: TradeOutcome): void => {
  const entry = step.state.accounts.get(outcome.accountId)?.entries.get(outcome.ruleId)
  if (entry === undefined || outcomeKindOf(entry, outcome) !== "effect") return
  const acted = entry.book.activity.get(outcome.ruleId)?.actedAtMs ?? []
  if (!acted.includes(outcome.marketTimeMs)) countAction(step, entry, outcome.marketTimeMs)
}

/** No position is left unguarded in silence: the user is told of repeated failure, and of what can't be repeated. */
const warn = (step: Step, watched: WatchedRule, outcome: TradeOutcome): void => {
  switch (outcomeKindOf(watched, outcome)) {
    case "unknown":
      alarm(step, watched, "unknown", "it is not known whether the last command took effect")
      break
    case "canceled":
      alarm(
        step,
        watched,
        "canceled",
        "an operator withdrew its command, and it does not act again before the next crossing"
      )
      break
    case "unsupported":
      alarm(step, watched, "unsupported", `the exchange does not support the action (${outcome.reason})`)
      break
    case "failed": {
      const failures = watched.episode?.failures ?? 0
      if (isAlarming(failures) || isLasting(outcome.reason))
        alarm(step, watched, `failed-${failures}`, `attempt ${outcome.attempt} ended with ${outcome.reason}`)
    }
  }
}

/** The third failure of an episode, then each time the number has doubled: 3, 6, 12, 24, … */
const isAlarming = (failures: number): boolean =>
  failures > 0 && failures % 3 === 0 && Number.isInteger(Math.log2(failures / 3))
