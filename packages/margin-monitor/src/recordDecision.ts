import { type Decision, type DecisionReason, deterministicId } from "@millrace/contracts"
import { conditionOf, marginFigures } from "@millrace/trading"
import type { Step } from "./Step.ts"
import type { WatchedRule } from "./WatchedRule.ts"

/** The price and time that a decision refers to: the tick, or the attempt whose outcome came in. */
export interface DecidedOn {
  readonly marketTimeMs: number
  readonly priceUsd: number
}

export interface ReasonChange {
  readonly reason: DecisionReason
  readonly previousReason: DecisionReason | undefined
  readonly untilMs?: number | undefined
}

/** Records that the reason of a rule changed; the same reason as before is no change. */
export const recordDecision = (step: Step, watched: WatchedRule, change: ReasonChange, on: DecidedOn): void => {
  const { previousReason, reason, untilMs } = change
  if (reason === previousReason) return
  const { book, episode, rule } = watched
  const commandId = episode?.commandId
  const subject = watched._tag === "Pair" ? watched.owner.position.positionId : "*"
  const value: Decision = {
    decisionId: deterministicId("decision", rule.ruleId, subject, String(on.marketTimeMs), reason, commandId ?? ""),
    accountId: book.accountId,
    ruleId: rule.ruleId,
    ...(watched._tag === "Pair" ? { positionId: subject } : {}),
    ruleVersion: rule.version,
    reason,
    ...(previousReason === undefined ? {} : { previousReason }),
    ...(commandId === undefined ? {} : { commandId }),
    ...(watched._tag === "Pair" ? { figures: marginFigures(watched.owner.position, on.priceUsd) } : {}),
    ...thresholdOf(watched),
    ...(untilMs === undefined ? {} : { untilMs }),
    priceUsd: on.priceUsd,
    marketTimeMs: on.marketTimeMs
  }
  step.out.push({ _tag: "Decision", workspaceId: book.workspaceId, value })
}

/** What a rule's figure is compared with; nothing for an entry at once. */
export const thresholdOf = (watched: WatchedRule): { readonly threshold?: number } => {
  if (watched._tag === "Pair") return { threshold: conditionOf(watched.rule).limit }
  const { triggerPriceUsd } = watched.rule
  return triggerPriceUsd === undefined ? {} : { threshold: triggerPriceUsd }
}
