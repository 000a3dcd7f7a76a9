import type { Position } from "@millrace/contracts"
import { liquidationPriceUsd, marginToLose, pnlSats, priceStepUsd, roundSats } from "@millrace/trading"

/** A figure of a position that the exchange shows otherwise. */
export interface Difference {
  readonly figure: string
  readonly ours: number | string | undefined
  readonly theirs: number | string | undefined
}

/** Lowest and highest price of the market while the exchange worked out its figures. */
export interface PriceRange {
  readonly lowUsd: number
  readonly highUsd: number
}

const compared = {
  side: "side",
  quantityUsd: "quantity",
  entryPriceUsd: "entry price",
  marginSats: "margin",
  maintenanceMarginSats: "maintenance margin",
  leverage: "leverage",
  liquidationPriceUsd: "liquidation price",
  stopLossUsd: "stop loss",
  takeProfitUsd: "take profit"
} as const satisfies Partial<Record<keyof Position, string>>

/** What the stream never tells, so that a change of it was made by hand. */
const untold: ReadonlySet<string> = new Set([
  "margin",
  "maintenance margin",
  "leverage",
  "liquidation price",
  "stop loss",
  "take profit"
])

/** Returns the figures in which the exchange's position is another than ours. */
export const differences = (ours: Position, theirs: Position): ReadonlyArray<Difference> =>
  (Object.keys(compared) as ReadonlyArray<keyof typeof compared>).flatMap((field) =>
    ours[field] === theirs[field] ? [] : [{ figure: compared[field], ours: ours[field], theirs: theirs[field] }]
  )

/** Whether the exchange tells no event of any of these. */
export const changedByHand = (found: ReadonlyArray<Difference>): boolean => found.every((one) => untold.has(one.figure))

/** Two rounded prices, of the entry and of the liquidation, may each be half a step off. */
const liquidationToleranceUsd = 2 * priceStepUsd

/** Compares the exchange's liquidation price with the one that follows from its other figures. */
export const liquidationDifference = (position: Position): Difference | undefined => {
  const ours = liquidationPriceUsd(position, marginToLose(position))
  const theirs = position.liquidationPriceUsd
  // Beyond a hundred times the entry no formula matters, and "none" has many faces.
  if (ours === undefined || ours > 100 * position.entryPriceUsd) return undefined
  return Math.abs(ours - theirs) <= liquidationToleranceUsd
    ? undefined
    : { figure: "liquidation price by our formula", ours, theirs }
}

/**
 * Compares the exchange's running P&L with ours at the prices that it may have used.
 *
 * The tolerance is a satoshi for how each side rounds, and `priceTolerance` of the price: 0 where the exchange values a
 * position at the last price, half the spread where it takes bid and ask.
 */
export const pnlDifference = (
  position: Position,
  theirs: number,
  range: PriceRange,
  priceTolerance: number
): Difference | undefined => {
  const atLow = pnlSats(position, range.lowUsd * (1 - priceTolerance))
  const atHigh = pnlSats(position, range.highUsd * (1 + priceTolerance))
  const low = Math.floor(Math.min(atLow, atHigh)) - 1
  const high = Math.ceil(Math.max(atLow, atHigh)) + 1
  if (theirs >= low && theirs <= high) return undefined
  const ours = theirs < low ? Math.min(atLow, atHigh) : Math.max(atLow, atHigh)
  return { figure: "P&L", ours: roundSats(ours), theirs }
}

/** The differences as one line for people. */
export const describeDifferences = (found: ReadonlyArray<Difference>): string =>
  found.map(({ figure, ours, theirs }) => `${figure} ${ours ?? "none"} here, ${theirs ?? "none"} there`).join("; ")
