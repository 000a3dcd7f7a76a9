/** Routes of isolated trades in REST v2: the same trades as v3's. */
import { Result, Schema } from "effect"
import { addMargin, cashIn } from "./IsolatedMargin.ts"
import { cancelAllTrades, cancelTrade, closeTrade, newTrade, tradesOf } from "./IsolatedTrades.ts"
import { setStopLoss, setTakeProfit } from "./IsolatedTriggers.ts"
import {
  badRequest,
  done,
  findAccount,
  findTrade,
  type MarketState,
  notFound,
  type Outcome,
  type Trade
} from "./MarketState.ts"
import { listOf } from "./Pages.ts"
import { order, type Route, type RouteInput, type Routes, read, withBody } from "./RestRoutes.ts"
import { v2Trade } from "./V2Bodies.ts"

const READ = "futures:isolated:read"
const WRITE = "futures:isolated:write"

const answer = ({ exchange }: RouteInput, command: (state: MarketState) => Outcome<Trade>) =>
  Result.map(exchange.run(command), (trade) => v2Trade(exchange.state(), trade))

const NewTrade = Schema.Struct({
  type: Schema.Literals(["m", "l"]),
  side: Schema.Literals(["b", "s"]),
  leverage: Schema.Finite,
  quantity: Schema.optionalKey(Schema.Int),
  margin: Schema.optionalKey(Schema.Int),
  price: Schema.optionalKey(Schema.Finite),
  stoploss: Schema.optionalKey(Schema.Finite),
  takeprofit: Schema.optionalKey(Schema.Finite)
})

const place: Route["handle"] = withBody(NewTrade, ({ type, side, ...body }, input) =>
  answer(input, (state) =>
    newTrade(state, input.accountId, {
      ...body,
      type: type === "m" ? "market" : "limit",
      side: side === "b" ? "buy" : "sell"
    })
  )
)

const TriggerInput = Schema.Struct({
  id: Schema.NonEmptyString,
  type: Schema.Literals(["stoploss", "takeprofit"]),
  value: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
})

/** A value of 0 clears the trigger. */
const trigger: Route["handle"] = withBody(TriggerInput, ({ id, type, value }, input) => {
  const set = type === "stoploss" ? setStopLoss : setTakeProfit
  return answer(input, (state) => set(state, input.accountId, id, value))
})

const close: Route["handle"] = (input) =>
  answer(input, (state) => closeTrade(state, input.accountId, input.query.get("id") ?? ""))

const IdInput = Schema.Struct({ id: Schema.NonEmptyString })
const cancel: Route["handle"] = withBody(IdInput, ({ id }, input) =>
  answer(input, (state) => cancelTrade(state, input.accountId, id))
)

const AmountInput = Schema.Struct({ id: Schema.NonEmptyString, amount: Schema.Int.check(Schema.isGreaterThan(0)) })
const onAmount = (command: typeof addMargin): Route["handle"] =>
  withBody(AmountInput, ({ id, amount }, input) =>
    answer(input, (state) => command(state, input.accountId, id, amount))
  )

const list: Route["handle"] = ({ exchange, accountId, query }) => {
  const type = query.get("type")
  if (type !== "open" && type !== "running" && type !== "closed")
    return badRequest(`type is "${type}", expected open, running or closed`)
  const state = exchange.state()
  const items = tradesOf(state, accountId, type).map((trade) => ({
    id: trade.id,
    timeMs: trade.closedAtMs ?? trade.createdAtMs,
    value: () => v2Trade(state, trade)
  }))
  return listOf(items, query)
}

const one: Route["handle"] = ({ exchange, accountId, id }) => {
  const state = exchange.state()
  const trade = findTrade(state, id)
  return trade?.accountId === accountId ? Result.succeed(v2Trade(state, trade)) : notFound(`Trade ${id} not found`)
}

const all =
  (command: (state: MarketState, accountId: string) => Outcome<ReadonlyArray<Trade>>): Route["handle"] =>
  ({ exchange, accountId }) =>
    Result.map(
      exchange.run((state) => command(state, accountId)),
      (trades) => ({ trades: trades.map((trade) => v2Trade(exchange.state(), trade)) })
    )

/** Closes every running trade of an account, oldest first. */
const closeAll = (state: MarketState, accountId: string): Outcome<ReadonlyArray<Trade>> => {
  let next = done<ReadonlyArray<Trade>>(state, [], [])
  for (const trade of tradesOf(state, accountId, "running"))
    next = Result.flatMap(next, (before) =>
      Result.map(closeTrade(before.state, accountId, trade.id), (step) => ({
        state: step.state,
        events: [...before.events, ...step.events],
        value: [...before.value, step.value]
      }))
    )
  return next
}

const carryFees: Route["handle"] = ({ exchange, accountId, query }) => {
  const fees = findAccount(exchange.state(), accountId)?.fundingFees ?? []
  const items = fees.flatMap(({ fee, settlementId, tradeId, timeMs }) =>
    tradeId === null
      ? []
      : [{ id: tradeId, timeMs, value: () => ({ id: tradeId, fixing_id: settlementId, fee, ts: timeMs }) }]
  )
  return listOf(items, query)
}

export const v2FuturesRoutes: Routes = {
  "POST /v2/futures": order(WRITE, "new_trade", place),
  "PUT /v2/futures": order(WRITE, "set_trigger", trigger),
  "DELETE /v2/futures": order(WRITE, "close_position", close),
  "GET /v2/futures": read(READ, list),
  "GET /v2/futures/trades/:id": read(READ, one),
  "DELETE /v2/futures/all/close": order(WRITE, "close_all_positions", all(closeAll)),
  "DELETE /v2/futures/all/cancel": order(WRITE, "cancel_all_trades", all(cancelAllTrades)),
  "POST /v2/futures/cancel": order(WRITE, "cancel_trade", cancel),
  "POST /v2/futures/add-margin": order(WRITE, "add_margin", onAmount(addMargin)),
  "POST /v2/futures/cash-in": order(WRITE, "cash_in", onAmount(cashIn)),
  "GET /v2/futures/carry-fees": read(READ, carryFees)
}
