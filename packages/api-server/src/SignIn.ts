import {
  type CallerFacts,
  csrfHeader,
  Forbidden,
  needsOf,
  sessionCookie,
  Unauthenticated,
  type Unavailable,
  workspaceHeaderName
} from "@millrace/api"
import { hashSecret, type KnownUser, MemberStore, SignInStore, TokenStore } from "@millrace/store"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { orUnavailable } from "./answers.ts"
import { callerOf, tokenCallerOf } from "./CallerRights.ts"
import { signInFailed } from "./failedSignIns.ts"
import { PublicAddress } from "./PublicAddress.ts"
import { isFromOurPages, onlyReads } from "./requestFacts.ts"
import { csrfTokenOf, isSame } from "./sessionSecrets.ts"

// Outline of a request's sign-in:
// 1. Who: the token of the header Authorization, else the session of the cookie. A token given is used or refused, never passed over.
// 2. A session's changing request must come from our own page and carry the session's CSRF token.
// 3. Where: the workspace of the header, else the token's or session's own; the user's rights there, read anew each time.
// 4. Whether these rights include what the endpoint needs.

interface Found {
  readonly user: KnownUser
  readonly caller: CallerFacts
}

/** Finds out who makes a request, and whether he may. */
export class SignIn extends Context.Service<
  SignIn,
  {
    /** The caller. Fails with `Unauthenticated`, `Forbidden` or `Unavailable`. */
    readonly callerOf: (
      request: HttpServerRequest.HttpServerRequest,
      endpoint: HttpApiEndpoint.Top
    ) => Effect.Effect<CallerFacts, Unauthenticated | Forbidden | Unavailable>
  }
>()("@millrace/api-server/SignIn") {
  static readonly layer = Layer.effect(
    SignIn,
    Effect.gen(function* () {
      const members = yield* MemberStore
      const signIns = yield* SignInStore
      const tokens = yield* TokenStore
      const { origins } = yield* PublicAddress

      const byToken = Effect.fnUntraced(function* (secret: string, named: string | undefined) {
        const token = yield* tokens.use(hashSecret(Redacted.make(secret)), yield* Clock.currentTimeMillis)
        const user = token === undefined ? undefined : yield* members.user(token.userId)
        if (token === undefined || user === undefined) {
          yield* signInFailed("token")
          return yield* nobody("the header Authorization", "no token of ours, or one that has ended")
        }
        const facts = tokenCallerOf(user, token, named ?? token.workspaceId)
        if (facts === undefined) return yield* noMember
        return { user, caller: { ...facts, by: { token: token.tokenId } } } satisfies Found
      })

      const bySession = Effect.fnUntraced(function* (
        request: HttpServerRequest.HttpServerRequest,
        secret: string,
        named: string | undefined
      ) {
        const hash = hashSecret(Redacted.make(secret))
        const session = yield* signIns.session(hash, yield* Clock.currentTimeMillis)
        const user = session === undefined ? undefined : yield* members.user(session.userId)
        if (session === undefined || user === undefined)
          return yield* nobody("the session's cookie", "no session, or one that has ended")
        if (!onlyReads(request)) {
          if (!isFromOurPages(request, origins)) return yield* foreignPage
          const given = request.headers[csrfHeader]
          if (!isSame(given, csrfTokenOf(Redacted.make(secret)))) return yield* noCsrfToken(given !== undefined)
        }
        const facts = callerOf(user, named ?? session.workspaceId)
        if (facts === undefined) return yield* noMember
        return { user, caller: { ...facts, by: { session: hash } } } satisfies Found
      })

      const found = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
        const named = request.headers[workspaceHeaderName]
        const authorization = request.headers.authorization
        if (authorization !== undefined) {
          const secret = /^Bearer +(\S{1,200})$/iu.exec(authorization)?.[1]
          if (secret === undefined) return yield* nobody("the header Authorization", "not `Bearer <token>`")
          return yield* byToken(secret, named)
        }
        const cookie = request.cookies[sessionCookie]
        if (cookie === undefined) return yield* nobody("the request", "neither a token nor a session")
        return yield* bySession(request, cookie, named)
      })

      return SignIn.of({
        callerOf: Effect.fnUntraced(function* (request, endpoint) {
          const { caller } = yield* orUnavailable(found(request))
          const needs = needsOf(endpoint)
          if (needs === undefined) return yield* Effect.die(new Error(`Endpoint ${endpoint.identifier} says no needs`))
          const permissions = needs.of === "installation" ? caller.installation : caller.permissions
          const enough = needs.permission === "none" ? needs.of === "workspace" : permissions.includes(needs.permission)
          if (!enough)
            return yield* new Forbidden({
              where: `${endpoint.method} ${endpoint.path}`,
              found: `role ${caller.rights.role}${caller.rights.granted.map((one) => `, ${one}`).join("")}`,
              expected: `the permission ${needs.permission}${needs.of === "installation" ? " for the whole installation" : " in this workspace"}`,
              whatToDo: "Ask an administrator for the permission."
            })
          return caller
        })
      })
    })
  )
}

const nobody = (where: string, found: string) =>
  new Unauthenticated({
    where,
    found,
    expected: "a token (`Authorization: Bearer …`) or a session",
    whatToDo: "Sign in anew, or ask for a token: millrace tokens create."
  })

const noMember = new Forbidden({
  where: "the workspace",
  found: "a workspace that the caller is no member of",
  expected: "a workspace of GET /api/workspaces",
  whatToDo: "Choose another with the header x-workspace, or ask its administrator to be added."
})

const foreignPage = new Forbidden({
  where: "the headers Origin and Sec-Fetch-Site",
  found: "a page of another origin",
  expected: "a page of this server",
  whatToDo: "Open the dashboard at its own address (CONTROL_API_PUBLIC_URL), or use a token."
})

const noCsrfToken = (given: boolean) =>
  new Forbidden({
    where: `the header ${csrfHeader}`,
    found: given ? "another session's token" : "nothing",
    expected: "the session's CSRF token",
    whatToDo: "Read csrfToken of GET /api/session and send it in the header."
  })
