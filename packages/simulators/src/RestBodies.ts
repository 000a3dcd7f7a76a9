/** The market's values as the bodies of REST v3. */
import type { LnMarketsRest } from "@millrace/contracts"
import { DateTime } from "effect"
import { feeTier } from "./Accounts.ts"
import type { MinuteCandle } from "./Candles.ts"
import { crossFigures } from "./CrossPosition.ts"
import { nextFundingMs } from "./Funding.ts"
import { fillPrice } from "./IsolatedTrades.ts"
import { type Account, type CrossOrder, findAccount, type MarketState, type Trade } from "./MarketState.ts"
import * as Maths from "./Maths.ts"

export const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
const uidOf = (state: MarketState, accountId: string): string => findAccount(state, accountId)?.uid ?? accountId

/** A running trade's `pl` is that of the present price. */
export const tradeBody = (state: MarketState, trade: Trade): LnMarketsRest.Trade => ({
  id: trade.id,
  uid: uidOf(state, trade.accountId),
  type: trade.type,
  side: trade.side,
  quantity: trade.quantity,
  margin: trade.margin,
  leverage: trade.leverage,
  price: trade.price,
  liquidation: trade.liquidation,
  stoploss: trade.stopLoss,
  takeprofit: trade.takeProfit,
  stoplossTrailingDistance: trade.trailingDistance,
  entryPrice: trade.entryPrice,
  entryMargin: trade.entryMargin,
  exitPrice: trade.exitPrice,
  pl:
    trade.status === "running"
      ? Maths.pl(
          trade.side,
          trade.quantity,
          trade.entryPrice,
          state.price ?? trade.entryPrice,
          state.settings.plRounding
        )
      : trade.pl,
  openingFee: trade.openingFee,
  closingFee: trade.closingFee,
  maintenanceMargin: trade.maintenanceMargin,
  sumFundingFees: trade.sumFundingFees,
  sumCashInPl: trade.sumCashInPl,
  sumCashInMargin: trade.sumCashInMargin,
  open: trade.status === "open",
  running: trade.status === "running",
  closed: trade.status === "closed",
  canceled: trade.status === "canceled",
  createdAt: iso(trade.createdAtMs),
  filledAt: isoOrNull(trade.filledAtMs),
  closedAt: isoOrNull(trade.closedAtMs),
  clientId: trade.clientId
})

/** Without its client id: REST does not tell it, the stream does. */
export const orderBody = (state: MarketState, order: CrossOrder): LnMarketsRest.CrossOrder => ({
  id: order.id,
  uid: uidOf(state, order.accountId),
  type: order.type,
  side: order.side,
  quantity: order.quantity,
  price: order.price,
  tradingFee: order.tradingFee,
  open: order.status === "open",
  filled: order.status === "filled",
  canceled: order.status === "canceled",
  createdAt: iso(order.createdAtMs),
  filledAt: isoOrNull(order.filledAtMs),
  canceledAt: isoOrNull(order.canceledAtMs)
})

/** `totalPl` is what was realised plus the running P&L, `deltaPl` the running P&L alone. */
export const positionBody = (state: MarketState, account: Account): LnMarketsRest.CrossPosition => {
  const { cross } = account
  const figures = crossFigures(state, account)
  return {
    id: cross.id,
    uid: account.uid,
    quantity: cross.quantity,
    leverage: cross.leverage,
    margin: cross.margin,
    entryPrice: cross.entryPrice,
    liquidation: figures.liquidation,
    initialMargin: figures.initialMargin,
    maintenanceMargin: figures.maintenanceMargin,
    runningMargin: figures.runningMargin,
    totalPl: cross.realisedPl + figures.deltaPl,
    deltaPl: figures.deltaPl,
    fundingFees: cross.fundingFees,
    tradingFees: cross.tradingFees,
    updatedAt: iso(cross.updatedAtMs)
  }
}

export const accountBody = (state: MarketState, account: Account): LnMarketsRest.Account => ({
  id: account.uid,
  username: account.name,
  balance: account.balance,
  syntheticUsdBalance: account.wallet.usdCents / 100,
  email: null,
  feeTier: feeTier(state, account),
  linkingPublicKey: null
})

/** Largest order that one price bucket of the ticker stands for. */
const BUCKET_USD = 15_000_000

export const priceBuckets = (state: MarketState, price: number): LnMarketsRest.Ticker["prices"] => [
  {
    minSize: 0,
    maxSize: BUCKET_USD,
    askPrice: fillPrice(state, price, "buy"),
    bidPrice: fillPrice(state, price, "sell")
  }
]

export const tickerBody = (state: MarketState, price: number): LnMarketsRest.Ticker => {
  const fundingMs = nextFundingMs(state, state.timeMs)
  return {
    index: state.index ?? price,
    lastPrice: price,
    fundingRate: state.settings.fundingRate,
    fundingTime: fundingMs === undefined ? null : iso(fundingMs),
    prices: priceBuckets(state, price)
  }
}

export const candleBody = (candle: MinuteCandle): LnMarketsRest.Candle => ({
  time: iso(candle.timeMs),
  open: candle.open,
  high: candle.high,
  low: candle.low,
  close: candle.close,
  volume: candle.volume
})
