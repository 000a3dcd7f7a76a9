import { LnMarketsRest } from "@millrace/contracts"
import type { AccountSession, NewTrade } from "./Exchange.ts"
import { exchangeTrade } from "./exchangeTrade.ts"
import type { RestClient } from "./RestClient.ts"
import { signOrder } from "./signOrder.ts"

type IsolatedOrders = Pick<
  AccountSession,
  "signCloseTrade" | "signAddMargin" | "signOpenTrade" | "signCashIn" | "signSetStopLoss" | "signSetTakeProfit"
>

/** What changes an account's isolated trades; each answers the trade as it is afterwards. */
export const makeIsolatedOrders = (rest: RestClient): IsolatedOrders => {
  const sign = (operation: string, method: "POST" | "PUT", path: string, body: unknown) =>
    signOrder(
      rest,
      { operation, method, path: `/futures/isolated/trade${path}`, body, answer: LnMarketsRest.Trade },
      exchangeTrade
    )
  return {
    signOpenTrade: (trade) => sign("open trade", "POST", "", newTradeBody(trade)),
    signCloseTrade: (tradeId) => sign("close trade", "POST", "/close", { id: tradeId }),
    signAddMargin: (tradeId, amountSats) =>
      sign("add margin", "POST", "/add-margin", { id: tradeId, amount: amountSats }),
    signCashIn: (tradeId, amountSats) => sign("cash in", "POST", "/cash-in", { id: tradeId, amount: amountSats }),
    signSetStopLoss: (tradeId, priceUsd) => sign("set stop loss", "PUT", "/stoploss", { id: tradeId, value: priceUsd }),
    signSetTakeProfit: (tradeId, priceUsd) =>
      sign("set take profit", "PUT", "/takeprofit", { id: tradeId, value: priceUsd })
  }
}

const newTradeBody = (trade: NewTrade): LnMarketsRest.NewTrade => ({
  type: trade.orderType,
  side: trade.side,
  leverage: trade.leverage,
  quantity: trade.quantityUsd,
  ...(trade.priceUsd === undefined ? {} : { price: trade.priceUsd }),
  ...(trade.stopLossUsd === undefined ? {} : { stoploss: trade.stopLossUsd }),
  ...(trade.takeProfitUsd === undefined ? {} : { takeprofit: trade.takeProfitUsd }),
  clientId: trade.clientId
})
