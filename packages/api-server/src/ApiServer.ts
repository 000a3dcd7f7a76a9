// Foreign boundary: hands Node's server constructor to the platform's HTTP server.
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { SignInStore } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Clock, Effect, Layer, Schedule } from "effect"
import { HttpRouter } from "effect/http"
import { ApiSettings } from "./ApiServerConfig.ts"
import { apiRoutes } from "./apiRoutes.ts"
import { showFirstAdminLink } from "./OneTimeLinks.ts"
import { PublicAddress } from "./PublicAddress.ts"

/** Slow senders hold no connection for long, and headers stay small. Node looks for slow ones at an interval of its own. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024
}

/** Node's server with these limits; a connection beyond `maxConnections` is closed at once. */
export const boundedServer = (maxConnections: number) => Object.assign(createServer(limits), { maxConnections })

const listening = Layer.unwrap(
  Effect.map(ApiSettings, ({ host, maxConnections, port }) =>
    NodeHttpServer.layerServer(() => boundedServer(maxConnections), {
      host,
      port,
      gracefulShutdownTimeout: "5 seconds"
    })
  )
)

/** Says where it is, shows the first administrator's link, and forgets what has ended. */
const beginning = Layer.effectDiscard(
  Effect.gen(function* () {
    const { url } = yield* PublicAddress
    const health = yield* Health
    const signIns = yield* SignInStore
    yield* health.show({ name: "api", detail: () => ({ url }) })
    yield* Effect.logInfo(`The API and the dashboard are at ${url}`)
    yield* showFirstAdminLink
    yield* Effect.flatMap(Clock.currentTimeMillis, signIns.prune).pipe(
      Effect.catch((error) => Effect.logWarning(`Ended sessions were not deleted: ${error.message}`)),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.forkScoped
    )
  })
)

/**
 * Serves the API and the dashboard until the scope closes; then requests under way get 5 s.
 *
 * Fails with `ServeError` when the port is taken.
 */
export const layerApiServer = Layer.mergeAll(
  HttpRouter.serve(apiRoutes, { disableLogger: true, disableListenLog: true }),
  beginning
).pipe(
  Layer.provide(PublicAddress.layer),
  Layer.provide(listening),
  Layer.provide(NodeHttpServer.layerHttpServices),
  Layer.provide(ApiSettings.layer)
)
