import { Clock, Deferred, Duration, Effect, Metric, Schedule, type Semaphore } from "effect"
import type { ExchangeError } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import type { Heartbeat, Liveness } from "./heartbeat.ts"
import { renewSubscription } from "./renewSubscription.ts"
import { makeStreamCalls, type StreamCalls } from "./StreamCalls.ts"
import { openStream, type StreamConnection, type StreamUnavailable } from "./StreamConnection.ts"

/** What a side of the exchange speaks once its socket is open. */
export interface StreamProtocol {
  readonly url: string
  /** The label of metrics. */
  readonly side: "public" | "account"
  /** Authenticates where needed, and subscribes. */
  readonly start: (calls: StreamCalls) => Effect.Effect<void, ExchangeError | StreamUnavailable>
  /** What a message pushes; `undefined`: it is no push. */
  readonly readPush: (message: unknown) => Push | undefined
  readonly heartbeat: Heartbeat
  /** Nothing pushed for so long: `start` is done again, as a subscription may be lost on a connection that lives. */
  readonly renewAfter?: Duration.Duration
}

export interface Push {
  readonly topic: string
  readonly data: unknown
}

export interface StreamSessionOptions {
  readonly settings: ExchangeSettings
  readonly protocol: StreamProtocol
  /** Bounds how many streams connect at the same time. */
  readonly connecting: Semaphore.Semaphore
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

// Outline: open the socket → authenticate and subscribe → tell `onConnected` → ping until the socket ends → tell
// `onDisconnected` → wait → again. Nothing of an earlier connection is kept.

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
  const { heartbeat, renewAfter, side, start } = options.protocol
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
    const { calls, connection, ended, liveness, passEarly } = yield* options.connecting.withPermits(1)(
      connect(options, nowMs)
    )
    connectedAtMs = nowMs()
    told = "connected"
    options.onConnected(connection)
    passEarly()
    yield* Metric.update(Metric.withAttributes(connections, { side, result: "ok" }), 1)
    const renewing =
      renewAfter === undefined
        ? Effect.never
        : renewSubscription({ side, start: start(calls), after: renewAfter, pushedAtMs: () => liveness.pushedAtMs })
    const reason = yield* Effect.raceAllFirst([Deferred.await(ended), heartbeat(connection, liveness), renewing])
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

interface PushLiveness extends Liveness {
  readonly pushedAtMs: number
}

interface OpenSession {
  readonly connection: StreamConnection
  readonly calls: StreamCalls
  readonly liveness: PushLiveness
  readonly ended: Deferred.Deferred<string>
  /** Passes on what was pushed before `onConnected` was told; from then on pushes go straight through. */
  readonly passEarly: () => void
}

const connect = Effect.fnUntraced(function* (options: StreamSessionOptions, nowMs: () => number) {
  const { protocol, settings } = options
  const ended = yield* Deferred.make<string>()
  const liveness = { heardAtMs: nowMs(), pushedAtMs: nowMs() }
  let connection: StreamConnection | undefined
  let early: Array<() => void> | undefined = []
  const calls = makeStreamCalls((text) => connection?.send(text), Duration.toMillis(settings.streamCallTimeout))
  connection = yield* openStream(protocol.url, Duration.toMillis(settings.connectTimeout), {
    onMessage: (message, receivedAtMs) => {
      liveness.heardAtMs = nowMs()
      const push = protocol.readPush(message)
      if (push === undefined) return void calls.accept(message)
      liveness.pushedAtMs = liveness.heardAtMs
      const { data, topic } = push
      if (early === undefined) options.onPush(topic, data, receivedAtMs)
      else early.push(() => options.onPush(topic, data, receivedAtMs))
    },
    onPong: () => {
      liveness.heardAtMs = nowMs()
    },
    onClosed: (detail) => {
      calls.abandon(detail)
      Deferred.doneUnsafe(ended, Effect.succeed(detail))
    }
  })
  yield* protocol.start(calls)
  const passEarly = () => {
    for (const pass of early ?? []) pass()
    early = undefined
  }
  const session: OpenSession = { calls, connection, liveness, ended, passEarly }
  return session
})
