import { MillraceApi } from "@millrace/api"
import { ByteSize, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter, type HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ApiSettings } from "./ApiServerConfig.ts"
import { Attempts } from "./Attempts.ts"
import { apiHandlers } from "./apiHandlers.ts"
import { layerClearErrors, layerFromOurPages, layerSignedIn } from "./apiMiddleware.ts"
import { withBoundedJson } from "./boundedJson.ts"
import { clearFailures } from "./clearFailures.ts"
import { dashboardPages } from "./dashboardPages.ts"
import { documentationPage } from "./documentationPage.ts"
import { LiveStreams } from "./LiveStreams.ts"
import { oldErrorShape } from "./oldErrorShape.ts"
import { PublicAddress } from "./PublicAddress.ts"
import { QueueFigures } from "./QueueFigures.ts"
import { SignIn } from "./SignIn.ts"
import { securityHeaders } from "./securityHeaders.ts"
import { TopicFigures } from "./TopicFigures.ts"
import { TriageJobs } from "./TriageJobs.ts"

// Around every request, from the inside: no body is read beyond the limits, every failure gets a clear answer, every answer
// its security headers. One middleware, as the order of several is not ours to say.
const aroundRequests = HttpRouter.middleware(
  Effect.gen(function* () {
    const { maxBodyBytes } = yield* ApiSettings
    const { secure } = yield* PublicAddress
    const limit = ByteSize.fromInputUnsafe(maxBodyBytes)
    const protect = securityHeaders(secure)
    return <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
      Effect.provideService(withBoundedJson(app), HttpIncomingMessage.MaxBodySize, limit).pipe(
        clearFailures,
        oldErrorShape,
        protect
      ) as Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  }),
  { global: true }
)

/** Everything that the server answers: the API, its description, the dashboard; each answer with its security headers. */
export const apiRoutes = Layer.mergeAll(
  HttpApiBuilder.layer(MillraceApi, { openapiPath: "/api/openapi.json" }).pipe(
    Layer.provide(apiHandlers),
    Layer.provide([layerSignedIn, layerFromOurPages, layerClearErrors])
  ),
  documentationPage,
  dashboardPages,
  aroundRequests
).pipe(
  Layer.provide(SignIn.layer),
  Layer.provide(Attempts.layer),
  Layer.provide(QueueFigures.layer),
  Layer.provide([LiveStreams.layer, TriageJobs.layer, TopicFigures.layer])
)
