/** REST v3 as a function from a request to a reply: authentication, permission, budget, route, journal. */
import { Result } from "effect"
import { type ApiKey, permits } from "./ApiKeys.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { Refusal } from "./MarketState.ts"
import { crossRoutes } from "./RestCross.ts"
import { isolatedRoutes } from "./RestIsolated.ts"
import { publicRoutes } from "./RestPublic.ts"
import type { Route } from "./RestRoutes.ts"
import { wallNowMs } from "./WallClock.ts"

export interface RestRequest {
  readonly method: string
  /** As received, without the query. */
  readonly pathname: string
  /** With its leading `?`, or empty. */
  readonly search: string
  readonly rawBody: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly address: string
  /** Wall time at which its headers had arrived. */
  readonly receivedAtMs: number
}

export interface RestReply {
  readonly status: number
  readonly body: string
  readonly retryAfterSeconds?: number
}

const routes = new Map<string, Route>(Object.entries({ ...publicRoutes, ...isolatedRoutes, ...crossRoutes }))
const paths = new Set([...routes.keys()].map((key) => key.slice(key.indexOf(" ") + 1)))

const header = (request: RestRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === "string" ? value : value?.[0]
}

/** The account that a request claims to be of, before its signature is checked. */
export const claimedAccount = (exchange: LocalExchange, request: RestRequest): string | undefined =>
  exchange.apiKeys.find(header(request, "lnm-access-key"))?.accountId

export const errorReply = (status: number, code: string, message: string): RestReply => ({
  status,
  body: JSON.stringify({ code, message })
})

/** Answers a request; an order is applied exactly when the answer's status is 200. */
export const handleRest = (exchange: LocalExchange, request: RestRequest): RestReply => {
  const route = routes.get(`${request.method} ${request.pathname}`)
  const key = authenticate(exchange, request, route)
  if (Result.isFailure(key)) return refused(exchange, request, route, undefined, key.failure)
  const limited = overBudget(exchange, request, key.success)
  if (limited) return limited
  if (!route) {
    return paths.has(request.pathname)
      ? rejected(exchange, errorReply(405, "METHOD_NOT_ALLOWED", "Method not allowed"))
      : rejected(exchange, errorReply(404, "NOT_FOUND", "Not found"))
  }
  const accountId = key.success?.accountId ?? ""
  const body = parseBody(request)
  if (Result.isFailure(body)) return refused(exchange, request, route, accountId, body.failure)
  const query = new URLSearchParams(request.search)
  const outcome = route.handle({ exchange, accountId, query, body: body.success, wallMs: wallNowMs() })
  if (Result.isFailure(outcome)) return refused(exchange, request, route, accountId, outcome.failure, body.success)
  note(exchange, request, route, accountId, effectId(outcome.success, body.success), undefined)
  return { status: 200, body: JSON.stringify(outcome.success) }
}

const authenticate = (
  exchange: LocalExchange,
  request: RestRequest,
  route: Route | undefined
): Result.Result<ApiKey | undefined, Refusal> => {
  const key = header(request, "lnm-access-key")
  if (route?.permission === undefined && key === undefined) return Result.succeed(undefined)
  const checked = exchange.apiKeys.checkRest(
    {
      key,
      passphrase: header(request, "lnm-access-passphrase"),
      timestamp: header(request, "lnm-access-timestamp"),
      signature: header(request, "lnm-access-signature"),
      method: request.method,
      pathname: request.pathname,
      data: request.rawBody === "" ? request.search : request.rawBody
    },
    wallNowMs()
  )
  if (Result.isFailure(checked) || route?.permission === undefined) return checked
  return permits(checked.success.permissions, route.permission)
    ? checked
    : Result.fail(
        new Refusal({ status: 403, code: "FORBIDDEN", message: `API key lacks the permission ${route.permission}` })
      )
}

const overBudget = (exchange: LocalExchange, request: RestRequest, key: ApiKey | undefined): RestReply | undefined => {
  const { accountRequestsPerSecond, publicRequestsPerSecond } = exchange.settings
  const retryAfterSeconds = key
    ? exchange.rateLimits.take(`account/${key.accountId}`, accountRequestsPerSecond, request.receivedAtMs)
    : exchange.rateLimits.take(`address/${request.address}`, publicRequestsPerSecond, request.receivedAtMs)
  if (retryAfterSeconds === 0) return undefined
  return { ...rejected(exchange, errorReply(429, "TOO_MANY_REQUESTS", "Too many requests")), retryAfterSeconds }
}

const parseBody = (request: RestRequest): Result.Result<unknown, Refusal> => {
  if (request.rawBody === "") return Result.succeed(undefined)
  const bad = (message: string) => new Refusal({ status: 400, code: "BAD_REQUEST", message })
  if (request.method === "GET") return Result.fail(bad("A GET request takes no body"))
  if (!(header(request, "content-type") ?? "").startsWith("application/json"))
    return Result.fail(bad("Content-Type must be application/json"))
  return Result.try({ try: (): unknown => JSON.parse(request.rawBody), catch: () => bad("Body is not JSON") })
}

const idIn = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" ? value.id : undefined

const effectId = (answer: unknown, body: unknown): string | undefined => idIn(answer) ?? idIn(body)

const rejected = (exchange: LocalExchange, reply: RestReply): RestReply => {
  exchange.journal.rejected(reply.status)
  return reply
}

const refused = (
  exchange: LocalExchange,
  request: RestRequest,
  route: Route | undefined,
  accountId: string | undefined,
  refusal: Refusal,
  body?: unknown
): RestReply => {
  if (route && accountId !== undefined) note(exchange, request, route, accountId, idIn(body), refusal)
  return rejected(exchange, errorReply(refusal.status, refusal.code, refusal.message))
}

const note = (
  exchange: LocalExchange,
  request: RestRequest,
  route: Route,
  account: string,
  id: string | undefined,
  refusal: Refusal | undefined
): void => {
  if (route.action === undefined) return
  const state = exchange.state()
  exchange.journal.orderReceived({
    account,
    action: route.action,
    id,
    receivedAtMs: request.receivedAtMs,
    appliedAtMs: wallNowMs(),
    marketTimeMs: state.timeMs,
    price: state.price,
    applied: refusal === undefined,
    status: refusal?.status ?? 200,
    reason: refusal?.message
  })
}
