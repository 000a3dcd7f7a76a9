import type { AccountEvent, ExchangeCrossOrder, ExchangeCrossPosition, ExchangeTrade } from "@millrace/exchange"
import { crossFigures, Market } from "@millrace/simulators"

/** The simulated market's values as the exchange port shows them. */

const orUndefined = <A>(value: A | null): A | undefined => value ?? undefined
const setPrice = (price: number): number | undefined => (price === 0 ? undefined : price)

export const shownTrade = (trade: Market.Trade): ExchangeTrade => ({
  tradeId: trade.id,
  side: trade.side,
  quantityUsd: trade.quantity,
  entryPriceUsd: trade.entryPrice,
  marginSats: trade.margin,
  maintenanceMarginSats: trade.maintenanceMargin,
  leverage: trade.leverage,
  liquidationPriceUsd: trade.liquidation,
  stopLossUsd: setPrice(trade.stopLoss),
  takeProfitUsd: setPrice(trade.takeProfit),
  status: trade.status,
  exitPriceUsd: orUndefined(trade.exitPrice),
  pnlSats: trade.status === "closed" ? trade.pl : undefined,
  createdAtMs: trade.filledAtMs ?? trade.createdAtMs,
  closedAtMs: orUndefined(trade.closedAtMs),
  clientId: orUndefined(trade.clientId)
})

export const shownOrder = (order: Market.CrossOrder): ExchangeCrossOrder => ({
  orderId: order.id,
  side: order.side,
  quantityUsd: order.quantity,
  priceUsd: order.price,
  type: order.type,
  status: order.status,
  createdAtMs: order.createdAtMs,
  filledAtMs: orUndefined(order.filledAtMs),
  clientId: orUndefined(order.clientId)
})

export const shownCross = (state: Market.MarketState, accountId: string): ExchangeCrossPosition => {
  const account = Market.findAccount(state, accountId)!
  const { cross } = account
  const figures = crossFigures(state, account)
  return {
    exchangeId: cross.id,
    side: cross.quantity === 0 ? undefined : cross.quantity > 0 ? "buy" : "sell",
    quantityUsd: Math.abs(cross.quantity),
    leverage: cross.leverage,
    marginSats: cross.margin,
    entryPriceUsd: orUndefined(cross.entryPrice),
    liquidationPriceUsd: orUndefined(figures.liquidation),
    maintenanceMarginSats: figures.maintenanceMargin,
    runningMarginSats: figures.runningMargin,
    initialMarginSats: figures.initialMargin,
    pnlSats: figures.deltaPl,
    updatedAtMs: cross.updatedAtMs
  }
}

const endReasons = {
  closed: "closed",
  stoploss: "stop_loss",
  takeprofit: "take_profit",
  liquidation: "liquidated",
  canceled: "canceled"
} as const

/** The event as an account's stream tells it; undefined for what is no position: a limit order that waits, payments. */
export const shownEvent = (event: Market.AccountEvent): AccountEvent | undefined => {
  if (event._tag === "Wallet") return undefined
  if (event._tag !== "Trade") return { _tag: "CrossChanged" }
  const { trade } = event
  switch (event.event) {
    case "open":
      return trade.type === "market" ? { _tag: "TradeFilled", tradeId: trade.id } : undefined
    case "filled":
      return { _tag: "TradeFilled", tradeId: trade.id }
    case "funding":
      return {
        _tag: "FundingPaid",
        tradeId: trade.id,
        marginSats: trade.margin,
        liquidationPriceUsd: trade.liquidation
      }
    default:
      return {
        _tag: "TradeEnded",
        tradeId: trade.id,
        reason: endReasons[event.event],
        closedAtMs: trade.closedAtMs ?? 0,
        exitPriceUsd: orUndefined(trade.exitPrice),
        // The stream does not tell the P&L of a liquidation or a cancellation.
        pnlSats: event.event === "liquidation" || event.event === "canceled" ? undefined : trade.pl
      }
  }
}

export const accountOf = (event: Market.AccountEvent): string => {
  switch (event._tag) {
    case "Trade":
      return event.trade.accountId
    case "CrossOrder":
      return event.order.accountId
    case "CrossPosition":
    case "Wallet":
      return event.accountId
  }
}
