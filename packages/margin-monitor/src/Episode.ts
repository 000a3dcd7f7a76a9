import { type DecisionReason, deterministicId, type EpisodeState, type TradeOutcome } from "@millrace/contracts"
import type { WatchedPair } from "./PartitionState.ts"

/**
 * The life of an episode, as pure steps from state to state; `undefined` means that it is over.
 *
 * Outline: crossing → `attempted` → outcome → (`settling` → position's record → over) | (`waiting` → `attempted` …) |
 * `spent`; in `blocked`, `waiting` and `spent` it is over once the metric is back beyond the band.
 */

/** Longest wait between two attempts when the account's balance does not suffice. */
const longestBackOffMs = 600_000

/** An episode that starts with a reason not to act. */
export const blocked = (pair: WatchedPair, marketTimeMs: number, reason: DecisionReason): EpisodeState => ({
  ...begun(pair, marketTimeMs),
  ...pair.episode,
  phase: "blocked",
  reason
})

/** The next attempt: a command with its id. `overdueAtMs`: when its outcome is missed. */
export const attempted = (
  pair: WatchedPair,
  marketTimeMs: number,
  overdueAtMs: number
): EpisodeState & { readonly commandId: string } => {
  const before = pair.episode ?? begun(pair, marketTimeMs)
  const attempt = before.attempt + 1
  const { positionId, revision } = pair.owner.position
  const { ruleId, version } = pair.rule
  return {
    ...before,
    phase: "outstanding",
    reason: "fired",
    ruleVersion: version,
    attempt,
    commandId: deterministicId(ruleId, String(version), positionId, String(before.startedAtMs), String(attempt)),
    attemptedAtMs: marketTimeMs,
    positionRevision: revision,
    effectSeen: false,
    released: false,
    dueAtMs: overdueAtMs
  }
}

/** What follows from a final outcome of the episode's command. */
export const concluded = (
  pair: WatchedPair,
  episode: EpisodeState,
  outcome: TradeOutcome,
  overdueAtMs: number
): EpisodeState | undefined => {
  switch (kindOf(outcome, pair.rule.dryRun)) {
    case "effect":
      return episode.effectSeen ? undefined : { ...episode, phase: "settling", dueAtMs: overdueAtMs }
    case "gone":
      return { ...episode, phase: "settling", dueAtMs: overdueAtMs }
    case "unknown":
      return { ...episode, phase: "unknown" }
    case "spent":
      return episode.released ? undefined : { ...episode, phase: "spent" }
    case "unsupported":
      return { ...episode, phase: "spent", reason: "action_unsupported", failures: episode.failures + 1 }
    case "failed": {
      if (episode.released) return undefined
      const failures = episode.failures + 1
      const dueAtMs = episode.attemptedAtMs + waitMs(pair.rule.retryAfterMs, outcome.reason, failures)
      return { ...episode, phase: "waiting", reason: "retry_waits", failures, dueAtMs }
    }
  }
}

/** The position's record did not follow in time: the next attempt may go out, the ledger refuses what would double. */
export const unsettled = (episode: EpisodeState, marketTimeMs: number): EpisodeState => ({
  ...episode,
  phase: "waiting",
  reason: "retry_waits",
  failures: episode.failures + 1,
  dueAtMs: marketTimeMs
})

export type OutcomeKind = "effect" | "gone" | "unknown" | "spent" | "unsupported" | "failed"

/** Sorts outcomes by what they mean for the episode. */
export const kindOf = (outcome: TradeOutcome, dryRun: boolean): OutcomeKind => {
  if (dryRun || outcome.reason === "dry_run") return "spent"
  if (outcome.status === "completed") return "effect"
  if (outcome.status === "unknown") return "unknown"
  if (goneReasons.has(outcome.reason)) return "gone"
  return outcome.reason.includes("unsupported") ? "unsupported" : "failed"
}

/** Refusals that say that the position has ended; its own record is to follow. */
const goneReasons: ReadonlySet<string> = new Set(["position_closed", "position_liquidated", "position_unknown"])

/** Market time to the next attempt. A command that another action overtook is decided anew with the next tick. */
const waitMs = (retryAfterMs: number, reason: string, failures: number): number => {
  switch (reason) {
    case "revision_superseded":
      return 0
    case "insufficient_balance":
      return Math.max(retryAfterMs, Math.min(longestBackOffMs, retryAfterMs * 2 ** (failures - 1)))
    default:
      return retryAfterMs
  }
}

const begun = (pair: WatchedPair, marketTimeMs: number): EpisodeState => ({
  _tag: "EpisodeState",
  accountId: pair.owner.book.accountId,
  positionId: pair.owner.position.positionId,
  ruleId: pair.rule.ruleId,
  ruleVersion: pair.rule.version,
  phase: "blocked",
  reason: "fired",
  startedAtMs: marketTimeMs,
  attempt: 0,
  failures: 0,
  attemptedAtMs: 0,
  positionRevision: pair.owner.position.revision,
  effectSeen: false,
  released: false,
  dueAtMs: 0
})
