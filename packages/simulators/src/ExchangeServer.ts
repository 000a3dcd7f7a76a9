// Foreign boundary: node:http and ws callbacks; plain code keeps an answer below a millisecond.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"
import type { FaultPlan } from "./Faults.ts"
import { type HeldReplies, makeHeldReplies } from "./HeldReplies.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { claimedAccount, errorReply, handleRest, type RestReply, type RestRequest } from "./RestApi.ts"
import { seededRandom } from "./SeededRandom.ts"
import { makeStreamHub, type StreamClient } from "./StreamHub.ts"
import { answerStream, pendingPrice } from "./StreamMethods.ts"
import { wallNowMs } from "./WallClock.ts"

/** The exchange's REST and stream on one port. */
export interface ExchangeServer {
  readonly host: string
  readonly port: number
  readonly heldReplies: HeldReplies
  readonly streamClients: () => number
  readonly close: () => Promise<void>
}

const BODY_LIMIT_BYTES = 65_536
/** A stream client that is this far behind is cut off. */
const BACKLOG_LIMIT_BYTES = 8 * 1024 * 1024

/** Listens; resolves once the port is open. Port 0 takes a free one. */
export const startExchangeServer = async (
  exchange: LocalExchange,
  host: string,
  port: number
): Promise<ExchangeServer> => {
  const heldReplies = makeHeldReplies()
  const delayed = makeDelays(exchange)
  const server = createServer((request, response) => {
    const receivedAtMs = wallNowMs()
    readBody(request, response, (rawBody) => {
      serve(exchange, heldReplies, delayed, response, requestOf(request, rawBody, receivedAtMs))
    })
  })
  server.keepAliveTimeout = 65_000
  const stream = attachStream(exchange, server)
  const open = makePort(server, host)
  const actualPort = await open.listen(port)
  exchange.faults.onChange(() => {
    open.refuse(exchange.faults.isActive("refuse_connections"), actualPort)
    stream.applyFaults()
  })
  return {
    host,
    port: actualPort,
    heldReplies,
    streamClients: stream.size,
    close: async () => {
      stream.close()
      await open.close()
    }
  }
}

/** The listening side: it can be shut and opened again on the same port (connections refused). */
const makePort = (server: Server, host: string) => {
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  let refusing = false
  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once("error", reject)
      server.listen(port, host, () => {
        server.off("error", reject)
        resolve((server.address() as AddressInfo).port)
      })
    })
  return {
    listen,
    refuse: (wanted: boolean, port: number): void => {
      if (wanted === refusing) return
      refusing = wanted
      if (!wanted) return void listen(port)
      server.close()
      drop()
    },
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        drop()
      })
  }
}

const requestOf = (request: IncomingMessage, rawBody: string, receivedAtMs: number): RestRequest => {
  const url = request.url ?? "/"
  const mark = url.indexOf("?")
  return {
    method: request.method ?? "GET",
    pathname: mark < 0 ? url : url.slice(0, mark),
    search: mark < 0 ? "" : url.slice(mark),
    rawBody,
    headers: request.headers,
    address: request.socket.remoteAddress ?? "",
    receivedAtMs
  }
}

const readBody = (request: IncomingMessage, response: ServerResponse, then: (body: string) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk)
  })
  request.on("end", () => {
    if (size > BODY_LIMIT_BYTES) reply(response, errorReply(413, "PAYLOAD_TOO_LARGE", "Body is too large"))
    else then(Buffer.concat(chunks).toString("utf8"))
  })
}

/** Runs an action after the configured and the planned latency. */
const makeDelays = (exchange: LocalExchange) => {
  const random = seededRandom(exchange.settings.faultSeed + 1)
  const { latencyMs, jitterMs } = exchange.settings
  return (plan: FaultPlan, action: () => void): void => {
    const delayMs = plan.delayMs + latencyMs + (jitterMs === 0 ? 0 : random() * jitterMs)
    if (delayMs === 0) action()
    else setTimeout(action, delayMs)
  }
}

