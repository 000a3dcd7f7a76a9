// Foreign boundary: node:http and ws callbacks; plain code keeps an answer below a millisecond.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import type { FaultPlan, StatusFault } from "./Faults.ts"
import { type HeldReplies, makeHeldReplies } from "./HeldReplies.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { claimedAccount, errorReply, handleRest, type RestReply, type RestRequest } from "./RestApi.ts"
import { seededRandom } from "./SeededRandom.ts"
import type { Announcement } from "./StreamHub.ts"
import { attachStream } from "./StreamServer.ts"
import { wallNowMs } from "./WallClock.ts"

/** The exchange's REST and stream on one port. */
export interface ExchangeServer {
  readonly host: string
  readonly port: number
  readonly heldReplies: HeldReplies
  readonly streamClients: () => number
  readonly announce: (announcement: Announcement) => void
  readonly close: () => Promise<void>
}

const BODY_LIMIT_BYTES = 65_536

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
    announce: stream.announce,
    close: async () => {
      await stream.close()
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
    // A bare mark is no query: clients that send one sign nothing for it.
    search: mark < 0 || mark === url.length - 1 ? "" : url.slice(mark),
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
    if (plan.before !== "none") return reply(response, faultReply(exchange, plan.before))
    const answer = answered(exchange, request)
    if (plan.after === "none") return reply(response, answer)
    if (plan.after === "reset") return void response.socket?.resetAndDestroy()
    if (plan.after === "garble") return reply(response, { ...answer, body: "<html>Bad gateway</html>" })
    if (plan.after !== "hold") return reply(response, faultReply(exchange, plan.after))
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

const texts: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ["BAD_REQUEST", "Bad request"],
  401: ["UNAUTHORIZED", "Signature is not valid"],
  403: ["FORBIDDEN", "Forbidden"],
  404: ["NOT_FOUND", "Not found"],
  429: ["TOO_MANY_REQUESTS", "Too many requests"],
  503: ["SERVICE_UNAVAILABLE", "Trading engine is temporarily unavailable"]
}

const faultReply = (exchange: LocalExchange, fault: StatusFault): RestReply => {
  const { status, code, message, retryAfterSeconds = status === 429 ? 1 : undefined } = fault
  exchange.journal.rejected(status)
  const known = texts[status] ?? ["INTERNAL_SERVER_ERROR", "Internal server error"]
  const answer = errorReply(status, code ?? known[0], message ?? known[1])
  return retryAfterSeconds === undefined ? answer : { ...answer, retryAfterSeconds }
}

const reply = (response: ServerResponse, answer: RestReply): void => {
  if (response.destroyed) return
  const headers: Record<string, string | number> = {
    "content-type": answer.contentType ?? "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(answer.body)
  }
  if (answer.retryAfterSeconds !== undefined) headers["retry-after"] = answer.retryAfterSeconds
  response.writeHead(answer.status, headers).end(answer.body)
}
