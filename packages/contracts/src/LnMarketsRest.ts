/**
 * Bodies of the exchange's REST API v3 (LN Markets, futures).
 *
 * Decoding ignores keys that the exchange may add; fields that some of its versions leave out are optional or nullable.
 * Times are ISO-8601 text, amounts satoshis, quantities whole USD, prices USD.
 */
import { Schema } from "effect"

const Sats = Schema.Int
const IsoTime = Schema.String.annotate({ format: "date-time" })
const Price = Schema.Finite
const Id = Schema.NonEmptyString

export const Side = Schema.Literals(["buy", "sell"])
export type Side = typeof Side.Type
export const OrderType = Schema.Literals(["limit", "market"])
export type OrderType = typeof OrderType.Type

/** Any 4xx or 5xx answer. Decide by the HTTP status first; the full list of `code` texts is not public. */
export const ErrorBody = Schema.Struct({
  code: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  error: Schema.optionalKey(Schema.String),
  details: Schema.optionalKey(Schema.Unknown)
})
export type ErrorBody = typeof ErrorBody.Type

/** Body of POST `/futures/isolated/trade`; exactly one of `margin` and `quantity`; `price` for limit orders only. */
export const NewTrade = Schema.Struct({
  type: OrderType,
  side: Side,
  leverage: Schema.Finite,
  quantity: Schema.optionalKey(Schema.Int),
  margin: Schema.optionalKey(Sats),
  price: Schema.optionalKey(Price),
  stoploss: Schema.optionalKey(Price),
  takeprofit: Schema.optionalKey(Price),
  clientId: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(64)))
})
export type NewTrade = typeof NewTrade.Type

/** Body of close and cancel. */
export const TradeId = Schema.Struct({ id: Id })
export type TradeId = typeof TradeId.Type

/** Body of add-margin and cash-in; `amount` in satoshis, positive. */
export const TradeAmount = Schema.Struct({ id: Id, amount: Sats.check(Schema.isGreaterThan(0)) })
export type TradeAmount = typeof TradeAmount.Type

/** Body of PUT stoploss and takeprofit; `mode` for stop loss only (`trailing`: `value` is a distance, not a price). */
export const TradeTrigger = Schema.Struct({
  id: Id,
  value: Schema.Finite.check(Schema.isGreaterThan(0)),
  mode: Schema.optionalKey(Schema.Literals(["fixed", "trailing"]))
})
export type TradeTrigger = typeof TradeTrigger.Type

/** An isolated trade in any state; `stoploss` and `takeprofit` are 0 when not set. */
export const Trade = Schema.Struct({
  id: Id,
  uid: Schema.String,
  type: OrderType,
  side: Side,
  quantity: Schema.Finite,
  margin: Sats,
  leverage: Schema.Finite,
  price: Price,
  liquidation: Price,
  stoploss: Schema.Finite,
  takeprofit: Schema.Finite,
  stoplossTrailingDistance: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
  entryPrice: Schema.NullOr(Price),
  entryMargin: Schema.NullOr(Sats),
  exitPrice: Schema.NullOr(Price),
  pl: Sats,
  openingFee: Sats,
  closingFee: Sats,
  maintenanceMargin: Sats,
  sumFundingFees: Sats,
  sumCashInPl: Schema.optionalKey(Sats),
  sumCashInMargin: Schema.optionalKey(Sats),
  open: Schema.Boolean,
  running: Schema.Boolean,
  closed: Schema.Boolean,
  canceled: Schema.Boolean,
  createdAt: IsoTime,
  filledAt: Schema.NullOr(IsoTime),
  closedAt: Schema.NullOr(IsoTime),
  clientId: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export type Trade = typeof Trade.Type

export const Trades = Schema.Array(Trade)

/** Body of POST `/futures/cross/order`. */
export const NewCrossOrder = Schema.Struct({
  type: OrderType,
  side: Side,
  quantity: Schema.Int.check(Schema.isGreaterThan(0)),
  price: Schema.optionalKey(Price),
  clientId: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(64)))
})
export type NewCrossOrder = typeof NewCrossOrder.Type

