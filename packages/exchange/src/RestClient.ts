import { Clock, Duration, Effect, Metric, Result, Schema } from "effect"
import type { ExchangeCredentials } from "./Exchange.ts"
import { ExchangeError } from "./Exchange.ts"
import type { ExchangeClock } from "./ExchangeClock.ts"
import type { RequestBudget } from "./RequestBudget.ts"
import type { RequestPriority } from "./RequestWindow.ts"
import type { RestConnection, RestRequest } from "./RestConnection.ts"
import { failureOfAnswer, failureOfStatus, failureWithoutAnswer, type RestOperation } from "./restFailure.ts"
import { authenticationHeaders } from "./Signature.ts"

/** A call of REST v3; `path` without the base's path, `query` in the order it is to be sent. */
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
  /** Waits for a turn of the budget, signs, sends, decodes. */
  readonly read: <A>(call: RestCall<A>) => Effect.Effect<A, ExchangeError>
  /** Signs now; the turn is taken, and the request sent, by `send`. Once it is sent it can't be interrupted. */
  readonly prepareOrder: <A>(call: RestCall<A>) => Effect.Effect<PreparedCall<A>>
}

export interface RestClientOptions {
  readonly connection: RestConnection
  readonly budget: RequestBudget
  /** Path of the base address, for example `/v3`. */
  readonly basePath: string
  readonly orderWait: Duration.Duration
  readonly account: { readonly credentials: ExchangeCredentials; readonly clock: ExchangeClock } | undefined
}

/** How long everything is held back after a 429 that does not say for how long. */
const defaultHoldMs = 1000

const requests = Metric.counter("millrace_exchange_requests_total", {
  description: "REST requests by operation and result",
  incremental: true
})

export const makeRestClient = (options: RestClientOptions): RestClient => {
  const orderWaitMs = Duration.toMillis(options.orderWait)

  const prepare = <A>(call: RestCall<A>): { readonly request: RestRequest; readonly path: string; data: string } => {
    const path = `${options.basePath}${call.path}`
    const query = queryText(call.query)
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    const headers: Record<string, string> =
      body === null
        ? { accept: "application/json" }
        : { accept: "application/json", "content-type": "application/json" }
    return { request: { method: call.method, target: `${path}${query}`, headers, body }, path, data: body ?? query }
  }

  const sign = Effect.fnUntraced(function* <A>(call: RestCall<A>) {
    const { data, path, request } = prepare(call)
    if (options.account === undefined) return { request, signedAtMs: 0 }
    const { clock, credentials } = options.account
    const signedAtMs = yield* clock.timestampMs
    const headers = authenticationHeaders(credentials, signedAtMs, call.method, path, data)
    return { request: { ...request, headers: { ...request.headers, ...headers } }, signedAtMs }
  })

  const takeTurn = (operation: RestOperation, priority: RequestPriority) =>
    options.budget.take(priority, priority === "order" ? orderWaitMs : Number.POSITIVE_INFINITY).pipe(
      Effect.mapError(
        (exhausted) =>
          new ExchangeError({
            operation: operation.name,
            reason: "rateLimited",
            applied: "no",
            detail: `the account's request budget is used up for ${exhausted.retryAfterMs} ms; nothing was sent`,
            retryAfterMs: exhausted.retryAfterMs
          })
      )
    )

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
        error.reason === "rateLimited" ? options.budget.hold(error.retryAfterMs ?? defaultHoldMs) : Effect.void
      ),
      Effect.onExit((exit) =>
        Metric.update(
          Metric.withAttributes(requests, {
            operation: operation.name,
            result: exit._tag === "Success" ? "ok" : "failed"
          }),
          1
        )
      )
    )

  return {
    read: Effect.fnUntraced(function* (call) {
      const operation = { name: call.operation, effect: false }
      yield* takeTurn(operation, "read")
      const { request } = yield* sign(call)
      return yield* sendOnce(operation, request, decoderOf(call.answer))
    }),
    prepareOrder: Effect.fnUntraced(function* (call) {
      const operation = { name: call.operation, effect: true }
      const { request, signedAtMs } = yield* sign(call)
      const send = Effect.andThen(
        takeTurn(operation, "order"),
        Effect.uninterruptible(sendOnce(operation, request, decoderOf(call.answer)))
      )
      return { signedAtMs, send }
    })
  }
}

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
