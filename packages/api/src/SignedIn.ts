import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { everywhere, signedInErrors, TooMany } from "./ApiError.ts"
import type { Caller } from "./Caller.ts"

/** Cookie of a browser's session. */
export const sessionCookie = "millrace_session"
/** Header that a browser's changing requests carry: the token that `GET /api/session` gives. */
export const csrfHeader = "x-csrf-token"
/** Header that names the workspace of a request; absent: that of the session or token. */
export const workspaceHeaderName = "x-workspace"

/**
 * Lets only callers in who are signed in, by `Authorization: Bearer <token>` or by a browser's session, and who have what the
 * endpoint's `Needs` say. A browser's changing request must carry its CSRF token and come from the API's own origin.
 */
export class SignedIn extends HttpApiMiddleware.Service<SignedIn, { provides: Caller }>()("@millrace/api/SignedIn", {
  security: {
    bearer: HttpApiSecurity.bearer,
    session: HttpApiSecurity.apiKey({ key: sessionCookie, in: "cookie" })
  },
  error: signedInErrors
}) {}

/** Answers a request that is not of its schema with one clear `Invalid`, and declares what any endpoint can answer. */
export class ClearErrors extends HttpApiMiddleware.Service<ClearErrors>()("@millrace/api/ClearErrors", {
  error: everywhere
}) {}

/** For endpoints that anybody may ask: only from the API's own pages, and not too often. */
export class FromOurPages extends HttpApiMiddleware.Service<FromOurPages>()("@millrace/api/FromOurPages", {
  error: [...signedInErrors, TooMany]
}) {}
