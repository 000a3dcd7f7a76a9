/** The WebSocket of API v2's age: JSON-RPC over the root path, two price channels, no account events. */
import { Result, Schema } from "effect"
import { makeDelivery } from "./Delivery.ts"
import type { LocalExchange, MarketListener } from "./LocalExchange.ts"
import type { StreamClient } from "./StreamHub.ts"
import type { Tick } from "./Tick.ts"
import { wallNowMs } from "./WallClock.ts"

const channels = {
  lastPrice: "futures:btc_usd:last-price",
  index: "futures:btc_usd:index",
  /** Can be subscribed to; there are no options here, so it never pushes. */
  volatility: "options:btc_usd:volatility-index"
} as const

export type TickDirection = "MinusTick" | "ZeroMinusTick" | "PlusTick" | "ZeroPlusTick"

/** How a price lies to the one before it; one that did not move keeps the side of the last move. */
export const tickDirection = (price: number, before: number | undefined, last: TickDirection): TickDirection => {
  if (before !== undefined && price > before) return "PlusTick"
  if (before !== undefined && price < before) return "MinusTick"
  return last === "PlusTick" || last === "ZeroPlusTick" ? "ZeroPlusTick" : "ZeroMinusTick"
}

/** Who listens on the old socket, and what is pushed to them. */
export interface OldSocketHub extends MarketListener {
  readonly subscribe: (client: StreamClient, channel: string) => void
  readonly unsubscribe: (client: StreamClient, channel: string) => void
  readonly leave: (client: StreamClient) => void
}

export const makeOldSocketHub = (exchange: LocalExchange): OldSocketHub => {
  const delivery = makeDelivery(exchange.faults)
  const tell = (channel: string, data: () => unknown): void =>
    delivery.deliver(channel, channel, () =>
      JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { channel, data: data() } })
    )
  let before: number | undefined
  let direction: TickDirection = "ZeroPlusTick"
  return {
    subscribe: (client, channel) => {
      delivery.join(client, channel)
      client.topics.add(channel)
    },
    unsubscribe: (client, channel) => {
      delivery.part(client, channel)
      client.topics.delete(channel)
    },
    leave: (client) => {
      for (const channel of client.topics) delivery.part(client, channel)
    },
    price: ({ price, timeMs, index }: Tick) => {
      direction = tickDirection(price, before, direction)
      before = price
      tell(channels.lastPrice, () => ({ time: timeMs, lastPrice: price, lastTickDirection: direction }))
      tell(channels.index, () => ({ time: timeMs, index: index ?? price }))
    },
    accounts: () => undefined
  }
}

interface Call {
  readonly exchange: LocalExchange
  readonly hub: OldSocketHub
  readonly client: StreamClient
  readonly params: unknown
}
type Answered = Result.Result<unknown, { readonly code: number; readonly message: string }>

const Request = Schema.Struct({
  id: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite, Schema.Null])),
  method: Schema.String,
  params: Schema.optionalKey(Schema.Unknown)
})
const decodeRequest = Schema.decodeUnknownResult(Request)
const decodeChannels = Schema.decodeUnknownResult(Schema.Array(Schema.Literals(Object.values(channels))))
const decodeAuth = Schema.decodeUnknownResult(
  Schema.Struct({
    timestamp: Schema.Finite,
    signature: Schema.String,
    passphrase: Schema.String,
    key: Schema.String
  })
)

const failure = (code: number, message: string): Answered => Result.fail({ code, message })

const onChannels =
  (act: "subscribe" | "unsubscribe") =>
  ({ hub, client, params }: Call): Answered => {
    const decoded = decodeChannels(params)
    if (Result.isFailure(decoded)) return failure(-32602, decoded.failure.message)
    for (const channel of decoded.success) hub[act](client, channel)
    return Result.succeed(decoded.success)
  }

const authenticate = ({ exchange, client, params }: Call): Answered => {
  const decoded = decodeAuth(params)
  if (Result.isFailure(decoded)) return failure(-32602, decoded.failure.message)
  const key = exchange.apiKeys.checkOldSocket(decoded.success, wallNowMs())
  if (Result.isFailure(key)) {
    exchange.journal.rejected(key.failure.status)
    return failure(-32001, key.failure.message)
  }
  client.key = key.success
  return Result.succeed({ authenticated: true })
}

const listed = (): Answered => Result.succeed(Object.values(channels))

/** With and without `public`, as the two generations of its clients call them. */
const methods: ReadonlyMap<string, (call: Call) => Answered> = new Map<string, (call: Call) => Answered>([
  ["v1/public/subscribe", onChannels("subscribe")],
  ["v1/public/unsubscribe", onChannels("unsubscribe")],
  ["v1/public/channels", listed],
  ["v1/public/ping", () => Result.succeed("pong")],
  ["v1/auth/api-key", authenticate],
  ["v1/subscribe", onChannels("subscribe")],
  ["v1/unsubscribe", onChannels("unsubscribe")],
  ["v1/__listEvents", listed],
  ["v1/__listMethods", (): Answered => Result.succeed([...methods.keys()])]
])

/** Answers one message; a text that is no request is answered with a null id. */
export const answerOldSocket = (
  exchange: LocalExchange,
  hub: OldSocketHub,
  client: StreamClient,
  text: string
): string | undefined => {
  const encode = (id: string | number | null, answered: Answered): string =>
    JSON.stringify({
      jsonrpc: "2.0",
      id,
      ...(Result.isSuccess(answered) ? { result: answered.success } : { error: answered.failure })
    })
  const parsed = Result.try({ try: (): unknown => JSON.parse(text), catch: () => "not JSON" })
  if (Result.isFailure(parsed)) return encode(null, failure(-32700, "Parse error"))
  const request = decodeRequest(parsed.success)
  if (Result.isFailure(request)) return encode(null, failure(-32600, "Invalid request"))
  const { id, method, params } = request.success
  const answered =
    methods.get(method)?.({ exchange, hub, client, params }) ?? failure(-32601, `Method not found: ${method}`)
  return id === undefined ? undefined : encode(id, answered)
}
