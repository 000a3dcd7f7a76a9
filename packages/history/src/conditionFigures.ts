import type { Position, Rule, RuleMetric } from "@millrace/contracts"
import {
  conditionOf,
  type Direction,
  entryReached,
  entryTriggerOf,
  figureAt,
  holdsAt,
  triggerOf
} from "@millrace/trading"

/** What a rule compares at a price, and how far the price is from where it triggers. */
export interface ConditionFigures {
  /** `price`: an entry. */
  readonly metric: RuleMetric | "price"
  readonly value: number
  /** Undefined: an entry without a trigger price, which holds at any. */
  readonly limit: number | undefined
  /** It holds with the value at or above the limit, or at or below it. */
  readonly side: "at_least" | "at_most"
  readonly holds: boolean
  /** Price from which on it holds; undefined: at every price, or at none. */
  readonly triggerPriceUsd: number | undefined
  readonly direction: Direction | undefined
  /** How far the price has to move until it holds, in USD; 0 or less: it is there, and so far beyond. */
  readonly awayUsd: number | undefined
}

/** Returns the figures of a rule at a price. `position` undefined: of an entry. */
export const conditionFigures = (rule: Rule, position: Position | undefined, priceUsd: number): ConditionFigures => {
  if (rule.kind === "auto_entry") {
    const trigger = entryTriggerOf(rule)
    return {
      metric: "price",
      value: priceUsd,
      limit: rule.triggerPriceUsd,
      side: rule.side === "buy" ? "at_most" : "at_least",
      holds: entryReached(rule, priceUsd),
      ...distance(trigger?.priceUsd, trigger?.direction, priceUsd)
    }
  }
  const condition = conditionOf(rule)
  // A rule on positions is explained with one of them.
  const terms = position!
  const trigger = triggerOf(terms, condition)
  return {
    metric: condition.metric,
    value: figureAt(terms, condition.metric, priceUsd),
    limit: condition.limit,
    side: condition.side,
    holds: holdsAt(terms, condition, priceUsd),
    ...distance(trigger.priceUsd, trigger.direction, priceUsd)
  }
}

const distance = (triggerPriceUsd: number | undefined, direction: Direction | undefined, priceUsd: number) =>
  triggerPriceUsd === undefined || !Number.isFinite(triggerPriceUsd) || triggerPriceUsd <= 0
    ? { triggerPriceUsd: undefined, direction: undefined, awayUsd: undefined }
    : {
        triggerPriceUsd,
        direction,
        awayUsd: direction === "falls" ? priceUsd - triggerPriceUsd : triggerPriceUsd - priceUsd
      }
