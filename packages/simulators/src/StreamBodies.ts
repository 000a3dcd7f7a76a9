/** The market's events as payloads of stream v1 topics; times are milliseconds. */
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { nextFundingMs } from "./Funding.ts"
import { type AccountEvent, type CrossOrder, findAccount, type MarketState } from "./MarketState.ts"
import { orderBody, positionBody } from "./RestBodies.ts"

const pair = "btc_usd"

/** The account, topic and payload of a private event. */
export const privatePush = (
  state: MarketState,
  event: AccountEvent
): { readonly accountId: string; readonly topic: string; readonly data: unknown } => {
  switch (event._tag) {
    case "Trade":
      return {
        accountId: event.trade.accountId,
        topic: Stream.topics.isolatedTrades,
        data: tradeData(event, state.timeMs)
      }
    case "CrossOrder":
      return {
        accountId: event.order.accountId,
        topic: Stream.topics.crossOrders,
        data: { pair, event: event.event, order: orderData(state, event.order) }
      }
    case "CrossPosition":
      return {
        accountId: event.accountId,
        topic: Stream.topics.crossPosition,
        data: { pair, event: event.event, position: positionData(state, event.accountId) }
      }
  }
}

const tradeData = (
  { event, trade, fee }: Extract<AccountEvent, { _tag: "Trade" }>,
  nowMs: number
): Stream.IsolatedTradeData => {
  const ended = { id: trade.id, closedAt: trade.closedAtMs ?? 0, clientId: trade.clientId }
  switch (event) {
    case "open":
    case "filled":
      return {
        pair,
        event,
        trade: {
          id: trade.id,
          side: trade.side,
          type: trade.type,
          quantity: trade.quantity,
          margin: trade.margin,
          leverage: trade.leverage,
          price: event === "filled" ? trade.entryPrice : trade.price,
          openingFee: trade.openingFee,
          createdAt: trade.createdAtMs,
          clientId: trade.clientId
        }
      }
    case "canceled":
      return { pair, event, trade: ended }
    case "liquidation":
      return { pair, event, trade: { ...ended, closingFee: fee, exitPrice: trade.exitPrice ?? 0 } }
    case "funding":
      return {
        pair,
        event,
        trade: {
          id: trade.id,
          margin: trade.margin,
          liquidationPrice: trade.liquidation,
          fundingFee: fee,
          fundedAt: nowMs,
          clientId: trade.clientId
        }
      }
    default:
      return { pair, event, trade: { ...ended, closingFee: fee, pl: trade.pl, exitPrice: trade.exitPrice ?? 0 } }
  }
}

/** The same order as REST shows it, with epoch times. */
const orderData = (state: MarketState, order: CrossOrder): Stream.CrossOrderData["order"] => ({
  ...orderBody(state, order),
  createdAt: order.createdAtMs,
  filledAt: order.filledAtMs,
  canceledAt: order.canceledAtMs
})

const positionData = (state: MarketState, accountId: string) => {
  const account = findAccount(state, accountId)!
  return { ...positionBody(state, account), updatedAt: account.cross.updatedAtMs }
}

/** Payload of `ticker`. */
export const tickerData = (state: MarketState): typeof Stream.TickerData.Type => ({
  time: state.timeMs,
  lastPrice: state.price ?? null,
  index: state.index ?? null,
  funding: { rate: state.settings.fundingRate, time: nextFundingMs(state, state.timeMs) ?? null }
})
