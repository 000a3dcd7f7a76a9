import type { RateLimit, RateLimited, RateLimits, TurnPriority } from "@millrace/store"
import { Clock, Duration, Effect, Metric, Result, Schema } from "effect"
import type { ExchangeCredentials } from "./Exchange.ts"
import { ExchangeError } from "./Exchange.ts"
import type { ExchangeClock } from "./ExchangeClock.ts"
import type { EndpointBreakers } from "./endpointBreakers.ts"
import type { RestConnection, RestRequest } from "./RestConnection.ts"
import { failureOfAnswer, failureOfStatus, failureWithoutAnswer, type RestOperation } from "./restFailure.ts"
import { authenticationHeaders, type RestSigning } from "./Signature.ts"

/** A call of REST; `path` without the base's path, `query` in the order it is to be sent. */
export interface RestCall<A> {
  readonly operation: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
  readonly answer: Schema.Codec<A, unknown>
}

/** A call with its signature; `send` sends it once. */
export interface PreparedCall<A> {
  readonly signedAtMs: number
  readonly send: Effect.Effect<A, ExchangeError>
}

/** REST as one account, or as nobody. */
export interface RestClient {
  /** Waits for a turn of the budget, signs, sends, decodes. Fails at once while reads are down. */
  readonly read: <A>(call: RestCall<A>) => Effect.Effect<A, ExchangeError>
  /**
   * Signs now; the turn is taken, and the request sent, by `send`. Once it is sent it can't be interrupted. Fails at
   * once while orders are down.
   */
  readonly prepareOrder: <A>(call: RestCall<A>) => Effect.Effect<PreparedCall<A>, ExchangeError>
}

/** Who signs, and how. */
export interface RestAccount {
  readonly credentials: ExchangeCredentials
  readonly clock: ExchangeClock
  readonly signing: RestSigning
}

export interface RestClientOptions {
  readonly connection: RestConnection
  readonly limits: RateLimits["Service"]
  /** Each request takes a turn of every one, in this order; a 429 holds back the first. */
  readonly budgets: readonly [own: RateLimit, ...shared: ReadonlyArray<RateLimit>]
  /** `urgent`: reads use the orders' reserve and overtake other reads. */
  readonly readPriority: TurnPriority
  readonly breakers: EndpointBreakers
  /** Path of the base address, for example `/v3`. */
  readonly basePath: string
  readonly orderWait: Duration.Duration
  readonly readWait: Duration.Duration
  readonly account: RestAccount | undefined
}

/** How long everything is held back after a 429 that does not say for how long. */
const defaultHoldMs = 1000

const requests = Metric.counter("millrace_exchange_requests_total", {
  description: "REST requests by operation and result",
  incremental: true
})

export const makeRestClient = (options: RestClientOptions): RestClient => {
  const { breakers, budgets, limits } = options
  const orderWaitMs = Duration.toMillis(options.orderWait)
  const readWaitMs = Duration.toMillis(options.readWait)

  const sign = Effect.fnUntraced(function* <A>(call: RestCall<A>) {
    const path = `${options.basePath}${call.path}`
    const query = queryText(call.query)
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    const headers: Record<string, string> =
      body === null
        ? { accept: "application/json" }
        : { accept: "application/json", "content-type": "application/json" }
    const request: RestRequest = { method: call.method, target: `${path}${query}`, headers, body }
    if (options.account === undefined) return { request, signedAtMs: 0 }
    const { clock, credentials, signing } = options.account
    const signedAtMs = yield* clock.timestampMs
    const signature = signing(credentials.secret, signedAtMs, { method: call.method, path, query, body })
    return {
      request: { ...request, headers: { ...headers, ...authenticationHeaders(credentials, signedAtMs, signature) } },
      signedAtMs
    }
  })

  const takeTurn = Effect.fnUntraced(function* (operation: RestOperation, priority: TurnPriority, maxWaitMs: number) {
    const startedAtMs = yield* Clock.currentTimeMillis
    for (const budget of budgets) {
      const waitedMs = budget === budgets[0] ? 0 : (yield* Clock.currentTimeMillis) - startedAtMs
      const leftMs = Math.max(0, maxWaitMs - waitedMs)
      yield* Effect.mapError(limits.take(budget, { priority, maxWaitMs: leftMs }), noTurn(operation))
    }
  })

  const sendOnce = <A>(
    operation: RestOperation,
    request: RestRequest,
    decode: (text: string) => Result.Result<A, Schema.SchemaError>
  ): Effect.Effect<A, ExchangeError> =>
    options.connection.exchange(request).pipe(
      Effect.mapError((failure) => failureWithoutAnswer(operation, failure)),
      Effect.flatMap((reply) => {
        if (reply.status >= 200 && reply.status < 300) {
          const decoded = decode(reply.body)
          if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
          return Effect.fail(failureOfAnswer(operation, reply.status, decoded.failure.message))
        }
        return Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.fail(failureOfStatus(operation, reply, now)))
      }),
      Effect.tapError((error) =>
        error.reason === "rateLimited" ? limits.block(budgets[0], error.retryAfterMs ?? defaultHoldMs) : Effect.void
      ),
      Effect.onExit((exit) =>
        Metric.update(
          Metric.withAttributes(requests, {
            operation: operation.name,
            result: exit._tag === "Success" ? "ok" : "failed"
          }),
          1
        )
      ),
      // Neither the path nor the headers: they name accounts and credentials.
      Effect.withSpan(`exchange ${operation.name}`, { kind: "client", attributes: { method: request.method } })
    )

  return {
    read: Effect.fnUntraced(function* (call) {
      const operation = { name: call.operation, effect: false }
      yield* breakers.check("reads", operation.name)
      yield* takeTurn(operation, options.readPriority, readWaitMs)
      const { request } = yield* sign(call)
      return yield* breakers.guard("reads", operation.name, sendOnce(operation, request, decoderOf(call.answer)))
    }),
    prepareOrder: Effect.fnUntraced(function* (call) {
      const operation = { name: call.operation, effect: true }
      yield* breakers.check("orders", operation.name)
      const { request, signedAtMs } = yield* sign(call)
      const sendAlone = Effect.uninterruptible(sendOnce(operation, request, decoderOf(call.answer)))
      const send = Effect.andThen(
        takeTurn(operation, "urgent", orderWaitMs),
        breakers.guard("orders", operation.name, sendAlone)
      )
      return { signedAtMs, send }
    })
  }
}

const noTurn =
  (operation: RestOperation) =>
  (refused: RateLimited): ExchangeError =>
    new ExchangeError({
      operation: operation.name,
      reason: "rateLimited",
      applied: "no",
      detail: refused.message,
      retryAfterMs: refused.retryAfterMs
    })

type Decoder = (text: string) => Result.Result<never, Schema.SchemaError>
const decoders = new WeakMap<object, Decoder>()

/** The compiled decoder of an answer's JSON text; made once per schema. */
const decoderOf = <A>(schema: Schema.Codec<A, unknown>): ((text: string) => Result.Result<A, Schema.SchemaError>) => {
  let decoder = decoders.get(schema)
  if (decoder === undefined) {
    decoder = Schema.decodeUnknownResult(Schema.fromJsonString(schema)) as unknown as Decoder
    decoders.set(schema, decoder)
  }
  return decoder
}

const queryText = (query: RestCall<unknown>["query"]): string => {
  if (query === undefined) return ""
  const text = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&")
  return text === "" ? "" : `?${text}`
}
