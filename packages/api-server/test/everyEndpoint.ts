import { type EndpointNeeds, MillraceApi, needsOf } from "@millrace/api"
import { HttpApi, type HttpApiEndpoint } from "effect/http-api"

/** An endpoint of the API, as the tests that walk over all of them see it. */
export interface Endpoint {
  /** Group and name, for example `tokens.remove`. */
  readonly name: string
  readonly method: string
  /** With `:names` of its parameters. */
  readonly path: string
  readonly needs: EndpointNeeds | undefined
  /** Whether anybody may ask it. */
  readonly open: boolean
  readonly hasPayload: boolean
  readonly definition: HttpApiEndpoint.Top
}

/** Every endpoint of the API. */
export const everyEndpoint: ReadonlyArray<Endpoint> = (() => {
  const found: Array<Endpoint> = []
  HttpApi.reflect(MillraceApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, middleware }) => {
      const keys = new Set([...middleware].map(({ key }) => key))
      found.push({
        name: `${group.identifier}.${endpoint.identifier}`,
        method: endpoint.method,
        path: endpoint.path,
        needs: needsOf(endpoint),
        open: !keys.has("@millrace/api/SignedIn"),
        hasPayload: endpoint.payload.size > 0,
        definition: endpoint
      })
    }
  })
  return found
})()

/** A path with its parameters filled in. */
export const pathOf = ({ path }: Endpoint, params: Readonly<Record<string, string>>): string =>
  path.replace(/:(\w+)\??/gu, (_, name: string) => encodeURIComponent(params[name] ?? `no-${name}`))

/** Names of a path's parameters. */
export const paramsOf = ({ path }: Endpoint): ReadonlyArray<string> =>
  [...path.matchAll(/:(\w+)/gu)].map(([, name]) => name!)
