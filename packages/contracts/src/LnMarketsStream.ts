/**
 * Messages of the exchange's stream v1: JSON-RPC 2.0 over one WebSocket.
 *
 * The stream has no snapshot: load by REST first, then apply. Add-margin, cash-in and stop-loss changes give no event.
 * Times are milliseconds since the epoch.
 */
import { Schema } from "effect"
import { OrderType, PriceBucket, Side } from "./LnMarketsRest.ts"

const Sats = Schema.Int
const Ms = Schema.Finite
const Price = Schema.Finite
const NullableText = Schema.optionalKey(Schema.NullOr(Schema.String))

const prefix = "futures/inverse/btc_usd"

/** Topic names, `ohlc` needs its resolution appended. */
export const topics = {
  announcements: "announcements",
  ticker: `${prefix}/ticker`,
  lastPrice: `${prefix}/lastPrice`,
  index: `${prefix}/index`,
  buckets: `${prefix}/buckets`,
  funding: `${prefix}/funding`,
  ohlc: `${prefix}/ohlc/`,
  isolatedTrades: `${prefix}/isolated/trades`,
  crossOrders: `${prefix}/cross/orders`,
  crossPosition: `${prefix}/cross/position`,
  walletDeposit: "wallet/deposit",
  walletWithdrawal: "wallet/withdrawal"
} as const

/** A request; the exchange's own client only recognises answers whose id is text. */
export const Request = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  id: Schema.String,
  method: Schema.String,
  params: Schema.optionalKey(Schema.Unknown)
})
export type Request = typeof Request.Type

/** Parameters of `authenticate`; signature = base64 HMAC-SHA256(secret, timestamp + nonce), a nonce is used once. */
export const Authenticate = Schema.Struct({
  key: Schema.String,
  signature: Schema.String,
  timestamp: Ms,
  passphrase: Schema.String,
  nonce: Schema.String.check(Schema.isMinLength(8), Schema.isMaxLength(128))
})
export type Authenticate = typeof Authenticate.Type

export const Hello = Schema.Struct({ clientName: Schema.String, clientVersion: Schema.String })
export const TopicList = Schema.Struct({ topics: Schema.Array(Schema.String) })

export const HelloResult = Schema.Struct({ version: Schema.String })
export const TimeResult = Schema.Struct({ time: Ms })
export const AuthenticateResult = Schema.Struct({
  authenticated: Schema.Boolean,
  permissions: Schema.Array(Schema.String)
})
export const WhoAmIResult = Schema.Struct({
  apiKey: Schema.String,
  userId: Schema.String,
  permissions: Schema.Array(Schema.String)
})
export const SubscribeResult = Schema.Struct({ subscribed: Schema.Array(Schema.String) })
export const UnsubscribeResult = Schema.Struct({ unsubscribed: Schema.Array(Schema.String) })

export const RpcError = Schema.Struct({
  code: Schema.Int,
  message: Schema.String,
  data: Schema.optionalKey(Schema.Unknown)
})
export type RpcError = typeof RpcError.Type

/** An answer: `result` or `error`. An error to an unreadable request has a null id. */
export const Answer = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  id: Schema.NullOr(Schema.String),
  result: Schema.optionalKey(Schema.Unknown),
  error: Schema.optionalKey(RpcError)
})
export type Answer = typeof Answer.Type

/** What the server pushes for a subscribed topic. */
export const Push = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  method: Schema.Literal("subscription"),
  params: Schema.Struct({ topic: Schema.String, data: Schema.Unknown })
})
export type Push = typeof Push.Type

