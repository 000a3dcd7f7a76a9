// Foreign boundary: HTTP of the suite's own programs.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

/** Reads a request's body as JSON; undefined when there is none. */
export const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"))
}

export const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {}
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

/** Serves on 127.0.0.1; a handler that fails is answered with 500. */
export const listen = (
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
): Promise<void> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      handle(request, response).catch((error: unknown) => {
        process.stderr.write(`${request.method} ${request.url}: ${String(error)}\n`)
        if (!response.headersSent && !response.destroyed) answer(response, 500, { error: String(error) })
      })
    })
    server.keepAliveTimeout = 30_000
    server.listen(port, "127.0.0.1", resolve)
  })
