import { LnMarketsRest, LnMarketsStream } from "@millrace/contracts"
import { Effect, type Semaphore } from "effect"
import { accountEvent } from "./accountEvent.ts"
import type { AccountEvent, AccountSession, ExchangeCredentials, ExchangeError, ExchangeTrade } from "./Exchange.ts"
import type { ExchangeClock } from "./ExchangeClock.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { eventStream } from "./eventStream.ts"
import { exchangeTrade } from "./exchangeTrade.ts"
import type { RestCall, RestClient } from "./RestClient.ts"
import { runStreamSession } from "./StreamSession.ts"

export interface AccountSessionOptions {
  readonly settings: ExchangeSettings
  readonly credentials: ExchangeCredentials
  readonly clock: ExchangeClock
  readonly rest: RestClient
  readonly connecting: Semaphore.Semaphore
}

const isolated = "/futures/isolated"

const running: RestCall<ReadonlyArray<LnMarketsRest.Trade>> = {
  operation: "running trades",
  method: "GET",
  path: `${isolated}/trades/running`,
  answer: LnMarketsRest.Trades
}
const open: RestCall<ReadonlyArray<LnMarketsRest.Trade>> = {
  operation: "open trades",
  method: "GET",
  path: `${isolated}/trades/open`,
  answer: LnMarketsRest.Trades
}

/** Pages of ended trades that are searched for one trade, of 1,000 each. */
const searchedPages = 20

/** One account's side of the exchange. Its stream is opened by reading `events`, and closed with it. */
export const makeAccountSession = (options: AccountSessionOptions): AccountSession => {
  const { rest } = options

  const findEnded = Effect.fnUntraced(function* (list: "closed" | "canceled", tradeId: string) {
    let cursor: string | null = null
    for (let page = 0; page < searchedPages; page++) {
      const answer: typeof LnMarketsRest.TradePage.Type = yield* rest.read(endedPage(list, cursor))
      const found = answer.data.find((trade) => trade.id === tradeId)
      if (found !== undefined || answer.nextCursor === null) return found
      cursor = answer.nextCursor
    }
    return undefined
  })

  // The exchange has no route for one trade: its lists are searched, the likely ones first. A trade that moves from a
  // later list to an earlier one in between does not exist, except open → running, so `open` comes last but one.
  const findTrade = Effect.fn("AccountSession.findTrade")(function* (tradeId: string) {
    const ofLists = [
      Effect.map(rest.read(running), (trades) => trades.find((trade) => trade.id === tradeId)),
      findEnded("closed", tradeId),
      Effect.map(rest.read(open), (trades) => trades.find((trade) => trade.id === tradeId)),
      findEnded("canceled", tradeId)
    ]
    for (const search of ofLists) {
      const found = yield* search
      if (found !== undefined) return exchangeTrade(found)
    }
    return undefined
  })

  const sign = (operation: string, path: string, body: unknown) =>
    Effect.map(rest.prepareOrder(order(operation, path, body)), ({ send, signedAtMs }) => ({
      operation,
      signedAtMs,
      send: Effect.map(send, exchangeTrade)
    }))

  return {
    runningTrades: Effect.map(
      rest.read(running),
      (trades): ReadonlyArray<ExchangeTrade> => trades.filter((trade) => trade.running).map(exchangeTrade)
    ),
    findTrade,
    signCloseTrade: (tradeId) => sign("close trade", "/trade/close", { id: tradeId }),
    signAddMargin: (tradeId, amountSats) =>
      sign("add margin", "/trade/add-margin", { id: tradeId, amount: amountSats }),
    events: accountEvents(options)
  }
}

const endedPage = (
  list: "closed" | "canceled",
  cursor: string | null
): RestCall<typeof LnMarketsRest.TradePage.Type> => ({
  operation: `${list} trades`,
  method: "GET",
  path: `${isolated}/trades/${list}`,
  query: cursor === null ? { limit: 1000 } : { limit: 1000, cursor },
  answer: LnMarketsRest.TradePage
})

const order = (operation: string, path: string, body: unknown): RestCall<LnMarketsRest.Trade> => ({
  operation,
  method: "POST",
  path: `${isolated}${path}`,
  body,
  answer: LnMarketsRest.Trade
})

const accountEvents = (options: AccountSessionOptions) =>
  eventStream<AccountEvent, never>(
    (sink): Effect.Effect<never, ExchangeError> =>
      runStreamSession({
        settings: options.settings,
        connecting: options.connecting,
        topics: [LnMarketsStream.topics.isolatedTrades],
        account: { credentials: options.credentials, timestampMs: options.clock.timestampMs },
        onPush: (topic, data) => {
          const event = topic === LnMarketsStream.topics.isolatedTrades ? accountEvent(data) : undefined
          if (event !== undefined) sink.offer(event)
        },
        onConnected: (connection) => {
          sink.attach(connection)
          sink.offer({ _tag: "Connected" })
        },
        onDisconnected: (reason) => sink.offer({ _tag: "Disconnected", reason })
      })
  )
