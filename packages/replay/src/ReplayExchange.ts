import {
  type AccountEvent,
  type AccountSession,
  Exchange,
  ExchangeError,
  type MarketEvent,
  type NewTrade,
  type SignedOrder
} from "@millrace/exchange"
import {
  addMargin,
  cashIn,
  closeCrossPosition,
  closeTrade,
  type LocalExchange,
  Market,
  moveCrossMargin,
  newCrossOrder,
  newTrade,
  setCrossLeverage,
  setStopLoss,
  setTakeProfit,
  type Tick
} from "@millrace/simulators"
import { Effect, Queue, Result, Stream } from "effect"
import { accountOf, shownCross, shownEvent, shownOrder, shownTrade } from "./shownTrades.ts"

/** Who reads a stream; plain and immediate. */
type Readers<A> = Set<(event: A) => void>

/**
 * The simulated market behind the exchange port, without sockets: an order is applied, and answered, in the instant in
 * which it is sent, at the price of the newest tick.
 */
export const replayExchange = (market: LocalExchange, nowMs: () => number): Exchange["Service"] => {
  const prices: Readers<MarketEvent> = new Set()
  const accounts = new Map<string, Readers<AccountEvent>>()
  market.listen({
    price: (tick) => {
      const event: MarketEvent = priceOf(tick, nowMs())
      for (const read of prices) read(event)
    },
    accounts: (events) => {
      for (const event of events) {
        const shown = shownEvent(event)
        if (shown === undefined) continue
        for (const read of accounts.get(accountOf(event)) ?? []) read(shown)
      }
    }
  })
  return Exchange.of({
    ticker: Effect.sync(() => {
      const { index, price } = market.state()
      return { priceUsd: price ?? 0, indexUsd: index ?? 0 }
    }),
    candles: (fromMs, toMs) =>
      Effect.sync(() => market.candles.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)),
    serverTimeMs: Effect.sync(nowMs),
    marketEvents: eventsOf(prices),
    account: (accountId) =>
      Effect.sync(() => {
        const readers: Readers<AccountEvent> = accounts.get(accountId) ?? new Set()
        accounts.set(accountId, readers)
        return session(market, accountId, eventsOf(readers), nowMs)
      })
  })
}

const priceOf = ({ price, timeMs }: Tick, receivedAtMs: number): MarketEvent => ({
  _tag: "Price",
  priceUsd: price,
  marketTimeMs: timeMs,
  receivedAtMs
})

/** A stream that begins with `Connected`, and never breaks. */
const eventsOf = <A>(readers: Readers<A | Connected>): Stream.Stream<A | Connected> =>
  Stream.callback<A | Connected>((queue) => {
    const read = (event: A | Connected): void => void Queue.offerUnsafe(queue, event)
    return Effect.acquireRelease(
      Effect.sync(() => {
        readers.add(read)
        read({ _tag: "Connected" })
      }),
      () => Effect.sync(() => readers.delete(read))
    )
  })

interface Connected {
  readonly _tag: "Connected"
}

