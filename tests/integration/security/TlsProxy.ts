// Foreign boundary: Node's servers, which speak TLS to clients and HTTP to what lies behind.
import { request } from "node:http"
import { createServer, type Server } from "node:https"
import { Effect } from "effect"
import type { Certificate } from "./Certificates.ts"

/** Ends TLS and basic authentication in front of an HTTP server, as ingresses do. */
export const tlsProxyTo = (target: string, certificate: Certificate, credentials: string) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const expected = `Basic ${Buffer.from(credentials).toString("base64")}`
      const { certificate: cert, key } = certificate
      const server = createServer({ cert, key }, (from, to) => {
        if (from.headers.authorization !== expected) {
          to.writeHead(401, { "www-authenticate": "Basic" }).end()
          return
        }
        const { authorization: _, host: __, ...headers } = from.headers
        const beyond = request(new URL(from.url ?? "/", target), { method: from.method, headers }, (answer) => {
          to.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(to)
        })
        beyond.on("error", () => to.destroy())
        from.pipe(beyond)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close().closeAllConnections())
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    })
  )
