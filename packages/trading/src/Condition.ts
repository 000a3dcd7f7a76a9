import type { AutoEntryRule, PositionRule, RuleMetric } from "@millrace/contracts"
import { type MarginTerms, metricAt, returnOnMarginPercent } from "./Margin.ts"
import { type Direction, dangerDirection, opposite, priceOfReturn, triggerPriceUsd } from "./TriggerPrice.ts"

/** What a rule compares for a position: it holds where the metric is at or beyond the limit, on the given side of it. */
export interface Condition {
  readonly metric: RuleMetric
  readonly limit: number
  readonly side: "at_least" | "at_most"
}

/** Returns the condition of a rule: a loss is reached downwards, a profit upwards, a distance to liquidation by shrinking. */
export const conditionOf = (rule: PositionRule): Condition => {
  if (rule.kind === "margin_guard") {
    const side = rule.metric === "distance_to_liquidation" ? "at_most" : "at_least"
    return { metric: rule.metric, limit: rule.threshold, side }
  }
  const limit = rule.triggerPnlPercentage
  return { metric: "return_on_margin", limit, side: limit > 0 ? "at_least" : "at_most" }
}

/**
 * Returns the condition that must no longer hold for an episode to end: the same, its limit moved back by the band.
 *
 * The band is a share of the margin; a return on margin is in percent.
 */
export const releaseOf = (condition: Condition, hysteresis: number): Condition => {
  const band = Math.max(0, hysteresis) * (condition.metric === "return_on_margin" ? 100 : 1)
  return { ...condition, limit: condition.side === "at_least" ? condition.limit - band : condition.limit + band }
}

/** The figure that a condition compares, at a price, not rounded. */
export const figureAt = (terms: MarginTerms, metric: RuleMetric, priceUsd: number): number =>
  metric === "return_on_margin" ? returnOnMarginPercent(terms, priceUsd) : metricAt(terms, metric, priceUsd)

/** The decision formula of every rule on a position. */
export const holdsAt = (terms: MarginTerms, condition: Condition, priceUsd: number): boolean => {
  const figure = figureAt(terms, condition.metric, priceUsd)
  return condition.side === "at_least" ? figure >= condition.limit : figure <= condition.limit
}

/** A price, and from which side it is reached. */
export interface Trigger {
  readonly direction: Direction
  readonly priceUsd: number
}

/**
 * Returns where a condition begins to hold: from `priceUsd` on in `direction`, and only there.
 *
 * Exact up to rounding, as `triggerPriceUsd`. A profit is reached away from the danger, all else towards it.
 */
export const triggerOf = (terms: MarginTerms, condition: Condition): Trigger => {
  const danger = dangerDirection(terms)
  const { limit, metric, side } = condition
  if (metric !== "return_on_margin") return { direction: danger, priceUsd: triggerPriceUsd(terms, metric, limit) }
  return { direction: side === "at_least" ? opposite(danger) : danger, priceUsd: priceOfReturn(terms, limit) }
}

/** Where an entry triggers: a buy at or below its price, a sell at or above; `undefined`: at once, at any price. */
export const entryTriggerOf = (rule: Pick<AutoEntryRule, "side" | "triggerPriceUsd">): Trigger | undefined =>
  rule.triggerPriceUsd === undefined
    ? undefined
    : { direction: rule.side === "buy" ? "falls" : "rises", priceUsd: rule.triggerPriceUsd }

/** Whether an entry's price is reached. */
export const entryReached = (rule: Pick<AutoEntryRule, "side" | "triggerPriceUsd">, priceUsd: number): boolean => {
  if (rule.triggerPriceUsd === undefined) return true
  return rule.side === "buy" ? priceUsd <= rule.triggerPriceUsd : priceUsd >= rule.triggerPriceUsd
}
