// Foreign boundary: ws callbacks and timers of the WebSocket side.
import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"
import type { LocalExchange } from "./LocalExchange.ts"
import { answerOldSocket, makeOldSocketHub } from "./OldSocket.ts"
import { type Announcement, makeStreamHub, type StreamClient } from "./StreamHub.ts"
import { answerStream, pendingPrice } from "./StreamMethods.ts"
import { wallNowMs } from "./WallClock.ts"

const MESSAGE_LIMIT_BYTES = 65_536
/** A client that is this far behind is cut off. */
const BACKLOG_LIMIT_BYTES = 8 * 1024 * 1024

/** How long a client may take to answer that the exchange goes away. */
const GOODBYE_MS = 500

/** The WebSocket side of the exchange. */
export interface StreamServer {
  readonly size: () => number
  readonly announce: (announcement: Announcement) => void
  /** Carries out faults that strike whole connections. */
  readonly applyFaults: () => void
  /** Tells every client that the exchange goes away (1001), and waits for them a moment. */
  readonly close: () => Promise<void>
}

interface Connection {
  readonly client: StreamClient
  isAlive: boolean
}

/** One of the two protocols: what answers a client's texts, and what forgets it. */
interface Protocol {
  readonly answer: (client: StreamClient, text: string) => string | undefined
  /** Told to a client that has just subscribed to it. */
  readonly greeting: (topic: string) => string | undefined
  readonly leave: (client: StreamClient) => void
}

/** Stream v1 at `/v1`, and the old WebSocket at `/`, of the server's port. */
export const attachStream = (exchange: LocalExchange, server: Server): StreamServer => {
  const hub = makeStreamHub(exchange)
  const oldHub = makeOldSocketHub(exchange)
  exchange.listen(hub)
  exchange.listen(oldHub)
  const protocols = new Map<string, Protocol>([
    [
      "/v1",
      {
        answer: (client, text) => answerStream(exchange, hub, client, text),
        greeting: (topic) => pendingPrice(exchange, topic),
        leave: hub.leave
      }
    ],
    [
      "/",
      {
        answer: (client, text) => answerOldSocket(exchange, oldHub, client, text),
        greeting: () => undefined,
        leave: oldHub.leave
      }
    ]
  ])
  const connections = new Map<WebSocket, Connection>()
  const wss = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT_BYTES, perMessageDeflate: false })
  let opened = 0
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const protocol = protocols.get((request.url ?? "").split("?")[0] ?? "")
    if (!protocol) return refuse(socket, "404 Not Found")
    if (exchange.faults.isActive("stream_refuse")) return refuse(socket, "503 Service Unavailable")
    wss.handleUpgrade(request, socket, head, (ws) => {
      opened += 1
      const connection = { client: clientOf(ws, String(opened)), isAlive: true }
      connections.set(ws, connection)
      converse(protocol, ws, connection)
      ws.on("close", () => {
        protocol.leave(connection.client)
        connections.delete(ws)
      })
    })
  })
  const heartbeat = beat(exchange.settings.streamPingMs, connections)
  return {
    size: () => connections.size,
    announce: hub.announce,
    applyFaults: () => applyFaults(exchange, connections),
    close: async () => {
      clearInterval(heartbeat)
      wss.close()
      await Promise.all([...connections.keys()].map(sayGoodbye))
    }
  }
}

const refuse = (socket: Duplex, status: string): void =>
  void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)

const clientOf = (ws: WebSocket, id: string): StreamClient => ({
  id,
  key: undefined,
  topics: new Set(),
  send: inOrder((text) => {
    if (ws.readyState !== ws.OPEN) return
    if (ws.bufferedAmount > BACKLOG_LIMIT_BYTES) ws.terminate()
    else ws.send(text)
  })
})

const sayGoodbye = (ws: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    const waited = setTimeout(resolve, GOODBYE_MS)
    ws.once("close", () => {
      clearTimeout(waited)
      resolve()
    })
    ws.close(1001, "The exchange goes away")
  })

/** Delays texts without ever turning their order: whichever timer is up first sends the oldest. */
const inOrder = (send: (text: string) => void) => {
  const waiting: Array<string> = []
  let freeAtMs = 0
  return (text: string, delayMs: number): void => {
    if (delayMs <= 0 && waiting.length === 0) {
      send(text)
      return
    }
    const nowMs = wallNowMs()
    freeAtMs = Math.max(freeAtMs, nowMs + delayMs)
    waiting.push(text)
    setTimeout(() => send(waiting.shift()!), freeAtMs - nowMs)
  }
}

const converse = (protocol: Protocol, ws: WebSocket, connection: Connection): void => {
  const { client } = connection
  ws.on("pong", () => {
    connection.isAlive = true
  })
  ws.on("ping", () => {
    connection.isAlive = true
  })
  ws.on("message", (data) => {
    connection.isAlive = true
    const known = new Set(client.topics)
    const answer = protocol.answer(client, data.toString())
    if (answer !== undefined) ws.send(answer)
    for (const topic of client.topics) {
      const greeting = known.has(topic) ? undefined : protocol.greeting(topic)
      if (greeting !== undefined) ws.send(greeting)
    }
  })
  ws.on("error", () => ws.terminate())
}

/** Pings every client; one that answered nothing since the ping before is cut off. */
const beat = (everyMs: number, connections: ReadonlyMap<WebSocket, Connection>) =>
  everyMs === 0
    ? undefined
    : setInterval(() => {
        for (const [ws, connection] of connections) {
          if (!connection.isAlive) ws.terminate()
          connection.isAlive = false
          ws.ping()
        }
      }, everyMs).unref()

const applyFaults = (exchange: LocalExchange, connections: ReadonlyMap<WebSocket, Connection>): void => {
  for (const fault of exchange.faults.list()) {
    if (fault.kind !== "stream_disconnect" && fault.kind !== "stream_refuse") continue
    for (const [ws, { client }] of connections) {
      if (fault.account !== undefined && client.key?.accountId !== fault.account) continue
      if (fault.closeCode === undefined) ws.terminate()
      else ws.close(fault.closeCode, fault.message ?? "")
    }
    if (fault.kind === "stream_disconnect") exchange.faults.remove(fault.id)
  }
}
