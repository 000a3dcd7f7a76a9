import { LnMarketsRestV2 } from "@millrace/contracts"
import { Effect } from "effect"
import { type AccountSession, ExchangeError } from "./Exchange.ts"
import { exchangeTradeV2 } from "./exchangeTradeV2.ts"
import type { LnMarketsV2Settings } from "./LnMarketsV2Config.ts"
import { polledTrades } from "./polledTrades.ts"
import type { RestCall, RestClient } from "./RestClient.ts"
import { signOrder } from "./signOrder.ts"
import { refusedOperation, unsupportedOperations } from "./unsupportedOperations.ts"

/** Trades that one answer may hold; as many may have been cut off. */
const listLimit = 1_000

const noClientId =
  "API v2 has no client id: a new trade whose reply is lost could not be told from others. Set EXCHANGE_API=v3"

/**
 * One account's side of the exchange by API v2.
 *
 * Events come from reading the running trades again and again. Trades are not opened and there is no cross margin: these
 * calls fail as not applied.
 */
export const makeAccountSessionV2 = (rest: RestClient, v2: LnMarketsV2Settings): AccountSession => {
  const runningTrades = readRunning(rest)
  return {
    ...unsupportedOperations,
    signOpenTrade: () => refusedOperation("open trade", noClientId),
    findTradeByClientId: () => refusedOperation("find trade by client id", noClientId),
    runningTrades,
    events: polledTrades(runningTrades, v2.pollInterval),
    identity: Effect.map(
      rest.read({ operation: "account", method: "GET", path: "/user", answer: LnMarketsRestV2.User }),
      ({ balance, uid, username }) => ({
        exchangeUserId: uid,
        username,
        balanceSats: balance,
        permissions: undefined
      })
    ),
    findTrade: (tradeId) => findTrade(rest, tradeId),
    ...makeOrders(rest)
  }
}

const readRunning = (rest: RestClient) =>
  Effect.flatMap(
    rest.read({
      operation: "running trades",
      method: "GET",
      path: "/futures",
      query: { type: "running", limit: listLimit },
      answer: LnMarketsRestV2.Trades
    }),
    (trades) =>
      trades.length < listLimit
        ? Effect.succeed(trades.filter(({ running }) => running).map(exchangeTradeV2))
        : Effect.fail(
            new ExchangeError({
              operation: "running trades",
              reason: "invalidReply",
              applied: "no",
              detail: `${listLimit} trades or more; the rest can't be read`
            })
          )
  )

/** A 404 counts only while the API itself answers: an address that serves no v2 (any more) has a 404 for everything. */
const findTrade = Effect.fn("AccountSession.findTrade")(function* (rest: RestClient, tradeId: string) {
  const one: RestCall<LnMarketsRestV2.Trade> = {
    operation: "trade",
    method: "GET",
    path: `/futures/trades/${encodeURIComponent(tradeId)}`,
    answer: LnMarketsRestV2.Trade
  }
  return yield* Effect.matchEffect(rest.read(one), {
    onSuccess: (trade) => Effect.succeed(exchangeTradeV2(trade)),
    onFailure: (error) =>
      error.reason === "notFound"
        ? Effect.map(readRunning(rest), (trades) => trades.find((trade) => trade.tradeId === tradeId))
        : Effect.fail(error)
  })
})

type Orders = Pick<
  AccountSession,
  "signCloseTrade" | "signAddMargin" | "signCashIn" | "signSetStopLoss" | "signSetTakeProfit"
>

const makeOrders = (rest: RestClient): Orders => {
  const sign = (call: Omit<RestCall<LnMarketsRestV2.Trade>, "answer">) =>
    signOrder(rest, { ...call, answer: LnMarketsRestV2.Trade }, exchangeTradeV2)
  const move = (operation: string, path: string, tradeId: string, amountSats: number) => {
    const body: LnMarketsRestV2.TradeAmount = { id: tradeId, amount: amountSats }
    return sign({ operation, method: "POST", path, body })
  }
  const set = (operation: string, type: LnMarketsRestV2.TradeTrigger["type"], tradeId: string, priceUsd: number) => {
    const body: LnMarketsRestV2.TradeTrigger = { id: tradeId, type, value: priceUsd }
    return sign({ operation, method: "PUT", path: "/futures", body })
  }
  return {
    signCloseTrade: (tradeId) =>
      sign({ operation: "close trade", method: "DELETE", path: "/futures", query: { id: tradeId } }),
    signAddMargin: (tradeId, amountSats) => move("add margin", "/futures/add-margin", tradeId, amountSats),
    signCashIn: (tradeId, amountSats) => move("cash in", "/futures/cash-in", tradeId, amountSats),
    signSetStopLoss: (tradeId, priceUsd) => set("set stop loss", "stoploss", tradeId, priceUsd),
    signSetTakeProfit: (tradeId, priceUsd) => set("set take profit", "takeprofit", tradeId, priceUsd)
  }
}
