import type { Account } from "@millrace/contracts"
import {
  Exchange,
  ExchangeConfig,
  type ExchangeError,
  type ExchangeIdentity,
  judgeRights,
  networkOfAddress
} from "@millrace/exchange"
import type { ApiCredentials } from "@millrace/store"
import { Effect, Redacted } from "effect"

/** What the exchange says of an account's credentials. */
export interface Enrolment {
  readonly accepted: boolean
  readonly identity: ExchangeIdentity | undefined
  /** Why they can't be used. */
  readonly refusals: ReadonlyArray<string>
  /** What they can do that they should not, or can't that may be missed. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Signs in at the exchange with an account's credentials: are they right, of this network, and with the rights that are
 * needed and no more?
 *
 * Fails with `ExchangeError` when the exchange can't be asked.
 */
export const checkEnrolment = Effect.fn("desk.checkEnrolment")(function* (
  account: Account,
  credentials: Redacted.Redacted<ApiCredentials>
) {
  const { restUrl } = yield* ExchangeConfig
  const elsewhere = wrongNetwork(account, restUrl)
  if (elsewhere !== undefined) return refusal([elsewhere])
  const exchange = yield* Exchange
  const signedIn = yield* Effect.gen(function* () {
    const session = yield* exchange.account(account.accountId, Redacted.value(credentials))
    return yield* session.identity
  }).pipe(Effect.scoped, Effect.result)
  if (signedIn._tag === "Failure") {
    const error: ExchangeError = signedIn.failure
    if (error.reason === "unauthorized") {
      return refusal([`the exchange at ${restUrl.host} refuses key, secret or passphrase: ${error.detail}`])
    }
    if (error.reason === "forbidden") return refusal([`the key may not even read its account: ${error.detail}`])
    return yield* error
  }
  return judge(signedIn.success)
})

const judge = (identity: ExchangeIdentity): Enrolment => {
  if (identity.permissions === undefined) {
    const warnings = ["the exchange does not tell what the key may do: look at it there"]
    return { accepted: true, identity, refusals: [], warnings }
  }
  const { excessive, missing, withoutCross } = judgeRights(identity.permissions)
  const refusals = missing.map((right) => `the key lacks the right ${right}`)
  const warnings = [
    ...excessive.map((right) => `the key has the right ${right}, which Millrace never needs: make one without it`),
    ...(withoutCross ? ["the key may not trade on cross margin: cross positions are not guarded"] : [])
  ]
  return { accepted: refusals.length === 0, identity, refusals, warnings }
}

/** An address of the exchange's own tells its network; any other is a simulator, or a proxy that nobody can tell from one. */
const wrongNetwork = ({ network }: Account, restUrl: URL): string | undefined => {
  const actual = networkOfAddress(restUrl) ?? "simulator"
  return actual === network
    ? undefined
    : `the account is of the network ${network}, but EXCHANGE_REST_URL (${restUrl.host}) is ${actual === "simulator" ? "no address of the exchange's own" : `of ${actual}`}`
}

const refusal = (refusals: ReadonlyArray<string>): Enrolment => ({
  accepted: false,
  identity: undefined,
  refusals,
  warnings: []
})
