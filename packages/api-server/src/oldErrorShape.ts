import { Effect, Option, Schema } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

const isOld = (url: string): boolean => /^\/api\/(queue|admin)\//u.test(url)
const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/**
 * Adds what clients of the replaced systems look at, `status` and `message`, to the errors of their endpoints, whoever refused: the
 * sign-in, a schema, a handler or the limits. What every error says stays beside it.
 */
export const oldErrorShape = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ url }) => (isOld(url) ? Effect.map(app, withMessage) : app))

const withMessage = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  const { body, headers, status } = response
  if (status < 400 || body._tag !== "Uint8Array") return response
  const said = Option.getOrUndefined(parse(new TextDecoder().decode(body.body)))
  if (said === undefined) return response
  const { expected, found, whatToDo, where } = said
  const message = `${where}: ${found}, expected ${expected}. ${whatToDo}`
  const { "content-length": _, ...kept } = headers
  return HttpServerResponse.jsonUnsafe({ status: "error", message, ...said }, { status, headers: kept })
}
