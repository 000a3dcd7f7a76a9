// Foreign boundary: node:http and ws callbacks of the control port.
import { timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { EvaluationProgress } from "@millrace/contracts"
import { Effect, Exit, Option, Result, Schema } from "effect"
import { WebSocketServer } from "ws"
import { handleControl } from "./ControlApi.ts"
import type { ControlError, ControlParts } from "./ControlRoutes.ts"

export interface ControlServer {
  readonly port: number
  readonly close: () => Promise<void>
}

const decodeProgress = Schema.decodeUnknownResult(Schema.fromJsonString(EvaluationProgress))
const BODY_LIMIT_BYTES = 16 * 1024 * 1024

/** Control port: JSON over HTTP, and the monitors' reports at `/progress`. With a token, `Authorization: Bearer` is needed. */
export const startControlServer = async (
  parts: ControlParts,
  host: string,
  port: number,
  token: string | undefined
): Promise<ControlServer> => {
  const sockets = new Set<Socket>()
  const allowed = (request: IncomingMessage): boolean =>
    token === undefined || sameText(request.headers.authorization ?? "", `Bearer ${token}`)
  const server = createServer((request, response) => {
    const open = ["/health", "/ready", "/live"].includes((request.url ?? "").split("?")[0] ?? "")
    if (open || allowed(request)) void answer(parts, request, response)
    else send(response, 401, { message: "Give the control token as Authorization: Bearer" })
  })
  server.on("connection", (socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on("upgrade", (request, socket, head) => {
    if (request.url !== "/progress" || !allowed(request))
      return void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
    wss.handleUpgrade(request, socket, head, (ws) => {
      ws.on("message", (data) => {
        const progress = decodeProgress(data.toString())
        if (Result.isSuccess(progress)) parts.lockstep.report(ws, progress.success)
        else ws.close(1007, "not an EvaluationProgress")
      })
      ws.on("error", () => ws.terminate())
      ws.on("close", () => parts.lockstep.leave(ws))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const ws of wss.clients) ws.terminate()
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}

const sameText = (found: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(found), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const answer = async (parts: ControlParts, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const text = await bodyOf(request)
  const body = Result.try({ try: (): unknown => (text === "" ? undefined : JSON.parse(text)), catch: () => "not JSON" })
  if (Result.isFailure(body)) return send(response, 400, { message: "Body is not JSON" })
  const input = {
    method: request.method ?? "GET",
    pathname: url.pathname,
    query: url.searchParams,
    body: body.success
  }
  const exit = await Effect.runPromiseExit(handleControl(parts, input))
  if (Exit.isSuccess(exit)) return send(response, 200, exit.value ?? {})
  const error: ControlError | undefined = Option.getOrUndefined(Exit.findErrorOption(exit))
  send(response, error?.status ?? 500, { message: error?.message ?? "Internal error of the simulator" })
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > BODY_LIMIT_BYTES) break
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString("utf8")
}

const send = (response: ServerResponse, status: number, body: unknown): void => {
  if (response.destroyed) return
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
