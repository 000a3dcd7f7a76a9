/** What REST v3 and v2 differ in: routes, signatures, budgets, and how strict they are about content types. */
import type { ExchangeSettings } from "./ExchangeSettings.ts"
import type { Budget } from "./RateLimits.ts"
import { accountRoutes } from "./RestAccount.ts"
import { crossRoutes } from "./RestCross.ts"
import { isolatedRoutes } from "./RestIsolated.ts"
import { publicRoutes } from "./RestPublic.ts"
import type { Route, Routes } from "./RestRoutes.ts"
import { restMessage, v2Messages } from "./Signature.ts"
import { v2FuturesRoutes } from "./V2Futures.ts"
import { v2MarketRoutes } from "./V2Market.ts"
import { v2UserRoutes } from "./V2User.ts"

export interface FoundRoute {
  readonly route: Route
  /** What stands in the path where the route has `:id`; else empty. */
  readonly id: string
}

export interface ApiVersion {
  readonly name: "v2" | "v3"
  readonly routes: Routes
  readonly find: (method: string, pathname: string) => FoundRoute | undefined
  readonly knows: (pathname: string) => boolean
  /** The texts any of which a right signature is over; `data` is the raw body, else the query with its `?`. */
  readonly messages: (timestamp: string, method: string, pathname: string, data: string) => ReadonlyArray<string>
  readonly accountBudget: (settings: ExchangeSettings) => Budget
  readonly publicBudget: (settings: ExchangeSettings) => Budget
  /** Refuses a content type without a body; v2's own client sends one with every request. */
  readonly refusesIdleContentType: boolean
}

const METHODS = ["GET", "POST", "PUT", "DELETE"]

/** Looks routes up by method and path; a last part `:id` takes any text without a slash. */
const tableOf = (routes: Routes): Pick<ApiVersion, "routes" | "find" | "knows"> => {
  const table = new Map(Object.entries(routes))
  const find = (method: string, pathname: string): FoundRoute | undefined => {
    const exact = table.get(`${method} ${pathname}`)
    if (exact) return { route: exact, id: "" }
    const slash = pathname.lastIndexOf("/")
    const route = table.get(`${method} ${pathname.slice(0, slash)}/:id`)
    const id = pathname.slice(slash + 1)
    return route && id !== "" ? { route, id } : undefined
  }
  return { routes, find, knows: (pathname) => METHODS.some((method) => find(method, pathname) !== undefined) }
}

export const v3: ApiVersion = {
  name: "v3",
  ...tableOf({ ...publicRoutes, ...accountRoutes, ...isolatedRoutes, ...crossRoutes }),
  messages: (timestamp, method, pathname, data) => [restMessage(timestamp, method, pathname, data)],
  accountBudget: (settings) => ({ requests: settings.accountRequestsPerSecond, perMs: 1000 }),
  publicBudget: (settings) => ({ requests: settings.publicRequestsPerSecond, perMs: 1000 }),
  refusesIdleContentType: true
}

export const v2: ApiVersion = {
  name: "v2",
  ...tableOf({ ...v2MarketRoutes, ...v2FuturesRoutes, ...v2UserRoutes }),
  messages: v2Messages,
  accountBudget: (settings) => ({ requests: settings.v2AccountRequestsPerMinute, perMs: 60_000 }),
  publicBudget: (settings) => ({ requests: settings.v2PublicRequestsPerMinute, perMs: 60_000 }),
  refusesIdleContentType: false
}

export const versionOf = (pathname: string): ApiVersion => (pathname.startsWith("/v2/") ? v2 : v3)
