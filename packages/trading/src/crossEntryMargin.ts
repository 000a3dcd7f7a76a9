import type { Side } from "@millrace/contracts"

/** An account's cross margin and what binds it, in satoshis, as the exchange shows it; a quantity of 0 is no position. */
export interface CrossMarginHeld {
  readonly side: Side | undefined
  readonly quantityUsd: number
  readonly leverage: number
  readonly marginSats: number
  readonly runningMarginSats: number
  readonly maintenanceMarginSats: number
  /** Of the orders that are still open. */
  readonly initialMarginSats: number
  readonly pnlSats: number
}

/** An order that enters on cross margin, at the price that its margin is reckoned with. */
export interface CrossEntry {
  readonly side: Side
  readonly quantityUsd: number
  readonly leverage: number
  readonly orderType: "market" | "limit"
  readonly priceUsd: number
}

const satsPerBtc = 100_000_000
/** Share of the notional that the exchange keeps as maintenance margin. */
const maintenanceShare = 0.0015
/** Trading fee of the lowest tier, taken from the margin when the order is filled. */
const feeShare = 0.001
/** Share of the notional that a market order may lose at once: spread, and the price's way from decision to fill. */
const roomShare = 0.005
/** The entry price of a position that an order joins is rounded to half dollars: its P&L may be reckoned from this far off. */
const entryRoundingUsd = 0.25
/** The exchange's smallest cross margin is not documented; its clients use this as the least. */
const leastMarginSats = 4000

/**
 * Satoshis to pay into the cross margin so that the exchange takes the order; 0 where what lies free there is enough.
 *
 * Free margin counts whoever paid it in, so that a payment whose order failed serves the next attempt. A loss of the
 * position that is there is made up for, as the exchange would refuse the order else; a profit of it is not counted.
 */
export const crossEntryShortfallSats = (held: CrossMarginHeld, entry: CrossEntry): number => {
  const before = held.side === "sell" ? -held.quantityUsd : held.quantityUsd
  const after = before + (entry.side === "buy" ? entry.quantityUsd : -entry.quantityUsd)
  const isMarket = entry.orderType === "market"
  const turns = isMarket && before * after < 0
  if (isMarket && !turns && Math.abs(after) <= Math.abs(before)) return 0
  // What is turned round leaves nothing of the position; a limit order is reckoned as one that adds to it.
  const addedUsd = turns ? Math.abs(after) : entry.quantityUsd
  const runningSats = turns ? 0 : held.runningMarginSats + held.maintenanceMarginSats
  const ordersSats = (held.initialMarginSats * held.leverage) / entry.leverage
  const notionalSats = (addedUsd * satsPerBtc) / entry.priceUsd
  const orderSats = (entry.quantityUsd * satsPerBtc) / entry.priceUsd
  const joins = before * after > 0
  const roundingSats = joins ? (Math.abs(after) * satsPerBtc * entryRoundingUsd) / entry.priceUsd ** 2 : 0
  const needed =
    runningSats +
    roundingSats +
    ordersSats +
    notionalSats * (1 / entry.leverage + maintenanceShare) +
    orderSats * (feeShare + (isMarket ? roomShare : 0)) -
    Math.min(0, held.pnlSats)
  const shortfall = Math.ceil(needed - held.marginSats)
  return shortfall <= 0 ? 0 : Math.max(shortfall, leastMarginSats - held.marginSats)
}
