import { type DecisionReason, deterministicId, type EpisodeState, type TradeOutcome } from "@millrace/contracts"
import { isDryRun, type Standing } from "@millrace/trading"
import type { WatchedRule } from "./WatchedRule.ts"

/**
 * The life of an episode, as pure steps from state to state; `undefined` means that it is over.
 *
 * Outline: crossing → `attempted` → outcome → (`settling` → position's record → over) | (`waiting` → `attempted` …) |
 * `spent`; in `blocked`, `waiting` and `spent` it is over once the metric is back beyond the band. An entry's is over with
 * its effect; its limit of actions says whether there is another.
 */

/** Longest wait between two attempts that wait twice as long each time. */
const longestBackOffMs = 600_000

/** An episode that starts, or goes on, with a reason not to act. */
export const blocked = (watched: WatchedRule, marketTimeMs: number, reason: DecisionReason): EpisodeState => ({
  ...(watched.episode ?? begun(watched, marketTimeMs)),
  phase: "blocked",
  reason
})

/** The next attempt: a command with its id. `overdueAtMs`: when its outcome is missed. */
export const attempted = (
  watched: WatchedRule,
  marketTimeMs: number,
  overdueAtMs: number
): EpisodeState & { readonly commandId: string } => {
  const before = watched.episode ?? begun(watched, marketTimeMs)
  const attempt = before.attempt + 1
  const { ruleId, version } = watched.rule
  const subject = watched._tag === "Pair" ? watched.owner.position.positionId : "*"
  return {
    ...before,
    phase: "outstanding",
    reason: "fired",
    ruleVersion: version,
    attempt,
    commandId: deterministicId(ruleId, String(version), subject, String(before.startedAtMs), String(attempt)),
    attemptedAtMs: marketTimeMs,
    positionRevision: revisionOf(watched),
    effectSeen: false,
    released: false,
    dueAtMs: overdueAtMs
  }
}

/** What follows from a final outcome of the episode's command. */
export const concluded = (
  watched: WatchedRule,
  episode: EpisodeState,
  outcome: TradeOutcome,
  overdueAtMs: number
): EpisodeState | undefined => {
  switch (outcomeKindOf(watched, outcome)) {
    case "effect":
      if (watched._tag === "Entry") return undefined
      if (!isShownByPosition(watched.owner.position.positionId, outcome)) return spent(episode, "already_acted")
      return episode.effectSeen ? undefined : { ...episode, phase: "settling", dueAtMs: overdueAtMs }
    case "gone":
      return { ...episode, phase: "settling", dueAtMs: overdueAtMs }
    case "unknown":
      return { ...episode, phase: "unknown" }
    case "dry_run":
      return watched._tag === "Entry" ? undefined : spent(episode, "already_acted")
    case "canceled":
      return spent(episode, "already_acted")
    case "unsupported":
      return {
        ...episode,
        phase: "spent",
        reason: "action_unsupported",
        failures: episode.failures + 1,
        effectSeen: false
      }
    case "stopped":
      return episode.released
        ? undefined
        : {
            ...episode,
            phase: "waiting",
            reason: "retry_waits",
            dueAtMs: episode.attemptedAtMs + watched.rule.retryAfterMs
          }
    case "failed": {
      if (episode.released) return undefined
      const failures = episode.failures + 1
      const dueAtMs = episode.attemptedAtMs + waitMs(watched, outcome, failures)
      return { ...episode, phase: "waiting", reason: "retry_waits", failures, dueAtMs }
    }
  }
}

/** The rule acts once in an episode, and has (or an operator wants it not to): `effectSeen` tells it from an action that the exchange does not have. */
const spent = (episode: EpisodeState, reason: DecisionReason): EpisodeState | undefined =>
  episode.released ? undefined : { ...episode, phase: "spent", reason, effectSeen: true }

/** The position's record did not follow in time: the next attempt may go out, the ledger refuses what would double. */
export const unsettled = (episode: EpisodeState, marketTimeMs: number): EpisodeState => ({
  ...episode,
  phase: "waiting",
  reason: "retry_waits",
  failures: episode.failures + 1,
  dueAtMs: marketTimeMs
})

/** Where an episode stands at a market time, for the order of reasons. */
export const standingOf = (episode: EpisodeState | undefined, nowMs: number): Standing => {
  switch (episode?.phase) {
    case undefined:
    case "blocked":
      return { _tag: "Free" }
    case "waiting":
      return nowMs < episode.dueAtMs ? { _tag: "Waits", untilMs: episode.dueAtMs } : { _tag: "Free" }
    case "spent":
      return episode.effectSeen ? { _tag: "Acted" } : { _tag: "Unsupported" }
    default:
      return { _tag: "Outstanding" }
  }
}

