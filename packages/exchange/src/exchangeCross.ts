import type { LnMarketsRest } from "@millrace/contracts"
import type { ExchangeCrossOrder, ExchangeCrossPosition, ExchangeTransfer } from "./Exchange.ts"

/** The cross position of the exchange's REST in our units; the exchange signs the quantity, a short is negative. */
export const exchangeCrossPosition = (position: LnMarketsRest.CrossPosition): ExchangeCrossPosition => ({
  exchangeId: position.id,
  side: position.quantity === 0 ? undefined : position.quantity < 0 ? "sell" : "buy",
  quantityUsd: Math.abs(position.quantity),
  leverage: position.leverage,
  marginSats: position.margin,
  entryPriceUsd: position.entryPrice ?? undefined,
  liquidationPriceUsd: position.liquidation ?? undefined,
  maintenanceMarginSats: position.maintenanceMargin,
  runningMarginSats: position.runningMargin,
  initialMarginSats: position.initialMargin,
  pnlSats: position.deltaPl,
  updatedAtMs: Date.parse(position.updatedAt)
})

export const exchangeCrossOrder = (order: LnMarketsRest.CrossOrder): ExchangeCrossOrder => ({
  orderId: order.id,
  side: order.side,
  quantityUsd: order.quantity,
  priceUsd: order.price,
  type: order.type,
  status: order.canceled ? "canceled" : order.filled ? "filled" : "open",
  createdAtMs: Date.parse(order.createdAt),
  filledAtMs: order.filledAt === null ? undefined : Date.parse(order.filledAt),
  clientId: order.clientId ?? undefined
})

export const exchangeTransfer = ({ amount, id, time }: LnMarketsRest.Transfer): ExchangeTransfer => ({
  transferId: id,
  amountSats: amount,
  atMs: Date.parse(time)
})
