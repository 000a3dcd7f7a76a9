import type { EpisodeState, TradeOutcome } from "@millrace/contracts"
import { isOfGroup, type Standing } from "@millrace/trading"
import { standingOf } from "./Episode.ts"
import { setEpisode } from "./episodeSteps.ts"
import type { PartitionState } from "./PartitionState.ts"
import { recordDecision } from "./recordDecision.ts"
import { recheckRule } from "./ruleActivity.ts"
import type { Step } from "./Step.ts"
import type { WatchedPair, WatchedRule } from "./WatchedRule.ts"

/**
 * Isolated trades that a guard reduces by closing some of them are one exposure: its command is about all of them. While it
 * is under way no other of them asks for another reduction, and those that were in danger then have had theirs.
 */

/** Where a rule stands, its group counted in. */
export const standingInGroup = (state: PartitionState, watched: WatchedRule, nowMs: number): Standing => {
  const own = standingOf(watched.episode, nowMs)
  if (own._tag !== "Free" || watched._tag === "Entry" || !closesTrades(watched)) return own
  const { accountId } = watched.book
  for (const orphan of state.orphans.values())
    if (orphan.accountId === accountId && orphan.ruleId === watched.rule.ruleId) return { _tag: "Outstanding" }
  let waits: Standing | undefined
  for (const other of othersOf(watched)) {
    const standing = standingOf(other.episode, nowMs)
    if (standing._tag === "Outstanding") return standing
    if (standing._tag === "Waits") waits = standing
  }
  return waits ?? own
}

const closesTrades = ({ owner, rule }: WatchedPair): boolean =>
  rule.kind === "margin_guard" &&
  rule.action === "reduce_position" &&
  rule.reduceStrategy !== "hedge" &&
  owner.position.marginMode === "isolated"

function* othersOf(pair: WatchedPair): Iterable<WatchedPair> {
  for (const { pairs, position } of pair.book.positions.values()) {
    const other = pairs.get(pair.rule.ruleId)
    if (other !== undefined && other !== pair && isOfGroup(position, pair.owner.position)) yield other
  }
}

/**
 * The outcome of a command that closes trades: with an effect (or a dry run) the others that it held back are done with it,
 * else, or when the rule has changed since, they are looked at again. `about`: account and rule with the command's version;
 * the pair that asked may be gone with its position.
 */
export const concludeGroup = (
  step: Step,
  about: Pick<EpisodeState, "accountId" | "ruleId" | "ruleVersion">,
  outcome: TradeOutcome,
  acted: boolean
): void => {
  const { action } = outcome
  const book = step.state.accounts.get(about.accountId)
  if (book === undefined || action._tag !== "reduce_position" || action.plan?._tag !== "close_trades") return
  const revised = book.rules.get(about.ruleId)?.version !== about.ruleVersion
  if (!acted || revised) recheckRule(step, book, about.ruleId)
  else
    for (const { pairs } of book.positions.values()) {
      const pair = pairs.get(about.ruleId)
      if (pair?.episode?.phase === "blocked" && closesTrades(pair)) haveActed(step, pair, pair.episode, outcome)
    }
}

const haveActed = (step: Step, pair: WatchedPair, episode: EpisodeState, outcome: TradeOutcome): void => {
  const reason = episode.reason === "command_outstanding" ? "already_acted" : episode.reason
  setEpisode(step, pair, { ...episode, phase: "spent", effectSeen: true, reason })
  recordDecision(step, pair, { reason, previousReason: episode.reason }, outcome)
}
