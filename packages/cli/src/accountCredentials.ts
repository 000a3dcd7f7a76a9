import type { Account } from "@millrace/contracts"
import { checkEnrolment } from "@millrace/desk"
import type { Exchange } from "@millrace/exchange"
import { AccountStore, Credentials } from "@millrace/store"
import { Effect, type Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { accountArgument, changed, listedAccount, operator } from "./accountParts.ts"
import type { AccountParts } from "./accountsCommand.ts"
import { CommandFailed, exitCodes, explained, refused } from "./CommandFailed.ts"
import { enrolmentLines } from "./enrolAccount.ts"
import { asJson, printed } from "./printed.ts"
import { type CredentialSource, credentialFlags, readCredentials } from "./readCredentials.ts"

type Failure = { readonly message: string }

const unchecked = Flag.Boolean("unchecked").pipe(
  Flag.withDescription("Store them without asking the exchange"),
  Flag.withDefault(false)
)

/**
 * Reads credentials, has the exchange check them, and stores them with the account. Returns what there is to say.
 *
 * Fails with `CommandFailed` when the check says no; nothing is stored then.
 */
export const storeCredentials = Effect.fnUntraced(function* <E extends Failure>(
  account: Account,
  source: CredentialSource & { readonly unchecked: boolean },
  exchange: Layer.Layer<Exchange, E>,
  isNew: boolean
) {
  const credentials = yield* readCredentials(account.accountId, source)
  const said: Array<string> = []
  if (source.unchecked) said.push("~ not checked: whether the exchange takes them shows when they are used")
  else {
    const verdict = yield* checkEnrolment(account, credentials).pipe(
      Effect.catchTag("ExchangeError", ({ message }) =>
        refused(`${message}. Nothing was stored: try again once the exchange answers, or store with --unchecked.`)
      ),
      Effect.provide(exchange)
    )
    said.push(...enrolmentLines(account, verdict))
    if (!verdict.accepted) return yield* refused([...said, "Nothing was stored."].join("\n"))
  }
  const store = yield* AccountStore
  const actor = yield* operator
  const { _tag, version, ...input } = account
  yield* isNew
    ? store.save({
        actor,
        accounts: [{ ...input, active: true }],
        credentials: [{ accountId: account.accountId, credentials }]
      })
    : store.modifyAccount(account.accountId, changed({}), { actor, credentials })
  if (account.network === "mainnet") {
    said.push(account.armed === true ? "~ the account stays armed" : `next: millrace accounts arm ${account.accountId}`)
  }
  return said
})

/** `accounts credentials set` and `accounts check`. */
export const accountCredentialCommands = <E1 extends Failure, E2 extends Failure>(parts: AccountParts<E1, E2>) => {
  const set = Command.make(
    "set",
    { account: accountArgument, ...credentialFlags, unchecked, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        const { account } = yield* listedAccount(asked.account)
        const said = yield* storeCredentials(account, asked, parts.exchange, false)
        const next = account.active ? [] : [`next: millrace accounts activate ${account.accountId}`]
        yield* printed(asked.json, { accountId: account.accountId, said }, [
          `stored: the credentials of ${account.accountId}`,
          ...said,
          ...next
        ])
      },
      (effect) => explained(Effect.provide(effect, parts.credentials))
    )
  ).pipe(Command.withDescription("Check credentials at the exchange and store them, encrypted"))

  const credentials = Command.make("credentials").pipe(
    Command.withDescription("An account's API key, secret and passphrase"),
    Command.withSubcommands([set])
  )

  const check = Command.make(
    "check",
    { account: accountArgument, json: asJson },
    Effect.fnUntraced(
      function* ({ account: accountId, json }) {
        const { account } = yield* listedAccount(accountId)
        const found = yield* Credentials.use((store) => store.find(accountId))
        const verdict = yield* checkEnrolment(account, found).pipe(Effect.provide(parts.exchange))
        yield* printed(json, { accountId, ...verdict }, enrolmentLines(account, verdict))
        if (!verdict.accepted) return yield* new CommandFailed({ exitCode: exitCodes.failed, reason: "refused" })
      },
      (effect) => explained(Effect.provide(effect, parts.credentials))
    )
  ).pipe(Command.withDescription("Sign in at the exchange with the stored credentials (exit code 1: refused)"))

  return [credentials, check] as const
}
