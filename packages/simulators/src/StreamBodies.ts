/** The market's events as payloads of stream v1 topics; times are milliseconds. */
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { nextFundingMs } from "./Funding.ts"
import { type AccountEvent, type CrossOrder, findAccount, type MarketState } from "./MarketState.ts"
import { positionBody } from "./RestBodies.ts"

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
        data: { pair, event: event.event, order: orderData(event.order) }
      }
    case "CrossPosition":
      return {
        accountId: event.accountId,
        topic: Stream.topics.crossPosition,
        data: { pair, event: event.event, position: positionData(state, event.accountId) }
      }
    case "Wallet":
      return {
        accountId: event.accountId,
        topic: event.topic === "deposit" ? Stream.topics.walletDeposit : Stream.topics.walletWithdrawal,
        data: walletData(state, event)
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

/** An order as its event tells it: a canceled one without fee, a filled one with the time of its fill. */
const orderData = (order: CrossOrder): Stream.CrossOrderData["order"] => {
  const { id, type, side, quantity, price, clientId, createdAtMs: createdAt } = order
  const told = { id, type, side, quantity, price, clientId, createdAt }
  if (order.status === "canceled") return { ...told, canceledAt: order.canceledAtMs }
  if (order.status === "open") return { ...told, tradingFee: order.tradingFee }
  return { ...told, tradingFee: order.tradingFee, filledAt: order.filledAtMs }
}

const positionData = (state: MarketState, accountId: string): Stream.CrossPositionData["position"] => {
  const account = findAccount(state, accountId)!
  const { id: _id, uid: _uid, ...position } = positionBody(state, account)
  return { ...position, updatedAt: account.cross.updatedAtMs }
}

/** A Lightning payment's transaction is its hash; how the exchange calls a paid deposit is not known. */
const walletData = (
  state: MarketState,
  { accountId, entry, topic }: Extract<AccountEvent, { _tag: "Wallet" }>
): typeof Stream.WalletData.Type => ({
  currency: "btc",
  network: entry.network,
  id: entry.id,
  amount: entry.amount,
  ...(topic === "withdrawal" && "fee" in entry ? { fee: entry.fee ?? 0 } : {}),
  balance: findAccount(state, accountId)?.balance ?? 0,
  status: "status" in entry ? entry.status : "settled",
  txId: "paymentHash" in entry ? entry.paymentHash : entry.txId
})

/** Rate and time of the next settlement; no time without funding hours. */
const nextFunding = (state: MarketState) => ({
  rate: state.settings.fundingRate,
  time: nextFundingMs(state, state.timeMs) ?? null
})

/** Payload of `funding`. */
export const fundingData = (state: MarketState): typeof Stream.FundingData.Type => ({
  pair,
  current: nextFunding(state)
})

/** Payload of `ticker`. */
export const tickerData = (state: MarketState): typeof Stream.TickerData.Type => ({
  time: state.timeMs,
  lastPrice: state.price ?? null,
  index: state.index ?? null,
  funding: nextFunding(state)
})
