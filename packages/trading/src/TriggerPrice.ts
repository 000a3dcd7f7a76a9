import type { MarginMetric } from "@millrace/contracts"
import { type MarginTerms, marginToLose } from "./Margin.ts"
import { satsPerBitcoin, sign } from "./Pnl.ts"

/** Which way the price moves to reach a trigger. */
export type Direction = "falls" | "rises"

/** A long position is endangered by a falling price, a short one by a rising one. */
export const dangerDirection = (terms: Pick<MarginTerms, "side">): Direction =>
  terms.side === "buy" ? "falls" : "rises"

export const opposite = (direction: Direction): Direction => (direction === "falls" ? "rises" : "falls")

/** Price at which the P&L is `pnl` satoshis; beyond the ends of the curve: 0 or infinite, the danger side open. */
const priceOfPnl = (terms: MarginTerms, pnl: number): number => {
  const inverse = 1 / terms.entryPriceUsd - (sign(terms.side) * pnl) / (satsPerBitcoin * terms.quantityUsd)
  return inverse > 0 ? 1 / inverse : Number.POSITIVE_INFINITY
}

/** The whole price axis lies on the danger side. */
const always = (terms: MarginTerms): number => (terms.side === "buy" ? Number.POSITIVE_INFINITY : 0)

/**
 * Returns the price at which `conditionHolds(terms, metric, limit, price)` changes: it holds from there on in the
 * danger direction, and only there.
 *
 * Exact up to rounding (some 1e-15 of the price): it preselects, the formula decides. 0 and infinity mean that the
 * condition holds everywhere or nowhere.
 */
export const triggerPriceUsd = (terms: MarginTerms, metric: MarginMetric, limit: number): number => {
  switch (metric) {
    case "margin_loss": {
      const margin = marginToLose(terms)
      return margin > 0 ? priceOfPnl(terms, -limit * margin) : always(terms)
    }
    case "exchange_margin_ratio": {
      const maintenance = terms.maintenanceMarginSats
      const held = terms.marginMode === "isolated" ? terms.marginSats + maintenance : terms.marginSats
      return limit > 0 ? priceOfPnl(terms, maintenance / limit - held) : always(terms)
    }
    case "distance_to_liquidation": {
      const share = terms.side === "buy" ? 1 + limit : 1 - limit
      return Math.max(0, terms.liquidationPriceUsd * share)
    }
  }
}

/**
 * Returns the price at which the P&L is so many percent of the margin; infinite where no price reaches it (a long can't
 * gain more than its whole worth at entry).
 */
export const priceOfReturn = (terms: MarginTerms, percent: number): number =>
  priceOfPnl(terms, (percent / 100) * terms.marginSats)
