/**
 * The inverse BTC/USD contract's formulas, as the exchange applies them: the simulator's own, shared with no worker.
 *
 * Quantities are USD, prices USD, margins and results satoshis.
 */
export type Side = "buy" | "sell"

export const SATS_PER_BTC = 100_000_000

/** What the exchange shows as liquidation price of a position that no price can liquidate. */
export const NO_LIQUIDATION = 100_000_000

/** Rate of the first fee tier: fee reserves are computed with it, whatever the account's own tier. */
export const RESERVE_RATE = 0.001

/** Share of a cross position's notional that is kept as maintenance margin. */
export const CROSS_MAINTENANCE_RATE = 0.0015

const sign = (side: Side): 1 | -1 => (side === "buy" ? 1 : -1)

/** Nearest multiple of the step; the price as it is without one. */
export const toStep = (price: number, step: number | null): number =>
  step === null ? price : Math.round(price / step) * step

/** P&L in satoshis, not rounded. */
export const exactPl = (side: Side, quantity: number, entryPrice: number, price: number): number =>
  sign(side) * quantity * SATS_PER_BTC * (1 / entryPrice - 1 / price)

/** How a P&L becomes whole satoshis; the exchange's own way is not known. */
export type PlRounding = "nearest" | "down"

/** P&L in whole satoshis. */
export const pl = (
  side: Side,
  quantity: number,
  entryPrice: number,
  price: number,
  rounding: PlRounding = "nearest"
): number => {
  const exact = exactPl(side, quantity, entryPrice, price)
  const rounded = rounding === "nearest" ? Math.round(exact) : Math.floor(exact)
  return rounded === 0 ? 0 : rounded
}

/** Value of the quantity at a price, in satoshis, rounded down. */
export const notional = (quantity: number, price: number): number => Math.floor((quantity * SATS_PER_BTC) / price)

/** Margin of an isolated trade at opening. */
export const marginFor = (quantity: number, price: number, leverage: number): number =>
  Math.floor((quantity * SATS_PER_BTC) / (price * leverage))

/** Whole USD that a margin opens. */
export const quantityFor = (margin: number, price: number, leverage: number): number =>
  Math.floor((margin * price * leverage) / SATS_PER_BTC)

export const leverageFor = (quantity: number, margin: number, price: number): number =>
  (quantity * SATS_PER_BTC) / (margin * price)

export const fee = (quantity: number, price: number, rate: number): number =>
  Math.floor(((quantity * SATS_PER_BTC) / price) * rate)

/** Price at which −P&L reaches the margin. */
export const liquidationPrice = (
  side: Side,
  quantity: number,
  entryPrice: number,
  margin: number,
  step: number | null
): number => {
  const inverse = 1 / entryPrice + (sign(side) * margin) / (SATS_PER_BTC * quantity)
  return inverse <= 1 / NO_LIQUIDATION ? NO_LIQUIDATION : toStep(1 / inverse, step)
}

/** Reserves for both fees that are locked when an isolated trade is placed. */
export const openingReserve = (quantity: number, price: number, liquidation: number): number =>
  fee(quantity, price, RESERVE_RATE) + fee(quantity, liquidation, RESERVE_RATE)

/** Entry price that makes the P&L from the old entry to it equal to the amount (cash-in of profit). */
export const entryAfterProfit = (
  side: Side,
  quantity: number,
  entryPrice: number,
  amount: number,
  step: number | null
): number => toStep(1 / (1 / entryPrice - (sign(side) * amount) / (SATS_PER_BTC * quantity)), step)

/** Average entry of two fills of one direction. */
export const entryOfBoth = (q1: number, p1: number, q2: number, p2: number, step: number | null): number =>
  toStep((q1 + q2) / (q1 / p1 + q2 / p2), step)

/** Funding in satoshis, rounded toward zero; positive: the side pays. */
export const fundingFee = (side: Side, quantity: number, price: number, rate: number): number =>
  Math.trunc(((quantity * SATS_PER_BTC) / price) * rate) * sign(side) || 0

export const crossRunningMargin = (quantity: number, entryPrice: number, leverage: number): number =>
  Math.floor((Math.abs(quantity) * SATS_PER_BTC) / entryPrice / leverage)

export const crossMaintenance = (quantity: number, entryPrice: number): number =>
  Math.floor(((Math.abs(quantity) * SATS_PER_BTC) / entryPrice) * CROSS_MAINTENANCE_RATE)

/** Share of the margin lost: 0 at entry, 1 at liquidation. */
export const marginLoss = (side: Side, quantity: number, entryPrice: number, margin: number, price: number): number =>
  -exactPl(side, quantity, entryPrice, price) / margin
