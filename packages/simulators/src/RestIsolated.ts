/** Routes of isolated trades. */
import { LnMarketsRest as Rest } from "@millrace/contracts"
import { Result, Schema } from "effect"
import { addMargin, cashIn } from "./IsolatedMargin.ts"
import { cancelAllTrades, cancelTrade, closeTrade, newTrade, tradesOf } from "./IsolatedTrades.ts"
import { setStopLoss, setTakeProfit, setTrailingStop } from "./IsolatedTriggers.ts"
import { badRequest, findAccount, type MarketState, type Outcome, type Trade, type TradeStatus } from "./MarketState.ts"
import { pageOf } from "./Pages.ts"
import { iso, tradeBody } from "./RestBodies.ts"
import { order, type Route, type RouteInput, type Routes, read, withBody } from "./RestRoutes.ts"

const READ = "futures:isolated:read"
const WRITE = "futures:isolated:write"

const answer = ({ exchange }: RouteInput, command: (state: MarketState) => Outcome<Trade>) =>
  Result.map(exchange.run(command), (trade) => tradeBody(exchange.state(), trade))

const list =
  (status: TradeStatus): Route["handle"] =>
  ({ exchange, accountId }) => {
    const state = exchange.state()
    return Result.succeed(tradesOf(state, accountId, status).map((trade) => tradeBody(state, trade)))
  }

const page =
  (status: TradeStatus): Route["handle"] =>
  ({ exchange, accountId, query }) => {
    const state = exchange.state()
    const items = tradesOf(state, accountId, status).map((trade) => ({
      id: trade.id,
      timeMs: trade.closedAtMs ?? trade.createdAtMs,
      value: () => tradeBody(state, trade)
    }))
    return pageOf(items, query)
  }

const trigger = (set: typeof setStopLoss, trailing?: typeof setTrailingStop): Route["handle"] =>
  withBody(Rest.TradeTrigger, (body, input) => {
    if (body.mode === "trailing" && !trailing) return badRequest("A take profit can't be trailing")
    const change = body.mode === "trailing" && trailing ? trailing : set
    return answer(input, (state) => change(state, input.accountId, body.id, body.value))
  })

const clear =
  (set: typeof setStopLoss): Route["handle"] =>
  (input) =>
    answer(input, (state) => set(state, input.accountId, input.query.get("id") ?? "", 0))

const fundingFees: Route["handle"] = ({ exchange, accountId, query }) => {
  const tradeId = query.get("tradeId")
  const fees = findAccount(exchange.state(), accountId)?.fundingFees ?? []
  const items = fees
    .filter((fee) => fee.tradeId !== null && (tradeId === null || fee.tradeId === tradeId))
    .map((fee) => ({
      id: `${fee.settlementId}/${fee.tradeId}`,
      timeMs: fee.timeMs,
      value: (): Rest.FundingFee => ({
        fee: fee.fee,
        settlementId: fee.settlementId,
        time: iso(fee.timeMs),
        tradeId: fee.tradeId
      })
    }))
  return pageOf(items, query)
}

const onId = (command: typeof closeTrade): Route["handle"] =>
  withBody(Rest.TradeId, (body, input) => answer(input, (state) => command(state, input.accountId, body.id)))

const onAmount = (command: typeof addMargin): Route["handle"] =>
  withBody(Rest.TradeAmount, (body, input) =>
    answer(input, (state) => command(state, input.accountId, body.id, body.amount))
  )

const place: Route["handle"] = withBody(Schema.Struct(Rest.NewTrade.fields), (body, input) =>
  answer(input, (state) => newTrade(state, input.accountId, body))
)

const cancelAll: Route["handle"] = ({ exchange, accountId }) =>
  Result.map(
    exchange.run((state) => cancelAllTrades(state, accountId)),
    (trades) => trades.map((trade) => tradeBody(exchange.state(), trade))
  )

export const isolatedRoutes: Routes = {
  "POST /v3/futures/isolated/trade": order(WRITE, "new_trade", place),
  "GET /v3/futures/isolated/trades/open": read(READ, list("open")),
  "GET /v3/futures/isolated/trades/running": read(READ, list("running")),
  "GET /v3/futures/isolated/trades/closed": read(READ, page("closed")),
  "GET /v3/futures/isolated/trades/canceled": read(READ, page("canceled")),
  "POST /v3/futures/isolated/trade/close": order(WRITE, "close_position", onId(closeTrade)),
  "POST /v3/futures/isolated/trade/cancel": order(WRITE, "cancel_trade", onId(cancelTrade)),
  "POST /v3/futures/isolated/trades/cancel-all": order(WRITE, "cancel_all_trades", cancelAll),
  "POST /v3/futures/isolated/trade/add-margin": order(WRITE, "add_margin", onAmount(addMargin)),
  "POST /v3/futures/isolated/trade/cash-in": order(WRITE, "cash_in", onAmount(cashIn)),
  "PUT /v3/futures/isolated/trade/takeprofit": order(WRITE, "set_take_profit", trigger(setTakeProfit)),
  "PUT /v3/futures/isolated/trade/stoploss": order(WRITE, "set_stop_loss", trigger(setStopLoss, setTrailingStop)),
  "DELETE /v3/futures/isolated/trade/takeprofit": order(WRITE, "clear_take_profit", clear(setTakeProfit)),
  "DELETE /v3/futures/isolated/trade/stoploss": order(WRITE, "clear_stop_loss", clear(setStopLoss)),
  "GET /v3/futures/isolated/funding-fees": read(READ, fundingFees)
}
