import type { EpisodeState } from "@millrace/contracts"
import { type Blocking, entryReached, firstReason, isDryRun, isProtection } from "@millrace/trading"
import { commandActionOf } from "./commandAction.ts"
import { blocked } from "./Episode.ts"
import { alarm, setEpisode } from "./episodeSteps.ts"
import { fire } from "./fire.ts"
import { blockedText } from "./noticeWords.ts"
import { recordDecision } from "./recordDecision.ts"
import { standingInGroup } from "./reductionGroup.ts"
import { othersActed } from "./ruleActivity.ts"
import type { TickStep } from "./Step.ts"
import type { WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, watchRule } from "./watching.ts"

/** Evaluates a rule whose condition holds (an entry: at any price): it fires, or its first reason not to is noted. */
export const decide = (step: TickStep, watched: WatchedRule): void => {
  const { nowMs, settings, state, tick } = step
  const { book, rule } = watched
  watched.recheck = false
  watched.wakeAtMs = 0
  const reached = isReachedAt(watched, tick.priceUsd)
  const action = commandActionOf(watched, tick.priceUsd)
  const blocking = firstReason({
    account: book.account,
    rule,
    controls: book.verdicts.get(rule.ruleId) ?? active,
    action,
    actedAtMs: othersActed(watched),
    tick,
    priceAgeMs: nowMs - tick.receivedAtMs,
    freshForMs: rule.freshForMs ?? settings.freshForMs,
    reached,
    standing: standingInGroup(state, watched, tick.marketTimeMs)
  })
  if (action === undefined && watched._tag === "Pair") book.unplanned.add(watched)
  if (blocking !== undefined) note(step, watched, blocking, reached)
  else if (action !== undefined) fire(step, withReached(watched, tick.marketTimeMs, reached), action)
}

const active = { mode: "ACTIVE", readable: true } as const

/** A pair is looked at where its condition holds. An entry whose command is under way has left its price behind. */
const isReachedAt = (watched: WatchedRule, priceUsd: number): boolean =>
  watched._tag === "Pair" || isUnderWay(watched.episode?.phase) || entryReached(watched.rule, priceUsd)

/** An entry's episode begins with the tick that reached its price, whatever blocks it then. */
const withReached = (watched: WatchedRule, marketTimeMs: number, reached: boolean): WatchedRule => {
  const { episode } = watched
  if (watched._tag === "Pair" || episode === undefined) return watched
  watched.episode = reachedFrom(episode, marketTimeMs, reached)
  return watched
}

const reachedFrom = (episode: EpisodeState, marketTimeMs: number, reached: boolean): EpisodeState => {
  if (reached) return episode.startedAtMs > 0 ? episode : { ...episode, startedAtMs: marketTimeMs }
  return episode.startedAtMs === 0 ? episode : { ...episode, startedAtMs: 0, attempt: 0, failures: 0 }
}

const note = (step: TickStep, watched: WatchedRule, blocking: Blocking, reached: boolean): void => {
  const { episode } = watched
  const { tick } = step
  watched.wakeAtMs = blocking.untilMs ?? 0
  const next = noted(watched, blocking, tick.marketTimeMs, reached)
  if (episode !== undefined && isSame(episode, next)) {
    watchRule(step.state, watched)
    return
  }
  setEpisode(step, watched, next)
  const { untilMs } = blocking
  recordDecision(step, watched, { reason: next.reason, previousReason: episode?.reason, untilMs }, tick)
  if (next.reason !== episode?.reason) tell(step, watched, blocking)
}

/** The state with its reason; what is under way, waits or is spent stays so, as it is what follows once nothing else blocks. */
const noted = (watched: WatchedRule, { reason }: Blocking, timeMs: number, reached: boolean): EpisodeState => {
  const { episode } = watched
  if (episode === undefined) {
    const begun = blocked(watched, timeMs, reason)
    return watched._tag === "Entry" ? reachedFrom(begun, timeMs, reached) : begun
  }
  if (isUnderWay(episode.phase) || episode.phase === "settling") {
    const silent = reason === "command_outstanding" && episode.reason === "fired" && !episode.released
    return { ...episode, released: false, reason: silent ? "fired" : reason }
  }
  if (episode.phase === "spent" && reached) return { ...episode, reason }
  const waits = episode.phase === "waiting" && timeMs < episode.dueAtMs
  const next: EpisodeState = waits ? { ...episode, reason } : blocked(watched, timeMs, reason)
  return watched._tag === "Entry" ? reachedFrom(next, timeMs, reached) : next
}

const isSame = (one: EpisodeState, other: EpisodeState): boolean =>
  one.reason === other.reason &&
  one.phase === other.phase &&
  one.released === other.released &&
  one.startedAtMs === other.startedAtMs

/** No position is left unguarded in silence: the user is told what keeps a rule from protecting it. */
const tell = (step: TickStep, watched: WatchedRule, blocking: Blocking): void => {
  if (watched._tag === "Entry" || isDryRun(watched.book.account, watched.rule)) return
  const { reason } = blocking
  const passing = reason === "price_stale" || reason === "market_gap"
  const text = blockedText(blocking, watched)
  if (text === undefined || (passing && !isProtection(watched.rule))) return
  alarm(step, watched, `${reason}-${step.tick.marketTimeMs}`, text)
}
