// Foreign boundary: callbacks of the ws package, and JSON.parse of what it receives.
import { wallClockMsOf } from "@millrace/telemetry"
import { Clock, Effect, type Scope } from "effect"
import { WebSocket } from "ws"

/** The stream could not be opened. */
export interface StreamUnavailable {
  readonly _tag: "StreamUnavailable"
  readonly detail: string
}

export interface StreamListener {
  /** A message, parsed; `undefined` when it is not JSON. */
  readonly onMessage: (message: unknown, receivedAtMs: number) => void
  readonly onPong: () => void
  /** Called once, also after `close`. */
  readonly onClosed: (detail: string) => void
}

/** One open WebSocket. All functions are plain and immediate; after the end they do nothing. */
export interface StreamConnection {
  readonly send: (text: string) => void
  readonly ping: () => void
  /** Ends at once, without a closing handshake: the peer seems dead. */
  readonly terminate: () => void
  /** Stops and goes on reading, so that the peer feels back-pressure. */
  readonly pause: () => void
  readonly resume: () => void
}

const maxMessageBytes = 4 * 1024 * 1024

/** Opens a WebSocket that the scope closes. */
export const openStream = (
  url: string,
  openTimeoutMs: number,
  listener: StreamListener
): Effect.Effect<StreamConnection, StreamUnavailable, Scope.Scope> =>
  Effect.flatMap(Clock.Clock, (clock) =>
    Effect.map(
      Effect.acquireRelease(connect(url, openTimeoutMs, listener, clock), close, { interruptible: true }),
      toConnection
    )
  )

const connect = (
  url: string,
  openTimeoutMs: number,
  listener: StreamListener,
  clock: Clock.Clock
): Effect.Effect<WebSocket, StreamUnavailable> =>
  Effect.callback((resume) => {
    const socket = new WebSocket(url, {
      handshakeTimeout: openTimeoutMs,
      // Compression costs latency and memory per connection, and the messages are small.
      perMessageDeflate: false,
      maxPayload: maxMessageBytes
    })
    let opened = false
    let failure = ""
    socket.on("open", () => {
      opened = true
      resume(Effect.succeed(socket))
    })
    socket.on("error", (error) => {
      failure = error.message
    })
    socket.on("close", (code, reason) => {
      const detail = failure !== "" ? failure : `closed with code ${code} ${reason.toString("utf8")}`.trimEnd()
      if (opened) listener.onClosed(detail)
      else resume(Effect.fail({ _tag: "StreamUnavailable", detail }))
    })
    socket.on("pong", listener.onPong)
    socket.on("message", (data) => {
      const receivedAtMs = wallClockMsOf(clock)
      listener.onMessage(parse(data.toString()), receivedAtMs)
    })
    return Effect.sync(() => socket.terminate())
  })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Says goodbye, and cuts the connection when the peer does not answer soon. */
const close = (socket: WebSocket): Effect.Effect<void> =>
  Effect.sync(() => {
    if (socket.readyState === WebSocket.CLOSED) return
    const timer = setTimeout(() => socket.terminate(), 1000)
    socket.once("close", () => clearTimeout(timer))
    socket.close(1000)
  })

const toConnection = (socket: WebSocket): StreamConnection => ({
  send: (text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text)
  },
  ping: () => {
    if (socket.readyState === WebSocket.OPEN) socket.ping()
  },
  terminate: () => socket.terminate(),
  pause: () => socket.pause(),
  resume: () => socket.resume()
})
