import { marginStateKey, type TradeOutcome } from "@millrace/contracts"
import { concluded, kindOf } from "./Episode.ts"
import { alarm, endEpisode, putDecision, type Step, setEpisode } from "./episodeSteps.ts"
import { marketOf, type WatchedPair } from "./PartitionState.ts"

/** Takes in the outcome of a command from trade-log. One of a command that nobody waits for changes nothing. */
export const applyOutcome = (step: Step, outcome: TradeOutcome, workspaceId: string): void => {
  if (outcome.status === "pending") return
  const { commandId } = outcome
  const pair = step.state.commands.get(commandId)
  closeCommand(step, outcome, pair?.rule.dryRun ?? false)
  if (pair === undefined) forgetOrphan(step, outcome, workspaceId)
  else concludePair(step, pair, outcome)
}

const concludePair = (step: Step, pair: WatchedPair, outcome: TradeOutcome): void => {
  const { episode } = pair
  if (episode?.commandId !== outcome.commandId || episode.phase === "settling") return
  if (outcome.status === "unknown" && episode.phase === "unknown") return
  const market = marketOf(step.state, pair.owner.position.market)
  const overdueAtMs = Math.max(market.evaluatedToMs, episode.attemptedAtMs) + step.settings.overdueAfterMs
  const next = concluded(pair, episode, outcome, overdueAtMs)
  const revised = episode.ruleVersion !== pair.rule.version
  if (next === undefined || (revised && (next.phase === "waiting" || next.phase === "spent"))) endEpisode(step, pair)
  else {
    setEpisode(step, pair, next)
    putDecision(step, pair, next.reason, episode.reason, outcome)
  }
  warn(step, pair, outcome)
}

/** What is left to wait for after an outcome: the effect, where there is one and the position has not shown it. */
const closeCommand = (step: Step, outcome: TradeOutcome, dryRun: boolean): void => {
  const command = step.state.open.get(outcome.commandId)
  if (command === undefined) return
  const kind = kindOf(outcome, dryRun)
  command.awaitsEffect = kind === "effect" || kind === "gone"
  if (!command.awaitsEffect || command.effectSeen) step.state.open.delete(outcome.commandId)
}

const forgetOrphan = (step: Step, outcome: TradeOutcome, workspaceId: string): void => {
  const orphan = step.state.orphans.get(outcome.commandId)
  if (orphan === undefined || outcome.status === "unknown") return
  step.state.orphans.delete(outcome.commandId)
  step.out.push({ _tag: "State", workspaceId, key: marginStateKey(orphan), value: null })
}

/** No position is left unguarded in silence: the user is told of repeated failure, and of what can't be repeated. */
const warn = (step: Step, pair: WatchedPair, outcome: TradeOutcome): void => {
  switch (kindOf(outcome, pair.rule.dryRun)) {
    case "unknown":
      alarm(step, pair, "unknown", "it is not known whether the last command took effect")
      break
    case "unsupported":
      alarm(step, pair, "unsupported", `the exchange does not support the action (${outcome.reason})`)
      break
    case "failed": {
      const failures = pair.episode?.failures ?? 0
      if (isAlarming(failures) || outcome.reason === "insufficient_balance")
        alarm(step, pair, `failed-${failures}`, `attempt ${outcome.attempt} ended with ${outcome.reason}`)
    }
  }
}

/** The third failure of an episode, then each time the number has doubled: 3, 6, 12, 24, … */
const isAlarming = (failures: number): boolean =>
  failures > 0 && failures % 3 === 0 && Number.isInteger(Math.log2(failures / 3))
