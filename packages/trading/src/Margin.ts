import type { MarginFigures, MarginMetric, Position } from "@millrace/contracts"
import { pnlSats } from "./Pnl.ts"
import { roundSats } from "./roundSats.ts"

/** What a position's margin figures depend on, next to the price. */
export type MarginTerms = Pick<
  Position,
  | "side"
  | "quantityUsd"
  | "entryPriceUsd"
  | "marginMode"
  | "marginSats"
  | "maintenanceMarginSats"
  | "liquidationPriceUsd"
>

/** Records carry finite figures only: a metric without bound (nothing left to lose) is shown as this. */
export const metricCeiling = 1_000_000

/** Margin that can be lost: isolated all of it, cross what is above the maintenance margin. */
export const marginToLose = (terms: MarginTerms): number =>
  terms.marginMode === "isolated" ? terms.marginSats : terms.marginSats - terms.maintenanceMarginSats

/** −P&L over the margin that can be lost: 0 at entry, 1 at liquidation; infinite when there is nothing left to lose. */
const marginLoss = (terms: MarginTerms, priceUsd: number): number => {
  const margin = marginToLose(terms)
  return margin > 0 ? -pnlSats(terms, priceUsd) / margin : Number.POSITIVE_INFINITY
}

/** Maintenance margin over equity, as the exchange defines it; infinite once the equity is gone. */
const exchangeMarginRatio = (terms: MarginTerms, priceUsd: number): number => {
  const held = terms.marginMode === "isolated" ? terms.marginSats + terms.maintenanceMarginSats : terms.marginSats
  const equity = held + pnlSats(terms, priceUsd)
  return equity > 0 ? terms.maintenanceMarginSats / equity : Number.POSITIVE_INFINITY
}

/** How far the price is from the liquidation price, as a share of the latter; negative beyond it. */
const distanceToLiquidation = (terms: MarginTerms, priceUsd: number): number => {
  const share = priceUsd / terms.liquidationPriceUsd
  return terms.side === "buy" ? share - 1 : 1 - share
}

/** Returns the metric at a price, not rounded. All metrics are monotone in the price. */
export const metricAt = (terms: MarginTerms, metric: MarginMetric, priceUsd: number): number => {
  switch (metric) {
    case "margin_loss":
      return marginLoss(terms, priceUsd)
    case "exchange_margin_ratio":
      return exchangeMarginRatio(terms, priceUsd)
    case "distance_to_liquidation":
      return distanceToLiquidation(terms, priceUsd)
  }
}

/** The decision formula: metric ≥ limit; for the distance to liquidation, which shrinks with danger, metric ≤ limit. */
export const conditionHolds = (terms: MarginTerms, metric: MarginMetric, limit: number, priceUsd: number): boolean =>
  metric === "distance_to_liquidation"
    ? metricAt(terms, metric, priceUsd) <= limit
    : metricAt(terms, metric, priceUsd) >= limit

/**
 * P&L in percent of the margin, not rounded: 0 at entry, −100 when all of it is lost (isolated). Monotone in the price.
 * Without margin any profit is infinite, and any loss.
 */
export const returnOnMarginPercent = (terms: MarginTerms, priceUsd: number): number => {
  const pnl = pnlSats(terms, priceUsd)
  if (terms.marginSats > 0) return (pnl / terms.marginSats) * 100
  return pnl === 0 ? 0 : pnl * Number.POSITIVE_INFINITY
}

const bounded = (metric: number): number => Math.min(metricCeiling, Math.max(-metricCeiling, metric))

/** Returns all three metrics, the P&L and the return on margin of a position at a price, for records and alerts. */
export const marginFigures = (terms: MarginTerms, priceUsd: number): MarginFigures => ({
  marginLoss: bounded(marginLoss(terms, priceUsd)),
  exchangeMarginRatio: bounded(exchangeMarginRatio(terms, priceUsd)),
  distanceToLiquidation: bounded(distanceToLiquidation(terms, priceUsd)),
  pnlSats: roundSats(pnlSats(terms, priceUsd)),
  returnOnMarginPercent: bounded(returnOnMarginPercent(terms, priceUsd))
})
