import { LnMarketsRest } from "@millrace/contracts"
import { Effect } from "effect"
import type { AccountSession, ExchangeError } from "./Exchange.ts"
import { exchangeTrade } from "./exchangeTrade.ts"
import type { RestCall, RestClient } from "./RestClient.ts"
import { readPages } from "./readPages.ts"

type Trade = LnMarketsRest.Trade
type List = "open" | "running" | "closed" | "canceled"

/** The trades of an account that run or wait to be filled. */
export const listOf = (list: "open" | "running"): RestCall<ReadonlyArray<Trade>> => ({
  operation: `${list} trades`,
  method: "GET",
  path: `/futures/isolated/trades/${list}`,
  answer: LnMarketsRest.Trades
})

/**
 * Searches for one trade, as the exchange has no route for that: list by list.
 *
 * A trade moves on from `open` to `running` or `canceled`, and from `running` to `closed`. Lists read in that order
 * can't miss it, however it moves meanwhile.
 */
export const makeTradeSearch = (rest: RestClient): Pick<AccountSession, "findTrade" | "findTradeByClientId"> => {
  const findIn = Effect.fnUntraced(function* (
    lists: ReadonlyArray<List>,
    isWanted: (trade: Trade) => boolean,
    fromMs: number | undefined
  ): Effect.fn.Return<Trade | undefined, ExchangeError> {
    for (const list of lists) {
      const found =
        list === "open" || list === "running"
          ? (yield* rest.read(listOf(list))).find(isWanted)
          : yield* findEnded(rest, list, isWanted, fromMs)
      if (found !== undefined) return found
    }
    return undefined
  })

  return {
    // The likely lists first: who asks mostly knows the trade as running. The last two are for a trade that was filled
    // after the first was read.
    findTrade: Effect.fn("AccountSession.findTrade")(function* (tradeId: string) {
      const lists: ReadonlyArray<List> = ["running", "closed", "open", "canceled", "running", "closed"]
      const found = yield* findIn(lists, ({ id }) => id === tradeId, undefined)
      return found === undefined ? undefined : exchangeTrade(found)
    }),
    findTradeByClientId: Effect.fn("AccountSession.findTradeByClientId")(function* (clientId: string, sinceMs: number) {
      const isWanted = (trade: Trade) => trade.clientId === clientId && Date.parse(trade.createdAt) >= sinceMs
      const found = yield* findIn(["open", "running", "closed", "canceled"], isWanted, sinceMs)
      return found === undefined ? undefined : exchangeTrade(found)
    })
  }
}

/** Whatever time the exchange filters by, a trade ended no sooner than it was created. */
const findEnded = (
  rest: RestClient,
  list: "closed" | "canceled",
  isWanted: (trade: Trade) => boolean,
  fromMs: number | undefined
) => {
  let found: Trade | undefined
  const page = {
    operation: `${list} trades`,
    path: `/futures/isolated/trades/${list}`,
    ...(fromMs === undefined ? {} : { fromMs }),
    answer: LnMarketsRest.TradePage
  }
  return Effect.map(
    readPages(rest, page, (trades) => {
      found = trades.find(isWanted)
      return found === undefined ? "more" : "enough"
    }),
    () => found
  )
}
