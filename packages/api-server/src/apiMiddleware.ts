import {
  Caller,
  ClearErrors,
  Forbidden,
  FromOurPages,
  Invalid,
  SignedIn,
  TooMany,
  type Unauthenticated,
  type Unavailable
} from "@millrace/api"
import { Effect, Layer, SchemaIssue } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import { ApiSettings } from "./ApiServerConfig.ts"
import { Attempts } from "./Attempts.ts"
import { PublicAddress } from "./PublicAddress.ts"
import { addressOf, isFromOurPages } from "./requestFacts.ts"
import { SignIn } from "./SignIn.ts"

/** The caller of each request, or why he is refused. */
export const layerSignedIn = Layer.effect(
  SignedIn,
  Effect.gen(function* () {
    const signIn = yield* SignIn
    // Both ways of signing in lead to one answer: the second must not hide why the first refused.
    const refused = new WeakMap<object, Effect.Effect<never, Unauthenticated | Forbidden | Unavailable>>()
    const signedIn = (endpoint: Parameters<typeof signIn.callerOf>[1]) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const before = refused.get(request.source)
        if (before !== undefined) return before
        return Effect.tapError(signIn.callerOf(request, endpoint), (error) =>
          Effect.sync(() => refused.set(request.source, Effect.fail(error)))
        )
      })
    return SignedIn.of({
      bearer: (next, { endpoint }) => Effect.provideServiceEffect(next, Caller, signedIn(endpoint)),
      session: (next, { endpoint }) => Effect.provideServiceEffect(next, Caller, signedIn(endpoint))
    })
  })
)

/** Only our own pages, and programs, may ask what needs no sign-in. */
export const layerFromOurPages = Layer.effect(
  FromOurPages,
  Effect.gen(function* () {
    const { origins } = yield* PublicAddress
    const { behindProxy } = yield* ApiSettings
    const attempts = yield* Attempts
    return FromOurPages.of((next) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (!isFromOurPages(request, origins)) return yield* foreign
        yield* attempts.fromAddress(addressOf(request, behindProxy))
        return yield* next
      }).pipe(Effect.tapError((error) => (error instanceof TooMany ? tellWhen(error) : Effect.void)))
    )
  })
)

const tellWhen = ({ retryAfterSeconds }: TooMany) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(retryAfterSeconds)))
  )

const foreign = new Forbidden({
  where: "the headers Origin and Sec-Fetch-Site",
  found: "a page of another origin",
  expected: "a page of this server",
  whatToDo: "Open the dashboard at its own address (CONTROL_API_PUBLIC_URL)."
})

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()
const segment = (part: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof part === "object" ? part.key : part)

/** One clear error for a request that is not of its schema: the first fault's place, never its value. */
export const layerClearErrors = HttpApiMiddleware.layerSchemaErrorTransform(ClearErrors, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.die(error)
  const [first, ...others] = issuesOf(error.cause.issue).issues
  const path = [error.kind.toLowerCase(), ...(first?.path ?? []).map(segment)].join(".").slice(0, 200)
  return Effect.fail(
    new Invalid({
      where: path,
      found: others.length === 0 ? "something else" : `something else, and ${others.length} more faults`,
      expected: (first?.message ?? "what the schema says").replace(/^Expected /u, "").slice(0, 500),
      whatToDo: "Correct it and send the request again; /api/docs shows what each endpoint takes."
    })
  )
})
