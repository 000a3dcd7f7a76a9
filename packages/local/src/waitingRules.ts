import { conditionOf, holdsAt } from "@millrace/trading"
import { isWaiting, type RunState } from "./RunState.ts"

/** Turns ids of the run into the scenario's. */
export interface ScenarioIds {
  readonly account: (id: string) => string
  readonly rule: (id: string) => string
  readonly position: (id: string) => string
}

/** A rule that something keeps from acting, under the scenario's own ids. */
export interface SummaryWaiting {
  readonly rule: string
  readonly kind: string
  readonly account: string
  /** Absent: an entry. */
  readonly position?: string
  readonly reason: string
  /** Market time and price at which the reason began. */
  readonly sinceMs: number
  readonly price: number
  /** The limit of the rule's figure, or the trigger price of an entry; absent: an entry at once. */
  readonly threshold?: number
  /** Market time until which it waits, where that is known. */
  readonly untilMs?: number
}

/**
 * The rules that wait, at the price of the last tick: entries, and rules whose condition holds for a position that is open. A
 * reason is recorded when it begins to block; once the condition no longer holds nothing is blocked.
 */
export const waitingRules = (
  state: RunState,
  priceUsd: number | undefined,
  ids: ScenarioIds
): ReadonlyArray<SummaryWaiting> =>
  [...state.standing.values()].filter(isWaiting).flatMap((decision) => {
    const { accountId, marketTimeMs, positionId, ruleId, threshold, untilMs } = decision
    const rule = state.rules.get(ruleId)
    if (rule === undefined) return []
    if (rule.kind !== "auto_entry") {
      const position = state.positions.get(positionId ?? "")
      const blocked =
        position?.status === "open" && priceUsd !== undefined && holdsAt(position, conditionOf(rule), priceUsd)
      if (!blocked) return []
    }
    const waiting: SummaryWaiting = {
      rule: ids.rule(ruleId),
      kind: rule.kind,
      account: ids.account(accountId),
      ...(positionId === undefined ? {} : { position: ids.position(positionId) }),
      reason: decision.reason,
      sinceMs: marketTimeMs,
      price: decision.priceUsd,
      ...(threshold === undefined ? {} : { threshold }),
      ...(untilMs === undefined ? {} : { untilMs })
    }
    return [waiting]
  })
