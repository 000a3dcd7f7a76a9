import type { LnMarketsRest } from "@millrace/contracts"
import type { ExchangeTrade } from "./Exchange.ts"

/** A trade of the exchange's REST in our units; the exchange writes 0 for a stop loss or take profit that is not set. */
export const exchangeTrade = (trade: LnMarketsRest.Trade): ExchangeTrade => ({
  tradeId: trade.id,
  side: trade.side,
  quantityUsd: trade.quantity,
  entryPriceUsd: trade.entryPrice ?? trade.price,
  marginSats: trade.margin,
  maintenanceMarginSats: trade.maintenanceMargin,
  leverage: trade.leverage,
  liquidationPriceUsd: trade.liquidation,
  stopLossUsd: trade.stoploss > 0 ? trade.stoploss : undefined,
  takeProfitUsd: trade.takeprofit > 0 ? trade.takeprofit : undefined,
  status: statusOf(trade),
  exitPriceUsd: trade.exitPrice ?? undefined,
  pnlSats: trade.closed ? trade.pl : undefined,
  runningPnlSats: trade.running ? trade.pl : undefined,
  ...(trade.sumCashInPl === undefined || trade.sumCashInMargin === undefined
    ? {}
    : { cashedInSats: trade.sumCashInPl + trade.sumCashInMargin }),
  createdAtMs: Date.parse(trade.filledAt ?? trade.createdAt),
  closedAtMs: trade.closedAt === null ? undefined : Date.parse(trade.closedAt),
  clientId: trade.clientId ?? undefined
})

const statusOf = (trade: LnMarketsRest.Trade): ExchangeTrade["status"] => {
  if (trade.canceled) return "canceled"
  if (trade.closed) return "closed"
  return trade.running ? "running" : "open"
}