const session = (
  market: LocalExchange,
  accountId: string,
  events: Stream.Stream<AccountEvent>,
  nowMs: () => number
): AccountSession => {
  /** Signing takes no time; the order is applied when it is sent. */
  const sign = <A, B>(
    operation: string,
    command: (state: Market.MarketState) => Market.Outcome<A>,
    shown: (value: A) => B
  ): Effect.Effect<SignedOrder<B>> =>
    Effect.sync(() => ({
      operation,
      signedAtMs: nowMs(),
      send: Effect.suspend(() =>
        Result.match(market.run(command), {
          onSuccess: (value) => Effect.succeed(shown(value)),
          onFailure: (refusal) => Effect.fail(refusedBy(operation, refusal))
        })
      )
    }))
  const onTrade = (operation: string, command: (state: Market.MarketState) => Market.Outcome<Market.Trade>) =>
    sign(operation, command, shownTrade)
  const ownTrades = (): ReadonlyArray<Market.Trade> => {
    const state = market.state()
    const account = Market.findAccount(state, accountId)
    return [...(account?.liveTrades ?? []), ...(account?.endedTrades ?? [])].flatMap(
      (id) => Market.findTrade(state, id) ?? []
    )
  }
  const crossShown = (): ReturnType<typeof shownCross> => shownCross(market.state(), accountId)
  return {
    runningTrades: Effect.sync(() => ownTrades().filter(isRunning).map(shownTrade)),
    findTrade: (tradeId) =>
      Effect.sync(() => {
        const trade = Market.findTrade(market.state(), tradeId)
        return trade?.accountId === accountId ? shownTrade(trade) : undefined
      }),
    findTradeByClientId: (clientId, sinceMs) =>
      Effect.sync(() => {
        const found = ownTrades().findLast((trade) => trade.clientId === clientId && trade.createdAtMs >= sinceMs)
        return found === undefined ? undefined : shownTrade(found)
      }),
    events,
    identity: Effect.sync(() => ({
      exchangeUserId: market.uid(accountId) ?? accountId,
      username: accountId,
      balanceSats: Market.findAccount(market.state(), accountId)?.balance ?? 0,
      permissions: ["account:*", "futures:*"]
    })),
    signCloseTrade: (tradeId) => onTrade("close trade", (state) => closeTrade(state, accountId, tradeId)),
    signAddMargin: (tradeId, sats) => onTrade("add margin", (state) => addMargin(state, accountId, tradeId, sats)),
    signCashIn: (tradeId, sats) => onTrade("cash in", (state) => cashIn(state, accountId, tradeId, sats)),
    signSetStopLoss: (tradeId, price) =>
      onTrade("set stop loss", (state) => setStopLoss(state, accountId, tradeId, price)),
    signSetTakeProfit: (tradeId, price) =>
      onTrade("set take profit", (state) => setTakeProfit(state, accountId, tradeId, price)),
    signOpenTrade: (trade) => onTrade("open trade", (state) => newTrade(state, accountId, newTradeOf(trade))),
    crossPosition: Effect.sync(crossShown),
    crossOrders: (sinceMs) =>
      Effect.sync(() => {
        const account = Market.findAccount(market.state(), accountId)
        return [...(account?.crossDone ?? []), ...(account?.crossOrders ?? [])]
          .filter(({ createdAtMs }) => createdAtMs >= sinceMs)
          .toReversed()
          .map(shownOrder)
      }),
    crossTransfers: (sinceMs) =>
      Effect.sync(() =>
        (Market.findAccount(market.state(), accountId)?.transfers ?? [])
          .filter(({ timeMs }) => timeMs >= sinceMs)
          .toReversed()
          .map(({ amount, id, timeMs }) => ({ transferId: id, amountSats: amount, atMs: timeMs }))
      ),
    signCrossOrder: ({ orderType, priceUsd, quantityUsd, side }) =>
      sign(
        "cross order",
        (state) =>
          newCrossOrder(state, accountId, {
            type: orderType,
            side,
            quantity: quantityUsd,
            ...(priceUsd === undefined ? {} : { price: priceUsd })
          }),
        shownOrder
      ),
    signCloseCross: sign("close cross position", (state) => closeCrossPosition(state, accountId), shownOrder),
    signCrossDeposit: (sats) => sign("cross deposit", (state) => moveCrossMargin(state, accountId, sats), crossShown),
    signSetCrossLeverage: (leverage) =>
      sign("set cross leverage", (state) => setCrossLeverage(state, accountId, leverage), crossShown)
  }
}

const isRunning = (trade: Market.Trade): boolean => trade.status === "running"

const newTradeOf = (trade: NewTrade): Parameters<typeof newTrade>[2] => ({
  type: trade.orderType,
  side: trade.side,
  quantity: trade.quantityUsd,
  leverage: trade.leverage,
  clientId: trade.clientId,
  ...(trade.priceUsd === undefined ? {} : { price: trade.priceUsd }),
  ...(trade.stopLossUsd === undefined ? {} : { stoploss: trade.stopLossUsd }),
  ...(trade.takeProfitUsd === undefined ? {} : { takeprofit: trade.takeProfitUsd })
})

/** A refusal as the real adapter tells it: nothing was applied. */
const refusedBy = (operation: string, { code, message, status }: Market.Refusal): ExchangeError =>
  new ExchangeError({
    operation,
    reason: status === 404 ? "notFound" : status === 503 ? "unavailable" : "badRequest",
    applied: "no",
    status,
    code,
    detail: message
  })
