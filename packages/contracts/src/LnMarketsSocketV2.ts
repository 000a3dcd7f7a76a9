/**
 * Messages of the exchange's old WebSocket (age of v1 and v2): JSON-RPC 2.0, prices only.
 *
 * It has no positions and no snapshot. Requests and answers have the form of `LnMarketsStream.Request` and `Answer`.
 * Times are milliseconds since the epoch.
 */
import { Schema } from "effect"

/** Channels, all public. */
export const channels = {
  lastPrice: "futures:btc_usd:last-price",
  index: "futures:btc_usd:index",
  volatilityIndex: "options:btc_usd:volatility-index"
} as const

export const methods = {
  subscribe: "v1/public/subscribe",
  unsubscribe: "v1/public/unsubscribe",
  ping: "v1/public/ping",
  channels: "v1/public/channels",
  authenticate: "v1/auth/api-key"
} as const

/** Parameters and result of subscribe and unsubscribe. */
export const ChannelList = Schema.Array(Schema.String)

/** Parameters of `authenticate`; signature = base64 HMAC-SHA256(secret, timestamp + `auth/api-key`). */
export const Authenticate = Schema.Struct({
  key: Schema.String,
  passphrase: Schema.String,
  timestamp: Schema.Finite,
  signature: Schema.String
})
export type Authenticate = typeof Authenticate.Type

/** What the server pushes for a subscribed channel. */
export const Push = Schema.Struct({
  jsonrpc: Schema.optionalKey(Schema.Literal("2.0")),
  method: Schema.Literal("subscription"),
  params: Schema.Struct({ channel: Schema.String, data: Schema.Unknown })
})
export type Push = typeof Push.Type

/** Payload of `lastPrice`. */
export const LastPriceData = Schema.Struct({
  time: Schema.Finite,
  lastPrice: Schema.Finite,
  lastTickDirection: Schema.optionalKey(Schema.Literals(["MinusTick", "ZeroMinusTick", "PlusTick", "ZeroPlusTick"]))
})
export type LastPriceData = typeof LastPriceData.Type

/** Payload of `index`. */
export const IndexData = Schema.Struct({ time: Schema.Finite, index: Schema.Finite })