export const TickerData = Schema.Struct({
  time: Ms,
  lastPrice: Schema.NullOr(Price),
  index: Schema.NullOr(Price),
  funding: Schema.optionalKey(Schema.Struct({ rate: Schema.NullOr(Schema.Finite), time: Schema.NullOr(Ms) }))
})
export const LastPriceData = Schema.Struct({ time: Ms, lastPrice: Price })
export const IndexData = Schema.Struct({ time: Ms, index: Price })
export const BucketsData = Schema.Struct({ time: Ms, buckets: Schema.Array(PriceBucket) })
export const FundingData = Schema.Struct({
  pair: Schema.String,
  current: Schema.Struct({ rate: Schema.NullOr(Schema.Finite), time: Schema.NullOr(Ms) })
})
export const CandleData = Schema.Struct({
  time: Ms,
  open: Price,
  high: Price,
  low: Price,
  close: Price,
  volume: Schema.Finite
})

const OpenedTrade = Schema.Struct({
  id: Schema.String,
  side: Side,
  type: OrderType,
  quantity: Schema.Finite,
  margin: Sats,
  leverage: Schema.Finite,
  price: Price,
  openingFee: Sats,
  createdAt: Ms,
  clientId: NullableText
})
const EndedTrade = Schema.Struct({
  id: Schema.String,
  closedAt: Ms,
  closingFee: Sats,
  pl: Schema.optionalKey(Sats),
  exitPrice: Price,
  clientId: NullableText
})
const CanceledTrade = Schema.Struct({ id: Schema.String, closedAt: Ms, clientId: NullableText })
const FundedTrade = Schema.Struct({
  id: Schema.String,
  margin: Sats,
  liquidationPrice: Price,
  fundingFee: Sats,
  fundedAt: Ms,
  clientId: NullableText
})

const tradeEvent = <E extends string, S extends Schema.Constraint>(events: ReadonlyArray<E>, trade: S) =>
  Schema.Struct({ pair: Schema.String, event: Schema.Literals(events), trade })

/** Payload of the private topic `isolated/trades`. A liquidation has no `pl`. */
export const IsolatedTradeData = Schema.Union([
  tradeEvent(["open", "filled"], OpenedTrade),
  tradeEvent(["closed", "stoploss", "takeprofit", "liquidation"], EndedTrade),
  tradeEvent(["canceled"], CanceledTrade),
  tradeEvent(["funding"], FundedTrade)
])
export type IsolatedTradeData = typeof IsolatedTradeData.Type

/** Less than REST tells of an order: the event says whether it is open, filled or canceled. A canceled one has no fee. */
const StreamOrder = Schema.Struct({
  id: Schema.String,
  type: Schema.Literals(["limit", "market", "liquidation"]),
  side: Side,
  quantity: Schema.Finite,
  price: Price,
  tradingFee: Schema.optionalKey(Sats),
  createdAt: Ms,
  filledAt: Schema.optionalKey(Schema.NullOr(Ms)),
  canceledAt: Schema.optionalKey(Schema.NullOr(Ms)),
  clientId: NullableText
})
/** Payload of the private topic `cross/orders`. */
export const CrossOrderData = Schema.Struct({
  pair: Schema.optionalKey(Schema.String),
  event: Schema.Literals(["new", "limit", "canceled"]),
  order: StreamOrder
})
export type CrossOrderData = typeof CrossOrderData.Type

const StreamPosition = Schema.Struct({
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
  updatedAt: Ms
})
/** Payload of the private topic `cross/position`. */
export const CrossPositionData = Schema.Struct({
  pair: Schema.optionalKey(Schema.String),
  event: Schema.Literals(["new", "limit", "cancel", "leverage", "deposit", "withdraw", "liquidation", "funding"]),
  position: StreamPosition
})
export type CrossPositionData = typeof CrossPositionData.Type

/** Payload of `wallet/deposit` and `wallet/withdrawal`. */
export const WalletData = Schema.Struct({
  currency: Schema.String,
  network: Schema.Literals(["lightning", "bitcoin"]),
  id: Schema.String,
  amount: Sats,
  fee: Schema.optionalKey(Sats),
  balance: Sats,
  status: Schema.String,
  txId: NullableText
})
