import { LnMarketsRest, LnMarketsStream } from "@millrace/contracts"
import { Effect, type Semaphore } from "effect"
import { accountEvent } from "./accountEvent.ts"
import { makeCrossMargin } from "./crossMargin.ts"
import type { AccountEvent, AccountSession, ExchangeCredentials, ExchangeError, ExchangeTrade } from "./Exchange.ts"
import type { ExchangeClock } from "./ExchangeClock.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { eventStream } from "./eventStream.ts"
import { exchangeTrade } from "./exchangeTrade.ts"
import { makeIsolatedOrders } from "./isolatedOrders.ts"
import type { RestClient } from "./RestClient.ts"
import { readPermissions } from "./readPermissions.ts"
import { runStreamSession } from "./StreamSession.ts"
import { streamV1 } from "./streamV1.ts"
import { listOf, makeTradeSearch } from "./tradeSearch.ts"

export interface AccountSessionOptions {
  readonly settings: ExchangeSettings
  readonly credentials: ExchangeCredentials
  readonly clock: ExchangeClock
  readonly rest: RestClient
  readonly connecting: Semaphore.Semaphore
}

/** One account's side of the exchange. Its stream is opened by reading `events`, and closed with it. */
export const makeAccountSession = (options: AccountSessionOptions): AccountSession => {
  const { rest } = options
  return {
    runningTrades: Effect.map(
      rest.read(listOf("running")),
      (trades): ReadonlyArray<ExchangeTrade> => trades.filter((trade) => trade.running).map(exchangeTrade)
    ),
    events: accountEvents(options),
    identity: readIdentity(options),
    ...makeTradeSearch(rest),
    ...makeIsolatedOrders(rest),
    ...makeCrossMargin(rest)
  }
}

/** REST first: it says clearest what is wrong with credentials. */
const readIdentity = Effect.fn("AccountSession.identity")(function* (options: AccountSessionOptions) {
  const { clock, connecting, credentials, rest, settings } = options
  const account = yield* rest.read({
    operation: "account",
    method: "GET",
    path: "/account",
    answer: LnMarketsRest.Account
  })
  const permissions = yield* readPermissions(settings, connecting, { credentials, timestampMs: clock.timestampMs })
  return { exchangeUserId: account.id, username: account.username, balanceSats: account.balance, permissions }
})

const { crossOrders, crossPosition, isolatedTrades } = LnMarketsStream.topics

const accountEvents = (options: AccountSessionOptions) =>
  eventStream<AccountEvent, never>(
    (sink): Effect.Effect<never, ExchangeError> =>
      runStreamSession({
        settings: options.settings,
        connecting: options.connecting,
        protocol: streamV1(options.settings, {
          topics: [isolatedTrades],
          optionalTopics: [crossOrders, crossPosition],
          account: { credentials: options.credentials, timestampMs: options.clock.timestampMs }
        }),
        onPush: (topic, data) => {
          const event = topic === isolatedTrades ? accountEvent(data) : crossChange(topic)
          if (event !== undefined) sink.offer(event)
        },
        onConnected: (connection) => {
          sink.attach(connection)
          sink.offer({ _tag: "Connected" })
        },
        onDisconnected: (reason) => sink.offer({ _tag: "Disconnected", reason })
      })
  )

/** What was pushed is not applied: position, margin and orders are read together. */
const crossChange = (topic: string): AccountEvent | undefined =>
  topic === crossOrders || topic === crossPosition ? { _tag: "CrossChanged" } : undefined
