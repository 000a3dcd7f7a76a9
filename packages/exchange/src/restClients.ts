import { Breakers } from "@millrace/runtime"
import { RateLimits } from "@millrace/store"
import { Effect } from "effect"
import type { ExchangeCredentials, SessionUse } from "./Exchange.ts"
import type { ExchangeClock } from "./ExchangeClock.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { makeEndpointBreakers } from "./endpointBreakers.ts"
import { makeRestClient, type RestClient } from "./RestClient.ts"
import type { RestConnection } from "./RestConnection.ts"
import type { RequestBudgets } from "./requestLimit.ts"
import type { RestSigning } from "./Signature.ts"

/** The REST side of one adapter: as nobody, and as each account. */
export interface RestClients {
  readonly publicRest: RestClient
  readonly accountRest: (
    accountId: string,
    credentials: ExchangeCredentials,
    clock: ExchangeClock,
    use: SessionUse
  ) => RestClient
}

/** Clients over one connection; each account has breakers and a budget of its own. */
export const makeRestClients = Effect.fnUntraced(function* (
  connection: RestConnection,
  settings: ExchangeSettings,
  budgets: RequestBudgets,
  signing: RestSigning
) {
  const limits = yield* RateLimits
  const breakers = yield* Breakers
  const shared = {
    connection,
    limits,
    basePath: settings.restUrl.pathname.replace(/\/+$/u, ""),
    orderWait: settings.orderWait,
    readWait: settings.readWait
  }
  const clients: RestClients = {
    publicRest: makeRestClient({
      ...shared,
      budgets: budgets.ofPublic,
      readPriority: "ordinary",
      breakers: makeEndpointBreakers(breakers, settings, "public"),
      account: undefined
    }),
    accountRest: (accountId, credentials, clock, use) =>
      makeRestClient({
        ...shared,
        budgets: budgets.ofAccount(accountId),
        readPriority: use === "commands" ? "urgent" : "ordinary",
        breakers: makeEndpointBreakers(breakers, settings, accountId),
        account: { credentials, clock, signing }
      })
  }
  return clients
})
