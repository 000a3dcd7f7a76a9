// Foreign boundary: the page asks the API from the callbacks of React.
import { type ApiClient, makeApiClient, type SessionInfo } from "@millrace/api"
import { type Effect, ManagedRuntime } from "effect"
import { FetchHttpClient } from "effect/http"

const runtime = ManagedRuntime.make(FetchHttpClient.layer)

/** Who is signed in on this page. Each tab keeps to its own workspace, whichever another tab chooses. */
const signedIn: { session: SessionInfo | undefined } = { session: undefined }

/** Whose CSRF token and workspace the requests from now on carry. */
export const actAs = (session: SessionInfo | undefined): void => {
  signedIn.session = session
}

/** The workspace that this page is about. */
export const workspaceInUse = (): string | undefined => signedIn.session?.workspace.workspaceId

const client = runtime.runPromise(
  makeApiClient({
    baseUrl: window.location.origin,
    workspaceId: workspaceInUse,
    csrfToken: () => signedIn.session?.csrfToken
  })
)

/**
 * Asks the API: `ask((api) => api.tokens.list(), signal)`.
 *
 * Rejects with the API's error as it was decoded, or with that of the connection.
 */
export const ask = async <A, E>(request: (api: ApiClient) => Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> => {
  const api = await client
  return runtime.runPromise(request(api), signal === undefined ? undefined : { signal })
}
