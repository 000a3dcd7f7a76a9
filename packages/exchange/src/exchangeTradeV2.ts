import type { LnMarketsRestV2 } from "@millrace/contracts"
import type { ExchangeTrade } from "./Exchange.ts"

/** A trade of REST v2 in our units; 0, null or nothing stands for a stop loss or take profit that is not set. */
export const exchangeTradeV2 = (trade: LnMarketsRestV2.Trade): ExchangeTrade => ({
  tradeId: trade.id,
  side: trade.side === "b" ? "buy" : "sell",
  quantityUsd: trade.quantity,
  entryPriceUsd: trade.entry_price ?? trade.price,
  marginSats: trade.margin,
  maintenanceMarginSats: trade.maintenance_margin,
  leverage: trade.leverage,
  liquidationPriceUsd: trade.liquidation,
  stopLossUsd: priceSet(trade.stoploss),
  takeProfitUsd: priceSet(trade.takeprofit),
  status: trade.canceled ? "canceled" : trade.closed ? "closed" : trade.running ? "running" : "open",
  exitPriceUsd: trade.exit_price ?? undefined,
  pnlSats: trade.closed ? trade.pl : undefined,
  runningPnlSats: trade.running ? trade.pl : undefined,
  createdAtMs: trade.market_filled_ts ?? trade.creation_ts,
  closedAtMs: trade.closed_ts ?? undefined,
  clientId: undefined
})

const priceSet = (price: number | null | undefined): number | undefined =>
  price !== null && price !== undefined && price > 0 ? price : undefined
