import { Failed, Invalid, NotFound, TooLarge } from "@millrace/api"
import { newId } from "@millrace/store"
import { Cause, Effect, Schema } from "effect"
import { HttpServerError, HttpServerResponse } from "effect/http"
import { deepestJson, TooDeep } from "./boundedJson.ts"

const answer = <S extends Schema.Codec<unknown, unknown>>(schema: S, error: S["Type"], status: number) =>
  HttpServerResponse.jsonUnsafe(Schema.encodeUnknownSync(schema)(error), { status })

const noRoute = new NotFound({
  where: "the address",
  found: "nothing under this method and path",
  expected: "an endpoint of /api/docs",
  whatToDo: "See /api/docs for the endpoints that there are."
})
const tooLarge = new TooLarge({
  where: "the body",
  found: "more bytes than the server takes",
  expected: "at most CONTROL_API_MAX_BODY_BYTES bytes",
  whatToDo: "Send less at once."
})
const unreadable = new Invalid({
  where: "the body",
  found: "bytes that can't be read",
  expected: "JSON, whole and in UTF-8",
  whatToDo: "Send it again."
})
const tooDeep = new Invalid({
  where: "the body",
  found: "arrays or objects that lie too deep in each other",
  expected: `at most ${deepestJson} levels`,
  whatToDo: "Send less deep JSON."
})
const otherType = new Invalid({
  where: "the header Content-Type",
  found: "another type",
  expected: "application/json",
  whatToDo: "Send JSON, and say so."
})

/** What a request could not be read for; undefined where the fault is ours. */
const ofRequest = (error: unknown): HttpServerResponse.HttpServerResponse | undefined => {
  if (error instanceof TooDeep) return answer(Invalid, tooDeep, 400)
  if (!(error instanceof HttpServerError.HttpServerError)) return undefined
  const { reason } = error
  if (reason._tag === "RouteNotFound") return answer(NotFound, noRoute, 404)
  if (reason._tag !== "RequestParseError") return undefined
  return reason.reason === "BodyTooLarge" ? answer(TooLarge, tooLarge, 413) : answer(Invalid, unreadable, 400)
}

/** Errors are answered here in the API's own words: what Effect answers by itself says nothing, or too much. */
export const clearFailures = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
  app.pipe(
    Effect.map((response) =>
      response.status === 415 && response.headers["content-type"]?.startsWith("text/plain") === true
        ? answer(Invalid, otherType, 415)
        : response
    ),
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      const known = ofRequest(Cause.squash(cause))
      if (known !== undefined) return Effect.succeed(known)
      const failureId = newId("failure")
      const failed = new Failed({
        where: "the server",
        found: "a fault of ours",
        expected: "an answer",
        whatToDo: `Tell the operator: the log of control-api has the cause under ${failureId}.`,
        failureId
      })
      return Effect.as(
        Effect.logError(`A request failed, ${failureId}`, { cause: Cause.pretty(cause) }),
        answer(Failed, failed, 500)
      )
    })
  )
