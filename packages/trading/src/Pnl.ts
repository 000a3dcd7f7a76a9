import type { Side } from "@millrace/contracts"

/** Satoshis in one bitcoin. */
export const satsPerBitcoin = 100_000_000

/** What the profit of a position depends on. */
export interface PnlTerms {
  readonly side: Side
  readonly quantityUsd: number
  readonly entryPriceUsd: number
}

/** +1 for a long position, which gains when the price rises, −1 for a short one. */
export const sign = (side: Side): 1 | -1 => (side === "buy" ? 1 : -1)

/**
 * Returns profit (or, negative, loss) in satoshis at a price, not rounded.
 *
 * The contract is inverse: `sign · q · S · (1/P − 1/X)`, so the curve is not symmetric in the price. Each step is a
 * correctly rounded operation, so the result is monotone in the price also in floating point.
 */
export const pnlSats = (terms: PnlTerms, priceUsd: number): number =>
  sign(terms.side) * terms.quantityUsd * satsPerBitcoin * (1 / terms.entryPriceUsd - 1 / priceUsd)