/**
 * Whether the effect ends the pair's episode by what the position's own record shows: its end, its new margin or quantity.
 * The other actions are done once in an episode, as they leave the metric where it is: a stop loss or take profit that is
 * set, profit that is cashed in, a hedge, other trades that are closed.
 */
export const isShownByPosition = (positionId: string, { action }: Pick<TradeOutcome, "action">): boolean => {
  switch (action._tag) {
    case "close_position":
    case "add_margin":
      return true
    case "reduce_position":
      if (action.plan?._tag !== "close_trades") return action.plan?._tag !== "hedge"
      return action.plan.trades.some((trade) => trade.positionId === positionId)
    default:
      return false
  }
}

export type OutcomeKind = "effect" | "gone" | "unknown" | "dry_run" | "canceled" | "stopped" | "unsupported" | "failed"

/** Sorts outcomes by what they mean for the episode. */
export const outcomeKindOf = (watched: WatchedRule | undefined, outcome: TradeOutcome): OutcomeKind => {
  const dryRun = watched !== undefined && isDryRun(watched.book.account, watched.rule)
  if (dryRun || outcome.reason === "dry_run") return "dry_run"
  if (outcome.status === "completed") return "effect"
  if (outcome.status === "unknown") return "unknown"
  if (outcome.reason === "canceled_by_operator") return "canceled"
  if (switchReasons.has(outcome.reason)) return "stopped"
  if (goneReasons.has(outcome.reason) && isOwn(watched, outcome)) return "gone"
  return outcome.reason.includes("unsupported") ? "unsupported" : "failed"
}

/** Whether the outcome is about the pair's own position, not about other trades alone that a reduction was to close. */
const isOwn = (watched: WatchedRule | undefined, outcome: TradeOutcome): boolean => {
  if (watched?._tag !== "Pair") return watched === undefined
  return outcome.action._tag !== "reduce_position" || isShownByPosition(watched.owner.position.positionId, outcome)
}

/** Refusals by a switch that the executor heard of first: no failure of the attempt, which was not made. */
const switchReasons: ReadonlySet<string> = new Set([
  ...["halted", "reduce_only", "controls_unreadable"],
  ...["account_inactive", "account_not_armed", "rule_disabled"]
])

/** Refusals that say that the position has ended; its own record is to follow. */
const goneReasons: ReadonlySet<string> = new Set(["position_closed", "position_liquidated", "position_unknown"])

/** Attempts of an episode that are decided anew with the next tick when another action overtook them. */
const overtakenAttempts = 2

/**
 * Market time to the next attempt. A command that another action overtook is decided anew with the next tick, unless that goes
 * on. What will hardly succeed soon, and entries and settings of stop loss or take profit, which protect nobody at once, wait
 * twice as long each time.
 */
const waitMs = ({ rule }: WatchedRule, { action, reason }: TradeOutcome, failures: number): number => {
  const { retryAfterMs } = rule
  if ((reason === "revision_superseded" || reason === "plan_outdated") && failures <= overtakenAttempts) return 0
  const isPatient = rule.kind === "auto_entry" || (rule.kind === "tp_sl" && action._tag !== "close_position")
  return isPatient || isLasting(reason)
    ? Math.max(retryAfterMs, Math.min(longestBackOffMs, retryAfterMs * 2 ** (failures - 1)))
    : retryAfterMs
}

/** Refusals that only the account's owner, or an hour, changes. */
export const isLasting = (reason: string): boolean => reason === "insufficient_balance" || reason.startsWith("cap_")

const revisionOf = (watched: WatchedRule): number => (watched._tag === "Pair" ? watched.owner.position.revision : 0)

const begun = (watched: WatchedRule, marketTimeMs: number): EpisodeState => ({
  _tag: "EpisodeState",
  accountId: watched.book.accountId,
  ...(watched._tag === "Pair" ? { positionId: watched.owner.position.positionId } : {}),
  ruleId: watched.rule.ruleId,
  ruleVersion: watched.rule.version,
  phase: "blocked",
  reason: "fired",
  startedAtMs: marketTimeMs,
  attempt: 0,
  failures: 0,
  attemptedAtMs: 0,
  positionRevision: revisionOf(watched),
  effectSeen: false,
  released: false,
  dueAtMs: 0
})
