/** The JSON-RPC methods of stream v1, as a function from a text to the answer's text. */
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Result, Schema } from "effect"
import { permits } from "./ApiKeys.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { permissionOf, pushText, type StreamClient, type StreamHub } from "./StreamHub.ts"
import { wallNowMs } from "./WallClock.ts"

type Answered = Result.Result<unknown, Stream.RpcError>

/** A request as the exchange takes it; without an id it is a notification and gets no answer. */
const Request = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  id: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite, Schema.Null])),
  method: Schema.String,
  params: Schema.optionalKey(Schema.Unknown)
})
const decodeRequest = Schema.decodeUnknownResult(Request)
const decodeAuthenticate = Schema.decodeUnknownResult(Stream.Authenticate)
const decodeTopics = Schema.decodeUnknownResult(Stream.TopicList)
const decodeHello = Schema.decodeUnknownResult(Stream.Hello)

const failure = (code: number, message: string, data?: unknown): Answered =>
  Result.fail({ code, message, ...(data === undefined ? {} : { data }) })
const invalidParams = (message: string): Answered => failure(-32602, message)

/**
 * Answers one message with a text, or a notification with nothing.
 *
 * A text that is no request is answered with a null id. Every answer tells when the request came and the answer went, in
 * microseconds, and what is left of the connection's budget.
 */
export const answerStream = (
  exchange: LocalExchange,
  hub: StreamHub,
  client: StreamClient,
  text: string
): string | undefined => {
  const inMs = wallNowMs()
  const { streamRequestsPerSecond: limit } = exchange.settings
  const taken = exchange.rateLimits.take(`stream/${client.id}`, { requests: limit, perMs: 1000 }, inMs)
  const encode = (id: string | number | null, answered: Answered): string => {
    const [usIn, usOut] = [Math.round(inMs * 1000), Math.round(wallNowMs() * 1000)]
    return JSON.stringify({
      jsonrpc: "2.0",
      id,
      ...(Result.isSuccess(answered) ? { result: answered.success } : { error: answered.failure }),
      usIn,
      usOut,
      usDiff: usOut - usIn,
      ...(taken.remaining === undefined ? {} : { rateLimit: { remaining: taken.remaining, limit } })
    })
  }
  const parsed = Result.try({ try: (): unknown => JSON.parse(text), catch: () => "not JSON" })
  if (Result.isFailure(parsed)) return encode(null, failure(-32700, "Parse error"))
  const request = decodeRequest(parsed.success)
  if (Result.isFailure(request)) return encode(null, failure(-32600, "Invalid request"))
  const { id, method, params } = request.success
  const answered =
    taken.retryAfterSeconds > 0
      ? failure(-32005, "Too many requests", { code: "TOO_MANY_REQUESTS", retryAfter: taken.retryAfterSeconds })
      : (methods.get(method)?.({ exchange, hub, client, params }) ?? failure(-32601, `Method not found: ${method}`))
  if (taken.retryAfterSeconds > 0) exchange.journal.rejected(429)
  return id === undefined ? undefined : encode(id, answered)
}

/** A price sent again to a client that subscribes while a lockstep feed waits: its own copy may be lost. */
export const pendingPrice = (exchange: LocalExchange, topic: string): string | undefined => {
  const state = exchange.state()
  if (!exchange.lockstep.waiting || topic !== Stream.topics.lastPrice || state.price === undefined) return undefined
  return pushText(topic, { time: state.timeMs, lastPrice: state.price })
}

interface Call {
  readonly exchange: LocalExchange
  readonly hub: StreamHub
  readonly client: StreamClient
  readonly params: unknown
}

const authenticate = ({ exchange, hub, client, params }: Call): Answered => {
  const decoded = decodeAuthenticate(params)
  if (Result.isFailure(decoded)) return invalidParams(decoded.failure.message)
  const key = exchange.apiKeys.checkStream(decoded.success, wallNowMs())
  if (Result.isFailure(key)) {
    exchange.journal.rejected(key.failure.status)
    return failure(-32001, key.failure.message, { code: key.failure.code })
  }
  hub.leaveAccount(client)
  client.key = key.success
  return Result.succeed({ authenticated: true, permissions: key.success.permissions })
}

const whoami = ({ exchange, client }: Call): Answered => {
  if (!client.key) return failure(-32001, "Not authenticated", { code: "UNAUTHORIZED" })
  const { key, accountId, permissions } = client.key
  return Result.succeed({ apiKey: key, userId: uidOf(exchange, accountId), permissions })
}

const uidOf = (exchange: LocalExchange, accountId: string): string => exchange.uid(accountId) ?? accountId

const subscribe = ({ hub, client, params }: Call): Answered => {
  const decoded = decodeTopics(params)
  if (Result.isFailure(decoded)) return invalidParams(decoded.failure.message)
  for (const topic of decoded.success.topics) {
    const permission = permissionOf(topic)
    if (permission === null) return invalidParams(`Unknown topic: ${topic}`)
    if (permission === undefined) continue
    if (!client.key) return failure(-32001, `Topic ${topic} needs authentication`, { code: "UNAUTHORIZED" })
    if (!permits(client.key.permissions, permission))
      return failure(-32003, `API key lacks the permission ${permission}`, { code: "FORBIDDEN" })
  }
  for (const topic of decoded.success.topics) hub.subscribe(client, topic)
  return Result.succeed({ subscribed: decoded.success.topics })
}

const unsubscribe = ({ hub, client, params }: Call): Answered => {
  const decoded = decodeTopics(params)
  if (Result.isFailure(decoded)) return invalidParams(decoded.failure.message)
  const { topics } = decoded.success
  for (const topic of topics) hub.unsubscribe(client, topic)
  return Result.succeed({ unsubscribed: topics })
}

const unsubscribeAll = ({ hub, client }: Call): Answered => {
  const topics = [...client.topics]
  for (const topic of topics) hub.unsubscribe(client, topic)
  return Result.succeed({ unsubscribed: topics })
}

const methods = new Map<string, (call: Call) => Answered>(
  Object.entries({
    hello: ({ params }) => {
      const decoded = decodeHello(params)
      return Result.isFailure(decoded) ? invalidParams(decoded.failure.message) : Result.succeed({ version: "1.0.0" })
    },
    ping: () => Result.succeed("pong"),
    time: () => Result.succeed({ time: Math.floor(wallNowMs()) }),
    authenticate,
    whoami,
    subscribe,
    unsubscribe,
    unsubscribeAll
  })
)
