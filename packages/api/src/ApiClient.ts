import type { Effect, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { MillraceApi } from "./MillraceApi.ts"
import { csrfHeader, workspaceHeaderName } from "./SignedIn.ts"

/** How a client signs its requests in. */
export interface ClientOptions {
  /** Where the API is, for example `http://127.0.0.1:3080`. Absent: where the page is from. */
  readonly baseUrl?: string
  /** A token of the API; absent: the browser sends its session's cookie. */
  readonly token?: Redacted.Redacted
  /** The workspace of the requests; absent: that of the token or session. */
  readonly workspaceId?: () => string | undefined
  /** The session's CSRF token, of `session.current`; asked before each request. */
  readonly csrfToken?: () => string | undefined
}

/** The API as typed functions: `client.tokens.list()`. Needs an `HttpClient`. */
export const makeApiClient = ({ baseUrl, token, workspaceId, csrfToken }: ClientOptions) =>
  HttpApiClient.make(MillraceApi, {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    transformClient: HttpClient.mapRequest((request) => {
      const headers: Record<string, string> = {}
      const workspace = workspaceId?.()
      const csrf = csrfToken?.()
      if (workspace !== undefined) headers[workspaceHeaderName] = workspace
      if (csrf !== undefined) headers[csrfHeader] = csrf
      const named = HttpClientRequest.setHeaders(request, headers)
      return token === undefined ? named : HttpClientRequest.bearerToken(named, token)
    })
  })

/** The client of `makeApiClient`. */
export type ApiClient = Effect.Success<ReturnType<typeof makeApiClient>>
