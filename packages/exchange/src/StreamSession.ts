import { LnMarketsStream } from "@millrace/contracts"
import { Clock, Deferred, Duration, Effect, Metric, Random, Result, Schedule, Schema, type Semaphore } from "effect"
import { type ExchangeCredentials, ExchangeError } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { streamSignature } from "./Signature.ts"
import { makeStreamCalls, type StreamCallFailed, type StreamCalls } from "./StreamCalls.ts"
import { openStream, type StreamConnection, type StreamUnavailable } from "./StreamConnection.ts"

export interface StreamSessionOptions {
  readonly settings: ExchangeSettings
  readonly topics: ReadonlyArray<string>
  /** Bounds how many streams connect at the same time. */
  readonly connecting: Semaphore.Semaphore
  /** Absent: a public session. `timestampMs` is on the exchange's clock. */
  readonly account?: { readonly credentials: ExchangeCredentials; readonly timestampMs: Effect.Effect<number> }
  /** Plain and immediate, in the order of the stream. */
  readonly onPush: (topic: string, data: unknown, receivedAtMs: number) => void
  /** Subscribed: what happens from now on is pushed. */
  readonly onConnected: (connection: StreamConnection) => void
  readonly onDisconnected: (reason: string) => void
}

/** A connection that lived this long starts the waits between attempts anew. */
const stableAfterMs = 10_000

const connections = Metric.counter("millrace_exchange_stream_connections_total", {
  description: "attempts to connect a stream, by side and result",
  incremental: true
})

// Outline: open the socket → authenticate with a fresh nonce → subscribe → tell `onConnected` → ping until the socket
// ends → tell `onDisconnected` → wait → again. Nothing of an earlier connection is kept.

/**
 * Keeps a subscription alive for ever.
 *
 * Missed pushes are gone after a reconnect: the listener reads by REST after each `onConnected`.
 * Fails with `ExchangeError` `unauthorized` or `forbidden` only: credentials that the exchange refuses.
 */
export const runStreamSession = Effect.fnUntraced(function* (options: StreamSessionOptions) {
  const { settings } = options
  const backoff = Schedule.min([
    Schedule.exponential(settings.reconnectMin, 2),
    Schedule.spaced(settings.reconnectMax)
  ]).pipe(Schedule.jittered)
  const side = options.account === undefined ? "public" : "account"
  const clock = yield* Clock.Clock
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  let waitNext = yield* Schedule.toStepWithSleep(backoff)
  let told: "connected" | "disconnected" | undefined
  let connectedAtMs = 0

  const onDisconnected = (reason: string) => {
    if (told !== "disconnected") options.onDisconnected(reason)
    told = "disconnected"
  }
  const live = Effect.gen(function* () {
    const { connection, ended, liveness, passEarly } = yield* options.connecting.withPermits(1)(connect(options))
    connectedAtMs = nowMs()
    told = "connected"
    options.onConnected(connection)
    passEarly()
    yield* Metric.update(Metric.withAttributes(connections, { side, result: "ok" }), 1)
    const reason = yield* Effect.raceFirst(Deferred.await(ended), ping(settings, connection, liveness))
    onDisconnected(reason)
    return nowMs() - connectedAtMs
  })
  const attempt = Effect.scoped(live).pipe(
    Effect.catchTag("StreamUnavailable", (failure) => {
      onDisconnected(failure.detail)
      return Effect.as(Metric.update(Metric.withAttributes(connections, { side, result: "failed" }), 1), 0)
    })
  )
  return yield* Effect.forever(
    Effect.gen(function* () {
      const livedMs = yield* attempt
      if (livedMs >= stableAfterMs) waitNext = yield* Schedule.toStepWithSleep(backoff)
      yield* Effect.orDie(waitNext(undefined))
    })
  )
})

interface OpenSession {
  readonly connection: StreamConnection
  readonly liveness: Liveness
  readonly ended: Deferred.Deferred<string>
  /** Passes on what was pushed before `onConnected` was told; from then on pushes go straight through. */
  readonly passEarly: () => void
}

/** When something was last heard from the peer. */
interface Liveness {
  heard: boolean
}

const decodePush = Schema.decodeUnknownResult(LnMarketsStream.Push)

