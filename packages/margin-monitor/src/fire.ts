import { type AutomationCommand, type CommandAction, type DecisionReason, opensExposure } from "@millrace/contracts"
import { conditionOf, isDryRun, marginFigures } from "@millrace/trading"
import { attempted } from "./Episode.ts"
import { setEpisode } from "./episodeSteps.ts"
import { firedNotice } from "./notices.ts"
import type { WatchedPosition } from "./PartitionState.ts"
import { recordDecision, thresholdOf } from "./recordDecision.ts"
import { countAction } from "./ruleActivity.ts"
import type { TickStep } from "./Step.ts"
import type { WatchedEntry, WatchedRule } from "./WatchedRule.ts"

/** Issues the next attempt: command, state, decision and notification. */
export const fire = (step: TickStep, watched: WatchedRule, action: CommandAction): void => {
  const { out, settings, state, tick } = step
  const { book } = watched
  const { workspaceId } = book
  const before = watched.episode?.reason
  const episode = attempted(watched, tick.marketTimeMs, tick.marketTimeMs + settings.overdueAfterMs)
  const stale = staleReason(step, watched)
  const command = commandOf(step, watched, action, episode, stale !== undefined)
  out.push({ _tag: "Command", workspaceId, value: command })
  state.open.set(command.commandId, {
    accountId: book.accountId,
    positionId: opensExposure(action) ? undefined : command.positionId,
    opens: opensExposure(action),
    awaitsEffect: false,
    effectSeen: false
  })
  setEpisode(step, watched, episode)
  countAction(step, watched, tick.marketTimeMs)
  if (stale !== undefined) recordDecision(step, watched, { reason: stale, previousReason: before }, tick)
  recordDecision(step, watched, { reason: "fired", previousReason: stale ?? before }, tick)
  const { lane, value } = firedNotice(book.account!, watched, command)
  out.push({ _tag: "Notification", workspaceId, lane, value })
}

/** What a rule that acts on prices that are not fresh says of this one. */
const staleReason = ({ nowMs, settings, tick }: TickStep, { rule }: WatchedRule): DecisionReason | undefined => {
  if (tick.source === "backfill") return "market_gap"
  return nowMs - tick.receivedAtMs > (rule.freshForMs ?? settings.freshForMs) ? "price_stale" : undefined
}

const commandOf = (
  { nowMs, tick }: TickStep,
  watched: WatchedRule,
  action: CommandAction,
  episode: ReturnType<typeof attempted>,
  stale: boolean
): AutomationCommand => ({
  commandId: episode.commandId,
  accountId: watched.book.accountId,
  ruleId: watched.rule.ruleId,
  ruleKind: watched.rule.kind,
  ruleVersion: watched.rule.version,
  ...(watched._tag === "Pair" ? positionFields(watched.owner.position, tick.priceUsd) : entryFields(watched.rule)),
  attempt: episode.attempt,
  action,
  dryRun: isDryRun(watched.book.account, watched.rule),
  ...(watched._tag === "Pair" ? { metric: conditionOf(watched.rule).metric } : {}),
  ...thresholdOf(watched),
  marketTimeMs: tick.marketTimeMs,
  priceUsd: tick.priceUsd,
  ...(stale ? { priceStale: true } : {}),
  tickReceivedAtMs: tick.receivedAtMs,
  decidedAtMs: nowMs
})

const positionFields = (position: WatchedPosition["position"], priceUsd: number) => ({
  positionId: position.positionId,
  marginMode: position.marginMode,
  positionRevision: position.revision,
  figures: marginFigures(position, priceUsd)
})

const entryFields = ({ marginMode }: WatchedEntry["rule"]) => ({ marginMode, positionRevision: 0 })
