import { type PnlTerms, satsPerBitcoin, sign } from "./Pnl.ts"

/** Prices move in half dollars. */
export const priceStepUsd = 0.5

/**
 * Returns the price at which the loss has used up the margin, to the nearest half dollar; `undefined` when no price
 * does (a short position with a leverage of 1 or less).
 *
 * Isolated: the margin. Cross: the margin without the maintenance margin.
 */
export const liquidationPriceUsd = (terms: PnlTerms, marginSats: number): number | undefined => {
  const inverse = 1 / terms.entryPriceUsd + (sign(terms.side) * marginSats) / (satsPerBitcoin * terms.quantityUsd)
  return inverse <= 0 ? undefined : Math.round(1 / inverse / priceStepUsd) * priceStepUsd
}
