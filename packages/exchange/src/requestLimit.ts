import type { RateLimit } from "@millrace/store"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import type { LnMarketsV2Settings } from "./LnMarketsV2Config.ts"

/** The budgets that a request takes a turn of: its own first, then that of the address. */
export type Budgets = readonly [own: RateLimit, ...shared: ReadonlyArray<RateLimit>]

/** The budgets of one version of the API, shared by all instances and sessions. */
export interface RequestBudgets {
  readonly ofAccount: (accountId: string) => Budgets
  /** Requests without an account: the exchange counts them by address. */
  readonly ofPublic: Budgets
}

/** The window in which the exchange counts a second's requests; a little longer, as requests arrive closer than they leave. */
const secondMs = 1_100
const minuteMs = 60_500

export const budgetsV3 = (settings: ExchangeSettings): RequestBudgets => {
  const share = settings.accountReserve / settings.accountPerSecond
  const address = ofAddress(settings, share)
  return {
    ofAccount: (accountId) => [
      of(settings, `account/${accountId}`, settings.accountPerSecond, settings.accountReserve, secondMs),
      ...address
    ],
    ofPublic: [of(settings, "public", settings.publicPerSecond, 0, secondMs), ...address]
  }
}

export const budgetsV2 = (settings: ExchangeSettings, v2: LnMarketsV2Settings): RequestBudgets => {
  const address = ofAddress(settings, v2.accountReserve / v2.accountPerMinute)
  return {
    ofAccount: (accountId) => [
      of(settings, `account/${accountId}`, v2.accountPerMinute, v2.accountReserve, minuteMs),
      ...address
    ],
    // One at a time: a minute's requests at once would leave no price for the rest of it.
    ofPublic: [of(settings, "public", 1, 0, minuteMs / v2.publicPerMinute), ...address]
  }
}

/** All accounts and the public side together, if there is such a limit; orders have the share that they have of an account. */
const ofAddress = (settings: ExchangeSettings, reservedShare: number): ReadonlyArray<RateLimit> => {
  const { addressPerSecond } = settings
  return addressPerSecond > 0
    ? [of(settings, "address", addressPerSecond, Math.floor(addressPerSecond * reservedShare), secondMs)]
    : []
}

/** Budgets belong to the exchange behind the address: those of its test network are others. */
const of = (
  settings: ExchangeSettings,
  subject: string,
  limit: number,
  reserve: number,
  windowMs: number
): RateLimit => ({
  api: "lnmarkets",
  subject: `${settings.restUrl.host}/${subject}`,
  algorithm: "sliding-window",
  limit,
  reserve,
  windowMs
})