const connect = Effect.fnUntraced(function* (options: StreamSessionOptions) {
  const { settings } = options
  const ended = yield* Deferred.make<string>()
  const liveness: Liveness = { heard: true }
  let connection: StreamConnection | undefined
  let early: Array<() => void> | undefined = []
  const calls = makeStreamCalls((text) => connection?.send(text), Duration.toMillis(settings.streamCallTimeout))
  connection = yield* openStream(settings.streamUrl.href, Duration.toMillis(settings.connectTimeout), {
    onMessage: (message, receivedAtMs) => {
      liveness.heard = true
      const push = decodePush(message)
      if (Result.isFailure(push)) return void calls.accept(message)
      const { data, topic } = push.success.params
      if (early === undefined) options.onPush(topic, data, receivedAtMs)
      else early.push(() => options.onPush(topic, data, receivedAtMs))
    },
    onPong: () => {
      liveness.heard = true
    },
    onClosed: (detail) => {
      calls.abandon(detail)
      Deferred.doneUnsafe(ended, Effect.succeed(detail))
    }
  })
  if (options.account !== undefined) yield* authenticate(calls, options.account)
  yield* subscribe(calls, options)
  const passEarly = () => {
    for (const pass of early ?? []) pass()
    early = undefined
  }
  const session: OpenSession = { connection, liveness, ended, passEarly }
  return session
})

const authenticate = Effect.fnUntraced(function* (
  calls: StreamCalls,
  account: NonNullable<StreamSessionOptions["account"]>
) {
  const { key, passphrase, secret } = account.credentials
  const timestamp = yield* account.timestampMs
  const nonce = yield* freshNonce
  const signature = streamSignature(secret, timestamp, nonce)
  const refused = (detail: string, code: string | undefined) =>
    new ExchangeError({
      operation: "authenticate",
      reason: "unauthorized",
      applied: "no",
      detail,
      ...(code === undefined ? {} : { code })
    })
  const answer = yield* calls
    .call("authenticate", { key, signature, timestamp, passphrase, nonce }, LnMarketsStream.AuthenticateResult)
    .pipe(
      Effect.mapError((failure) =>
        failure.error === undefined || isTemporary(failure.error)
          ? unavailable(failure)
          : refused(failure.detail, applicationCode(failure.error))
      )
    )
  if (!answer.authenticated) return yield* refused("the exchange answered `authenticated: false`", undefined)
})

const subscribe = Effect.fnUntraced(function* (calls: StreamCalls, options: StreamSessionOptions) {
  const { topics } = options
  const answer = yield* calls
    .call("subscribe", { topics }, LnMarketsStream.SubscribeResult)
    .pipe(Effect.mapError(unavailable))
  const missing = topics.filter((topic) => !answer.subscribed.includes(topic))
  if (missing.length === 0) return
  const detail = `the exchange did not subscribe ${missing.join(", ")}`
  if (options.account === undefined) return yield* Effect.fail<StreamUnavailable>({ _tag: "StreamUnavailable", detail })
  return yield* new ExchangeError({ operation: "subscribe", reason: "forbidden", applied: "no", detail })
})

/** Ends with the reason when nothing was heard for too long after a ping. */
const ping = (settings: ExchangeSettings, connection: StreamConnection, liveness: Liveness): Effect.Effect<string> =>
  Effect.gen(function* () {
    for (;;) {
      yield* Effect.sleep(settings.pingInterval)
      liveness.heard = false
      connection.ping()
      yield* Effect.sleep(settings.pongTimeout)
      if (!liveness.heard) {
        connection.terminate()
        return `no pong within ${Duration.toMillis(settings.pongTimeout)} ms`
      }
    }
  })

const unavailable = (failure: StreamCallFailed): StreamUnavailable => ({
  _tag: "StreamUnavailable",
  detail: `${failure.method}: ${failure.detail}`
})

/** 32 hexadecimal digits; the exchange refuses a nonce that it has seen. */
const freshNonce = Effect.map(
  Effect.forEach([0, 1, 2, 3], () => Random.nextIntBetween(0, 2 ** 32)),
  (parts) => parts.map((part) => part.toString(16).padStart(8, "0")).join("")
)

const applicationCode = (error: LnMarketsStream.RpcError): string | undefined => {
  const code = (error.data as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : undefined
}

/** JSON-RPC's own internal error, and the two codes known to pass by themselves. */
const isTemporary = (error: LnMarketsStream.RpcError): boolean => {
  const code = applicationCode(error)
  return error.code === -32603 || code === "TOO_MANY_REQUESTS" || code === "SERVICE_UNAVAILABLE"
}
