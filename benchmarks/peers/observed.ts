import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { HealthServer, telemetryLayer } from "@millrace/telemetry"
import { ConfigProvider, Effect, Layer, Schedule } from "effect"
import { consuming } from "./millrace.ts"
import type { Consumed, ConsumeTask } from "./Peer.ts"

/** A collector that takes all and keeps nothing. */
const collector = Effect.acquireRelease(
  Effect.callback<ReturnType<typeof createServer>>((resume) => {
    const server = createServer((request, response) => {
      request.resume()
      request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"))
    })
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    })
)

/** The same worker with everything told: spans, metrics and logs exported, and its metrics scraped each second. */
export const consume = (task: ConsumeTask): Promise<Consumed> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { port } = (yield* collector).address() as AddressInfo
      const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, LOG_LEVEL: "Warn" }
      const observed = Effect.gen(function* () {
        const { url } = yield* HealthServer
        const scrape = Effect.promise(() => fetch(`${url}/metrics`).then((response) => response.text()))
        yield* scrape.pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)
        return yield* consuming(task)
      })
      const told = HealthServer.layer({ port: 0, host: "127.0.0.1" }).pipe(
        Layer.provideMerge(telemetryLayer("bench")),
        Layer.provideMerge(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
      return yield* Effect.provide(observed, told)
    }).pipe(Effect.scoped)
  )