const serve = (
  exchange: LocalExchange,
  held: HeldReplies,
  delayed: (plan: FaultPlan, action: () => void) => void,
  response: ServerResponse,
  request: RestRequest
): void => {
  const route = `${request.method} ${request.pathname}`
  const account = claimedAccount(exchange, request)
  const plan = exchange.faults.plan(route, account)
  delayed(plan, () => {
    if (plan.before === "hang") return
    if (plan.before === "reset") return void response.socket?.resetAndDestroy()
    if (plan.before !== "none") return reply(response, faultReply(exchange, plan.before.status))
    const answer = answered(exchange, request)
    if (plan.after === "reset") return void response.socket?.resetAndDestroy()
    if (plan.after === "none") return reply(response, answer)
    const id = held.hold({ route, account, status: answer.status, heldAtMs: wallNowMs() }, () =>
      reply(response, answer)
    )
    response.once("close", () => held.drop(id))
  })
}

/** A defect of the simulator is an answer with its reason, not the end of the exchange. */
const answered = (exchange: LocalExchange, request: RestRequest): RestReply => {
  try {
    return handleRest(exchange, request)
  } catch (defect) {
    exchange.journal.rejected(500)
    return errorReply(500, "INTERNAL_SERVER_ERROR", `Defect of the simulator: ${String(defect)}`)
  }
}

const faultReply = (exchange: LocalExchange, status: number): RestReply => {
  exchange.journal.rejected(status)
  if (status === 429) return { ...errorReply(429, "TOO_MANY_REQUESTS", "Too many requests"), retryAfterSeconds: 1 }
  if (status === 503) return errorReply(503, "SERVICE_UNAVAILABLE", "Trading engine is temporarily unavailable")
  return errorReply(status, "INTERNAL_SERVER_ERROR", "Internal server error")
}

const reply = (response: ServerResponse, answer: RestReply): void => {
  if (response.destroyed) return
  const headers: Record<string, string | number> = {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(answer.body)
  }
  if (answer.retryAfterSeconds !== undefined) headers["retry-after"] = answer.retryAfterSeconds
  response.writeHead(answer.status, headers).end(answer.body)
}

/** Stream v1 at `/v1` of the same port. */
const attachStream = (exchange: LocalExchange, server: Server) => {
  const hub = makeStreamHub(exchange)
  const sockets = new Map<WebSocket, StreamClient>()
  const wss = new WebSocketServer({ noServer: true, maxPayload: BODY_LIMIT_BYTES, perMessageDeflate: false })
  exchange.listen(hub)
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = exchange.faults.isActive("stream_refuse") || (request.url ?? "").split("?")[0] !== "/v1"
    if (refused) return void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n")
    wss.handleUpgrade(request, socket, head, (ws) => join(ws))
  })
  const join = (ws: WebSocket): void => {
    const send = (text: string): void => {
      if (ws.bufferedAmount > BACKLOG_LIMIT_BYTES) ws.terminate()
      else ws.send(text)
    }
    const client: StreamClient = { key: undefined, topics: new Set(), send }
    sockets.set(ws, client)
    ws.on("message", (data) => {
      const known = new Set(client.topics)
      ws.send(answerStream(exchange, hub, client, data.toString()))
      for (const topic of client.topics) {
        const again = known.has(topic) ? undefined : pendingPrice(exchange, topic)
        if (again !== undefined) ws.send(again)
      }
    })
    ws.on("error", () => ws.terminate())
    ws.on("close", () => {
      hub.leave(client)
      sockets.delete(ws)
    })
  }
  return {
    size: () => sockets.size,
    applyFaults: (): void => {
      for (const fault of exchange.faults.list()) {
        if (fault.kind !== "stream_disconnect" && fault.kind !== "stream_refuse") continue
        for (const [ws, client] of sockets)
          if (fault.account === undefined || client.key?.accountId === fault.account) ws.terminate()
        if (fault.kind === "stream_disconnect") exchange.faults.remove(fault.id)
      }
    },
    close: (): void => {
      for (const ws of sockets.keys()) ws.terminate()
      wss.close()
    }
  }
}
