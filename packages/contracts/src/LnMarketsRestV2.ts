/**
 * Bodies of the exchange's REST API v2 (LN Markets, futures): legacy, isolated trades only, without client ids.
 *
 * Keys are snake_case (the ticker's are not), times milliseconds since the epoch, amounts satoshis, quantities whole
 * USD, prices USD. Errors have the shape of `LnMarketsRest.ErrorBody`.
 */
import { Schema } from "effect"

const Sats = Schema.Int
const Ms = Schema.Finite
const Price = Schema.Finite
const Id = Schema.NonEmptyString
const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** Buy or sell. */
export const Side = Schema.Literals(["b", "s"])
export type Side = typeof Side.Type
/** Market or limit. */
export const OrderType = Schema.Literals(["m", "l"])
export type OrderType = typeof OrderType.Type
/** Lists of GET `/futures?type=`; canceled trades are among the closed ones, if anywhere. */
export const TradeList = Schema.Literals(["open", "running", "closed"])
export type TradeList = typeof TradeList.Type

/** Body of POST `/futures`; exactly one of `margin` and `quantity`; `price` for limit orders only. */
export const NewTrade = Schema.Struct({
  type: OrderType,
  side: Side,
  leverage: Schema.Finite,
  quantity: Schema.optionalKey(Schema.Int),
  margin: Schema.optionalKey(Sats),
  price: Schema.optionalKey(Price),
  stoploss: Schema.optionalKey(Price),
  takeprofit: Schema.optionalKey(Price)
})
export type NewTrade = typeof NewTrade.Type

/** Body of PUT `/futures`; a `value` of 0 removes. */
export const TradeTrigger = Schema.Struct({
  id: Id,
  type: Schema.Literals(["stoploss", "takeprofit"]),
  value: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
})
export type TradeTrigger = typeof TradeTrigger.Type

/** Body of POST `/futures/cancel`. */
export const TradeId = Schema.Struct({ id: Id })

/** Body of POST `/futures/add-margin` and `/futures/cash-in`; `amount` in satoshis, positive. */
export const TradeAmount = Schema.Struct({ id: Id, amount: Sats.check(Schema.isGreaterThan(0)) })
export type TradeAmount = typeof TradeAmount.Type

/** A trade in any state; `stoploss` and `takeprofit` are 0, null or absent when not set. */
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
  stoploss: nullable(Price),
  takeprofit: nullable(Price),
  entry_price: nullable(Price),
  entry_margin: nullable(Sats),
  exit_price: nullable(Price),
  pl: Sats,
  opening_fee: Sats,
  closing_fee: Sats,
  maintenance_margin: Sats,
  sum_carry_fees: Schema.optionalKey(Sats),
  creation_ts: Ms,
  market_filled_ts: nullable(Ms),
  closed_ts: nullable(Ms),
  last_update_ts: nullable(Ms),
  open: Schema.Boolean,
  running: Schema.Boolean,
  closed: Schema.Boolean,
  canceled: Schema.Boolean
})
export type Trade = typeof Trade.Type

export const Trades = Schema.Array(Trade)

/** Answer of DELETE `/futures/all/close` and `/futures/all/cancel`. */
export const EndedTrades = Schema.Struct({ trades: Trades })

/** Answer of GET `/futures/ticker`. */
export const Ticker = Schema.Struct({
  index: Price,
  lastPrice: Price,
  askPrice: nullable(Price),
  bidPrice: nullable(Price),
  carryFeeRate: nullable(Schema.Finite),
  carryFeeTimestamp: nullable(Ms)
})
export type Ticker = typeof Ticker.Type

/** Minutes of a candle, as text; `D`, `W` and `M` for days, weeks and months. */
export const CandleRange = Schema.Literals(["1", "3", "5", "15", "30", "60", "120", "240", "1D", "1W", "1M", "3M"])
export type CandleRange = typeof CandleRange.Type

/** Item of GET `/futures/ohlcs?range&from&to&limit`, at most 1,000; in which order is not known. */
export const Candle = Schema.Struct({
  time: Ms,
  open: Price,
  high: Price,
  low: Price,
  close: Price,
  volume: Schema.optionalKey(Schema.Finite)
})
export type Candle = typeof Candle.Type

export const Candles = Schema.Array(Candle)

/** Answer of GET `/user`, as far as it concerns a trader. */
export const User = Schema.Struct({
  uid: Id,
  username: Schema.String,
  balance: Sats,
  role: Schema.optionalKey(Schema.String),
  synthetic_usd_balance: Schema.optionalKey(Schema.Finite),
  email: nullable(Schema.String),
  linkingpublickey: nullable(Schema.String),
  fee_tier: Schema.optionalKey(Schema.Int)
})
export type User = typeof User.Type

/** Answer of GET `/time`. */
export const Time = Ms