/** A cross order; filled ones may also have the type `liquidation`. */
export const CrossOrder = Schema.Struct({
  id: Id,
  uid: Schema.String,
  type: Schema.Literals(["limit", "market", "liquidation"]),
  side: Side,
  quantity: Schema.Finite,
  price: Price,
  tradingFee: Sats,
  open: Schema.Boolean,
  filled: Schema.Boolean,
  canceled: Schema.Boolean,
  createdAt: IsoTime,
  filledAt: Schema.NullOr(IsoTime),
  canceledAt: Schema.NullOr(IsoTime),
  clientId: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export type CrossOrder = typeof CrossOrder.Type

export const CrossOrders = Schema.Array(CrossOrder)

/** The one net cross position of an account; `quantity` is negative for a short, 0 for none. */
export const CrossPosition = Schema.Struct({
  id: Id,
  uid: Schema.String,
  quantity: Schema.Finite,
  leverage: Schema.Finite,
  margin: Sats,
  entryPrice: Schema.NullOr(Price),
  liquidation: Schema.NullOr(Price),
  initialMargin: Sats,
  maintenanceMargin: Sats,
  runningMargin: Sats,
  totalPl: Sats,
  deltaPl: Sats,
  fundingFees: Sats,
  tradingFees: Sats,
  updatedAt: IsoTime
})
export type CrossPosition = typeof CrossPosition.Type

/** Body of PUT `/futures/cross/leverage`. */
export const CrossLeverage = Schema.Struct({ leverage: Schema.Int })
/** Body of cross deposit and withdraw, in satoshis. */
export const CrossAmount = Schema.Struct({ amount: Sats.check(Schema.isGreaterThan(0)) })

export const PriceBucket = Schema.Struct({
  minSize: Schema.Finite,
  maxSize: Schema.Finite,
  askPrice: Schema.optionalKey(Schema.NullOr(Price)),
  bidPrice: Schema.optionalKey(Schema.NullOr(Price))
})

/** Answer of GET `/futures/ticker`. */
export const Ticker = Schema.Struct({
  index: Price,
  lastPrice: Price,
  fundingRate: Schema.NullOr(Schema.Finite),
  fundingTime: Schema.NullOr(IsoTime),
  prices: Schema.Array(PriceBucket)
})
export type Ticker = typeof Ticker.Type

export const CandleRange = Schema.Literals([
  "1m",
  "3m",
  "5m",
  "10m",
  "15m",
  "30m",
  "45m",
  "1h",
  "2h",
  "3h",
  "4h",
  "1d",
  "1w",
  "1month",
  "3months"
])
export type CandleRange = typeof CandleRange.Type

export const Candle = Schema.Struct({
  time: IsoTime,
  open: Price,
  high: Price,
  low: Price,
  close: Price,
  volume: Schema.Finite
})
export type Candle = typeof Candle.Type

export const Account = Schema.Struct({
  id: Id,
  username: Schema.String,
  balance: Sats,
  syntheticUsdBalance: Schema.Finite,
  email: Schema.NullOr(Schema.String),
  feeTier: Schema.Int,
  linkingPublicKey: Schema.NullOr(Schema.String)
})
export type Account = typeof Account.Type

export const FundingSettlement = Schema.Struct({
  id: Id,
  time: IsoTime,
  fundingRate: Schema.Finite,
  fixingPrice: Price
})
export type FundingSettlement = typeof FundingSettlement.Type

export const FundingFee = Schema.Struct({
  fee: Sats,
  settlementId: Id,
  time: IsoTime,
  tradeId: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export type FundingFee = typeof FundingFee.Type

export const Transfer = Schema.Struct({ id: Id, uid: Schema.String, amount: Sats, time: IsoTime })
export type Transfer = typeof Transfer.Type

export const Time = Schema.Struct({ time: IsoTime })
export type Time = typeof Time.Type

/** A page of a list; ask again with `cursor` until `nextCursor` is null. */
export const page = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({ data: Schema.Array(item), nextCursor: Schema.NullOr(Schema.String) })

export const TradePage = page(Trade)
export const CrossOrderPage = page(CrossOrder)
export const CandlePage = page(Candle)
export const FundingSettlementPage = page(FundingSettlement)
export const FundingFeePage = page(FundingFee)
export const TransferPage = page(Transfer)
