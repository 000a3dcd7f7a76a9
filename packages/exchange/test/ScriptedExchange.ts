// Foreign boundary: a small exchange of node:http and ws whose answers a test scripts.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { Duration, Effect } from "effect"
import { type WebSocket, WebSocketServer } from "ws"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export interface ScriptedExchange {
  readonly url: string
  readonly seen: Array<SeenRequest>
  /** Answers a request; the default is 404. `/time` is answered by itself. */
  onRequest: (request: SeenRequest, response: ServerResponse, socket: Socket) => void
  /** Calls of all streams, in order. */
  readonly calls: Array<{ readonly method: string; readonly params: Record<string, unknown> | undefined }>
  /** Answers a call: a result, an error, or nothing at all; `undefined`: as an exchange in good health would. */
  onCall: (method: string) => { readonly result?: unknown; readonly error?: unknown } | "silence" | undefined
  readonly streams: Set<WebSocket>
  readonly push: (topic: string, data: unknown) => void
  /** Pushes as the old WebSocket does. */
  readonly pushOld: (channel: string, data: unknown) => void
  pings: number
  answersPings: boolean
  skewMs: number
}

export const reply = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {}
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

const defaultCall = (
  method: string,
  params: { readonly topics?: unknown } | undefined
): { readonly result?: unknown } => {
  switch (method) {
    case "authenticate":
      return { result: { authenticated: true, permissions: [] } }
    case "subscribe":
      return { result: { subscribed: params?.topics } }
    case "v1/public/subscribe":
      return { result: params }
    default:
      return { result: "pong" }
  }
}

/** Starts it on a free port; the scope stops it and cuts its connections. */
export const startScriptedExchange = Effect.acquireRelease(
  Effect.callback<{ readonly exchange: ScriptedExchange; readonly stop: Effect.Effect<void> }>((resume) => {
    const streams = new Set<WebSocket>()
    const exchange: ScriptedExchange = {
      url: "",
      seen: [],
      onRequest: (_request, response) => reply(response, 404, { code: "NOT_FOUND", message: "Not found" }),
      calls: [],
      onCall: () => undefined,
      streams,
      push: (topic, data) => {
        const text = JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { topic, data } })
        for (const stream of streams) stream.send(text)
      },
      pushOld: (channel, data) => {
        const text = JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { channel, data } })
        for (const stream of streams) stream.send(text)
      },
      pings: 0,
      answersPings: true,
      skewMs: 0
    }
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const seen = {
          method: request.method ?? "",
          url: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(chunks).toString("utf8")
        }
        const nowMs = Date.now() + exchange.skewMs
        if (seen.url === "/v3/time") return reply(response, 200, { time: new Date(nowMs).toISOString() })
        if (seen.url === "/v2/time") return reply(response, 200, nowMs)
        exchange.seen.push(seen)
        exchange.onRequest(seen, response, request.socket)
      })
    })
    const sockets = new WebSocketServer({ server, autoPong: false })
    sockets.on("connection", (stream) => {
      streams.add(stream)
      stream.on("close", () => streams.delete(stream))
      stream.on("ping", () => {
        exchange.pings += 1
        if (exchange.answersPings) stream.pong()
      })
      stream.on("message", (data) => {
        const { id, method, params } = JSON.parse(data.toString())
        exchange.calls.push({ method, params })
        const answer = exchange.onCall(method) ?? defaultCall(method, params)
        if (answer === "silence") return
        stream.send(JSON.stringify({ jsonrpc: "2.0", id, ...answer }))
      })
    })
    const stop = Effect.callback<void>((done) => {
      for (const stream of streams) stream.terminate()
      sockets.close()
      server.close(() => done(Effect.void))
      server.closeAllConnections()
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ exchange: Object.assign(exchange, { url: `127.0.0.1:${port}` }), stop }))
    })
  }),
  ({ stop }) => stop
).pipe(Effect.map(({ exchange }) => exchange))

/** Settings for a scripted exchange, with short times. */
export const settingsFor = (url: string, changes: Partial<ExchangeSettings> = {}): ExchangeSettings => ({
  api: "v3",
  restUrl: new URL(`http://${url}/v3`),
  streamUrl: new URL(`ws://${url}/v1`),
  requestTimeout: Duration.seconds(10),
  connectTimeout: Duration.seconds(10),
  connections: 4,
  keepAlive: Duration.seconds(10),
  accountPerSecond: 1000,
  accountReserve: 2,
  publicPerSecond: 1000,
  addressPerSecond: 0,
  orderWait: Duration.seconds(2),
  readWait: Duration.seconds(10),
  breakerFailureRate: 0.5,
  breakerWindow: 20,
  breakerMinimumCalls: 5,
  breakerProbes: 1,
  breakerOrderOpen: Duration.millis(500),
  breakerOrderOpenMax: Duration.seconds(2),
  breakerReadOpen: Duration.seconds(1),
  breakerReadOpenMax: Duration.seconds(5),
  clockInterval: Duration.minutes(5),
  clockAlarm: Duration.seconds(1),
  pingInterval: Duration.seconds(30),
  pongTimeout: Duration.seconds(6),
  renewAfter: Duration.seconds(30),
  streamCallTimeout: Duration.seconds(10),
  reconnectMin: Duration.millis(10),
  reconnectMax: Duration.millis(50),
  connectConcurrency: 8,
  ...changes
})
