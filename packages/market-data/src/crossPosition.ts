import { crossPositionId, type Position, type PositionCloseReason } from "@millrace/contracts"
import type { ExchangeCrossOrder, ExchangeCrossPosition } from "@millrace/exchange"
import type { PositionEnd, PositionPlace } from "./positionFromTrade.ts"

/** Liquidation prices that stand for "none": no price of the market ever gets there. */
const neverLiquidated = { buy: 0.5, sell: 100_000_000 } as const

/**
 * The account's cross position as the next revision of `before`, or as a new position without it; `undefined`: it is zero.
 *
 * A side that changed went through zero in between: the caller ends `before` first.
 */
export const positionFromCross = (
  cross: ExchangeCrossPosition,
  place: PositionPlace,
  before: Position | undefined
): Position | undefined => {
  const { entryPriceUsd, quantityUsd, side } = cross
  if (side === undefined || quantityUsd === 0 || entryPriceUsd === undefined) return undefined
  return {
    _tag: "Position",
    positionId: before?.positionId ?? crossPositionId(cross.exchangeId, cross.updatedAtMs),
    accountId: place.accountId,
    market: place.market,
    marginMode: "cross",
    side,
    quantityUsd,
    entryPriceUsd,
    marginSats: cross.marginSats,
    maintenanceMarginSats: cross.maintenanceMarginSats,
    leverage: cross.leverage,
    liquidationPriceUsd: cross.liquidationPriceUsd ?? neverLiquidated[side],
    status: "open",
    openedAtMs: before?.openedAtMs ?? cross.updatedAtMs,
    revision: (before?.revision ?? 0) + 1,
    epoch: place.epoch
  }
}

/** How a cross position ended, from the newest order that was filled against it. */
export const endOfCross = (
  position: Position,
  orders: ReadonlyArray<ExchangeCrossOrder>,
  endedAtMs: number
): PositionEnd => {
  const last = orders.find((order) => order.status === "filled" && order.side !== position.side)
  const reason: PositionCloseReason =
    last === undefined ? "unknown" : last.type === "liquidation" ? "liquidated" : "closed"
  return {
    reason,
    closedAtMs: last?.filledAtMs ?? endedAtMs,
    exitPriceUsd: last !== undefined && last.priceUsd > 0 ? last.priceUsd : undefined,
    pnlSats: undefined
  }
}
