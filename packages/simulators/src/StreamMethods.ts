/** The JSON-RPC methods of stream v1, as a function from a text to the answer's text. */
import { LnMarketsStream as Stream } from "@millrace/contracts"
import { Result, Schema } from "effect"
import { permits } from "./ApiKeys.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { permissionOf, type StreamClient, type StreamHub } from "./StreamHub.ts"
import { wallNowMs } from "./WallClock.ts"

type Answered = Result.Result<unknown, Stream.RpcError>

const decodeRequest = Schema.decodeUnknownResult(Stream.Request)
const decodeAuthenticate = Schema.decodeUnknownResult(Stream.Authenticate)
const decodeTopics = Schema.decodeUnknownResult(Stream.TopicList)

const failure = (code: number, message: string, data?: unknown): Answered =>
  Result.fail({ code, message, ...(data === undefined ? {} : { data }) })
const invalidParams = (message: string): Answered => failure(-32602, message)

/** Answers one message; a text that is no request is answered with a null id. */
export const answerStream = (exchange: LocalExchange, hub: StreamHub, client: StreamClient, text: string): string => {
  const parsed = Result.try({ try: (): unknown => JSON.parse(text), catch: () => "not JSON" })
  if (Result.isFailure(parsed)) return encode(null, failure(-32700, "Parse error"))
  const request = decodeRequest(parsed.success)
  if (Result.isFailure(request)) return encode(null, failure(-32600, "Invalid request"))
  const { id, method, params } = request.success
  const handle = methods[method]
  const answered = handle ? handle({ exchange, hub, client, params }) : failure(-32601, `Method not found: ${method}`)
  return encode(id, answered)
}

/** A price sent again to a client that subscribes while a lockstep feed waits: its own copy may be lost. */
export const pendingPrice = (exchange: LocalExchange, topic: string): string | undefined => {
  const state = exchange.state()
  if (!exchange.lockstep.waiting || topic !== Stream.topics.lastPrice || state.price === undefined) return undefined
  const data = { time: state.timeMs, lastPrice: state.price }
  return JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { topic, data } })
}

interface Call {
  readonly exchange: LocalExchange
  readonly hub: StreamHub
  readonly client: StreamClient
  readonly params: unknown
}

const encode = (id: string | null, answered: Answered): string =>
  Result.isSuccess(answered)
    ? JSON.stringify({ jsonrpc: "2.0", id, result: answered.success })
    : JSON.stringify({ jsonrpc: "2.0", id, error: answered.failure })

const authenticate = ({ exchange, hub, client, params }: Call): Answered => {
  const decoded = decodeAuthenticate(params)
  if (Result.isFailure(decoded)) return invalidParams(decoded.failure.message)
  const key = exchange.apiKeys.checkStream(decoded.success, wallNowMs())
  if (Result.isFailure(key)) {
    exchange.journal.rejected(key.failure.status)
    return failure(-32001, key.failure.message, { code: key.failure.code })
  }
  hub.leave(client)
  client.topics.clear()
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

const methods: Record<string, (call: Call) => Answered> = {
  hello: () => Result.succeed({ version: "1.0.0" }),
  ping: () => Result.succeed("pong"),
  time: () => Result.succeed({ time: Math.floor(wallNowMs()) }),
  authenticate,
  whoami,
  subscribe,
  unsubscribe,
  unsubscribeAll
}
