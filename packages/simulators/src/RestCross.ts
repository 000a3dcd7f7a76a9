/** Routes of the cross position and its orders. */
import { LnMarketsRest as Rest } from "@millrace/contracts"
import { Result } from "effect"
import { cancelAllCrossOrders, cancelCrossOrder, closeCrossPosition, newCrossOrder } from "./CrossOrders.ts"
import { moveCrossMargin, setCrossLeverage } from "./CrossPosition.ts"
import { type CrossOrder, findAccount, type MarketState, notFound, type Outcome } from "./MarketState.ts"
import { pageOf } from "./Pages.ts"
import { iso, orderBody, positionBody } from "./RestBodies.ts"
import { order, type Route, type RouteInput, type Routes, read, withBody } from "./RestRoutes.ts"

const READ = "futures:cross:read"
const WRITE = "futures:cross:write"

const orderAnswer = ({ exchange }: RouteInput, command: (state: MarketState) => Outcome<CrossOrder>) =>
  Result.map(exchange.run(command), (each) => orderBody(exchange.state(), each))

const position = ({ exchange, accountId }: RouteInput) => {
  const state = exchange.state()
  const account = findAccount(state, accountId)
  return account ? Result.succeed(positionBody(state, account)) : notFound("Account not found")
}

const positionAfter = (input: RouteInput, command: (state: MarketState) => Outcome<unknown>) =>
  Result.flatMap(input.exchange.run(command), () => position(input))

const openOrders: Route["handle"] = ({ exchange, accountId }) => {
  const state = exchange.state()
  return Result.succeed((findAccount(state, accountId)?.crossOrders ?? []).map((each) => orderBody(state, each)))
}

const filledOrders: Route["handle"] = ({ exchange, accountId, query }) => {
  const state = exchange.state()
  const filled = (findAccount(state, accountId)?.crossDone ?? []).filter((each) => each.status === "filled")
  const items = filled.map((each) => ({
    id: each.id,
    timeMs: each.filledAtMs ?? each.createdAtMs,
    value: () => orderBody(state, each)
  }))
  return pageOf(items, query)
}

const transfers: Route["handle"] = ({ exchange, accountId, query }) => {
  const account = findAccount(exchange.state(), accountId)
  const items = (account?.transfers ?? []).map((each) => ({
    id: each.id,
    timeMs: each.timeMs,
    value: (): Rest.Transfer => ({ id: each.id, uid: account!.uid, amount: each.amount, time: iso(each.timeMs) })
  }))
  return pageOf(items, query)
}

const fundingFees: Route["handle"] = ({ exchange, accountId, query }) => {
  const fees = findAccount(exchange.state(), accountId)?.fundingFees ?? []
  const items = fees
    .filter((fee) => fee.tradeId === null)
    .map((fee) => ({
      id: fee.settlementId,
      timeMs: fee.timeMs,
      value: (): Rest.FundingFee => ({
        fee: fee.fee,
        settlementId: fee.settlementId,
        time: iso(fee.timeMs),
        tradeId: null
      })
    }))
  return pageOf(items, query)
}

const cancelAll: Route["handle"] = ({ exchange, accountId }) =>
  Result.map(
    exchange.run((state) => cancelAllCrossOrders(state, accountId)),
    (orders) => orders.map((each) => orderBody(exchange.state(), each))
  )

const transfer = (sign: 1 | -1): Route["handle"] =>
  withBody(Rest.CrossAmount, ({ amount }, input) =>
    positionAfter(input, (state) => moveCrossMargin(state, input.accountId, sign * amount))
  )

const place: Route["handle"] = withBody(Rest.NewCrossOrder, (body, input) =>
  orderAnswer(input, (state) => newCrossOrder(state, input.accountId, body))
)

const cancel: Route["handle"] = withBody(Rest.TradeId, (body, input) =>
  orderAnswer(input, (state) => cancelCrossOrder(state, input.accountId, body.id))
)

const leverage: Route["handle"] = withBody(Rest.CrossLeverage, (body, input) =>
  positionAfter(input, (state) => setCrossLeverage(state, input.accountId, body.leverage))
)

const close: Route["handle"] = (input) => orderAnswer(input, (state) => closeCrossPosition(state, input.accountId))

export const crossRoutes: Routes = {
  "POST /v3/futures/cross/order": order(WRITE, "cross_order", place),
  "POST /v3/futures/cross/order/cancel": order(WRITE, "cancel_cross_order", cancel),
  "POST /v3/futures/cross/orders/cancel-all": order(WRITE, "cancel_all_cross_orders", cancelAll),
  "GET /v3/futures/cross/orders/open": read(READ, openOrders),
  "GET /v3/futures/cross/orders/filled": read(READ, filledOrders),
  "GET /v3/futures/cross/position": read(READ, position),
  "POST /v3/futures/cross/position/close": order(WRITE, "close_cross_position", close),
  "PUT /v3/futures/cross/leverage": order(WRITE, "set_cross_leverage", leverage),
  "POST /v3/futures/cross/deposit": order(WRITE, "cross_deposit", transfer(1)),
  "POST /v3/futures/cross/withdraw": order(WRITE, "cross_withdraw", transfer(-1)),
  "GET /v3/futures/cross/transfers": read(READ, transfers),
  "GET /v3/futures/cross/funding-fees": read(READ, fundingFees)
}
