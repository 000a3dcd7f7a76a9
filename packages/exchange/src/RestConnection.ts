// Foreign boundary: undici's dispatch callbacks, which alone tell whether a request was written to the wire.
import { Pool } from "@effect/platform-node/Undici"
import { Duration, Effect, type Scope } from "effect"
import type { ExchangeSettings } from "./ExchangeConfig.ts"

export interface RestRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Path with its query, as it goes over the wire. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface RestReply {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

/** No whole answer came. `sent`: the request, or a part of it, may have reached the exchange. */
export interface RestFailure {
  readonly sent: boolean
  readonly detail: string
}

export interface RestConnectionOptions {
  readonly origin: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
}

/** Kept-alive connections to one origin. */
export interface RestConnection {
  /** Sends once and never again by itself. An interruption abandons the answer, not what was sent. */
  readonly exchange: (request: RestRequest) => Effect.Effect<RestReply, RestFailure>
}

/** Answers longer than this are refused: a page of 1,000 trades has some 600 KB. */
const maxAnswerBytes = 16 * 1024 * 1024

const describe = (error: Error): string => {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === "string" ? `${code}: ${error.message}` : error.message
}

/** Connections to the exchange that the settings name. */
export const openRestConnection = (settings: ExchangeSettings): Effect.Effect<RestConnection, never, Scope.Scope> =>
  makeRestConnection({
    origin: settings.restUrl.origin,
    connections: settings.connections,
    connectTimeoutMs: Duration.toMillis(settings.connectTimeout),
    requestTimeoutMs: Duration.toMillis(settings.requestTimeout),
    keepAliveMs: Duration.toMillis(settings.keepAlive)
  })

export const makeRestConnection = (options: RestConnectionOptions): Effect.Effect<RestConnection, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new Pool(options.origin, {
            connections: options.connections,
            pipelining: 1,
            connect: { timeout: options.connectTimeoutMs },
            keepAliveTimeout: options.keepAliveMs,
            keepAliveMaxTimeout: options.keepAliveMs * 10,
            // One timer of our own covers the whole exchange, waiting for a connection included.
            headersTimeout: 0,
            bodyTimeout: 0
          })
      ),
      (pool) => Effect.promise(() => pool.destroy().catch(() => undefined))
    ),
    (pool) => ({ exchange: (request) => dispatch(pool, request, options.requestTimeoutMs) })
  )

const dispatch = (pool: Pool, request: RestRequest, timeoutMs: number): Effect.Effect<RestReply, RestFailure> =>
  Effect.callback<RestReply, RestFailure>((resume) => {
    let sent = false
    let finished = false
    let abort: ((reason: Error) => void) | undefined
    let status = 0
    let retryAfter: string | undefined
    let receivedBytes = 0
    const chunks: Array<Buffer> = []

    const finish = (result: Effect.Effect<RestReply, RestFailure>): void => {
      if (finished) return
      finished = true
      clearTimeout(timer)
      resume(result)
    }
    const giveUp = (detail: string): void => {
      finish(Effect.fail({ sent, detail }))
      abort?.(new Error(detail))
    }
    const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)

    try {
      pool.dispatch(
        { method: request.method, path: request.target, headers: { ...request.headers }, body: request.body },
        {
          onRequestStart: (controller) => {
            abort = (reason) => controller.abort(reason)
            // Given up while it waited for a connection, or undici starts it a second time: it must not go out.
            if (finished || sent) controller.abort(new Error("given up before it was sent"))
            else sent = true
          },
          onResponseStart: (_controller, statusCode, headers) => {
            status = statusCode
            const value = headers["retry-after"]
            retryAfter = typeof value === "string" ? value : undefined
          },
          onResponseData: (_controller, chunk) => {
            receivedBytes += chunk.length
            if (receivedBytes > maxAnswerBytes) giveUp(`answer longer than ${maxAnswerBytes} bytes`)
            else chunks.push(chunk)
          },
          onResponseEnd: () =>
            finish(Effect.succeed({ status, retryAfter, body: Buffer.concat(chunks).toString("utf8") })),
          onResponseError: (_controller, error) => finish(Effect.fail({ sent, detail: describe(error) }))
        }
      )
    } catch (error) {
      finish(Effect.fail({ sent, detail: error instanceof Error ? describe(error) : String(error) }))
    }

    return Effect.sync(() => giveUp("interrupted"))
  })
