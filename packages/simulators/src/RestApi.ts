/** REST v3 and v2 as a function from a request to a reply: authentication, permission, budget, route, journal. */
import { Result } from "effect"
import { type ApiKey, permits } from "./ApiKeys.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { Refusal } from "./MarketState.ts"
import type { Route } from "./RestRoutes.ts"
import { type ApiVersion, versionOf } from "./RestVersions.ts"
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
  readonly contentType?: string
  readonly retryAfterSeconds?: number
}

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
  const version = versionOf(request.pathname)
  const found = version.find(request.method, request.pathname)
  const route = found?.route
  const key = authenticate(exchange, request, version, route)
  if (Result.isFailure(key)) return refused(exchange, request, route, undefined, key.failure)
  const limited = overBudget(exchange, request, version, key.success)
  if (limited) return limited
  if (!found || !route) {
    return version.knows(request.pathname)
      ? rejected(exchange, errorReply(405, "METHOD_NOT_ALLOWED", "Method not allowed"))
      : rejected(exchange, errorReply(404, "NOT_FOUND", "Not found"))
  }
  const accountId = key.success?.accountId ?? ""
  const body = parseBody(request, version)
  if (Result.isFailure(body)) return refused(exchange, request, route, accountId, body.failure)
  const query = new URLSearchParams(request.search)
  const input = { exchange, accountId, query, id: found.id, body: body.success, wallMs: wallNowMs() }
  const outcome = route.handle(input)
  if (Result.isFailure(outcome)) return refused(exchange, request, route, accountId, outcome.failure, body.success)
  const id = idIn(outcome.success) ?? idIn(body.success) ?? query.get("id") ?? undefined
  note(exchange, request, route, accountId, id, undefined)
  return route.isPlain
    ? { status: 200, body: String(outcome.success), contentType: "text/plain; charset=utf-8" }
    : { status: 200, body: JSON.stringify(outcome.success) }
}

const authenticate = (
  exchange: LocalExchange,
  request: RestRequest,
  version: ApiVersion,
  route: Route | undefined
): Result.Result<ApiKey | undefined, Refusal> => {
  const key = header(request, "lnm-access-key")
  if (route?.permission === undefined && key === undefined) return Result.succeed(undefined)
  const data = request.rawBody === "" ? request.search : request.rawBody
  const checked = exchange.apiKeys.checkRest(
    {
      key,
      passphrase: header(request, "lnm-access-passphrase"),
      timestamp: header(request, "lnm-access-timestamp"),
      signature: header(request, "lnm-access-signature"),
      messages: (timestamp) => version.messages(timestamp, request.method, request.pathname, data)
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

const overBudget = (
  exchange: LocalExchange,
  request: RestRequest,
  version: ApiVersion,
  key: ApiKey | undefined
): RestReply | undefined => {
  const budget = key ? version.accountBudget(exchange.settings) : version.publicBudget(exchange.settings)
  const who = key ? `account/${key.accountId}` : `address/${request.address}`
  const taken = exchange.rateLimits.take(`${version.name}/${who}`, budget, request.receivedAtMs)
  if (taken.retryAfterSeconds === 0) return undefined
  const reply = rejected(exchange, errorReply(429, "TOO_MANY_REQUESTS", "Too many requests"))
  return { ...reply, retryAfterSeconds: taken.retryAfterSeconds }
}

const parseBody = (request: RestRequest, version: ApiVersion): Result.Result<unknown, Refusal> => {
  const bad = (message: string) => Result.fail(new Refusal({ status: 400, code: "BAD_REQUEST", message }))
  const isJson = (header(request, "content-type") ?? "").startsWith("application/json")
  if (request.rawBody === "")
    return isJson && version.refusesIdleContentType
      ? bad("Content-Type is application/json and there is no body")
      : Result.succeed(undefined)
  if (request.method === "GET") return bad("A GET request takes no body")
  if (!isJson) return bad("Content-Type must be application/json")
  const parsed = Result.try({ try: (): unknown => JSON.parse(request.rawBody), catch: () => "not JSON" })
  return Result.isSuccess(parsed) ? Result.succeed(parsed.success) : bad("Body is not JSON")
}

const idIn = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" ? value.id : undefined

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
