import { type EnrolmentInfo, Unavailable } from "@millrace/api"
import type { Account } from "@millrace/contracts"
import { checkEnrolment, type Enrolment } from "@millrace/desk"
import { layerExchange } from "@millrace/exchange"
import type { ApiCredentials } from "@millrace/store"
import { Context, Effect, Layer, type Redacted } from "effect"

/** Asks the exchange whether an account's credentials can be used. */
export class CredentialCheck extends Context.Service<
  CredentialCheck,
  {
    readonly check: (
      account: Account,
      credentials: Redacted.Redacted<ApiCredentials>
    ) => Effect.Effect<Enrolment, Unavailable>
  }
>()("@millrace/api-server/CredentialCheck") {
  /** The exchange of `EXCHANGE_REST_URL`; its settings are read with the first check, as nothing else here needs them. */
  static readonly layer = Layer.succeed(CredentialCheck, {
    check: (account, credentials) =>
      checkEnrolment(account, credentials).pipe(
        Effect.provide(Layer.fresh(layerExchange)),
        Effect.catch((error) =>
          Effect.andThen(
            Effect.logWarning(`Credentials of ${account.accountId} were not checked: ${error.message}`),
            Effect.fail(unchecked)
          )
        )
      )
  })
}

const unchecked = new Unavailable({
  where: "the exchange",
  found: "no answer, or no address of it in the settings",
  expected: "an answer of the exchange",
  whatToDo: "Nothing was stored. Try again; the log of control-api has the cause."
})

/** The verdict as the API tells it. */
export const enrolmentInfo = ({ accepted, identity, refusals, warnings }: Enrolment): EnrolmentInfo => ({
  accepted,
  ...(identity === undefined ? {} : { username: identity.username, balanceSats: identity.balanceSats }),
  refusals,
  warnings
})
