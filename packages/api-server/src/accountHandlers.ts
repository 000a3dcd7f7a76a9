import { Caller, Conflict, Invalid, MillraceApi, type StoredAccount } from "@millrace/api"
import type { Account } from "@millrace/contracts"
import { levelProblem } from "@millrace/desk"
import { type AccountInput, AccountStore, Credentials, type ModifiedBy } from "@millrace/store"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable, refusedAsConflict } from "./answers.ts"
import { CredentialCheck, enrolmentInfo } from "./CredentialCheck.ts"

/** An account as its owner states it, with changes. */
const changed =
  (changes: Partial<AccountInput>) =>
  ({ _tag, version, ...account }: Account): AccountInput => ({ ...account, ...changes })

/** The group `accounts`: accounts of the caller's workspace, as they are stored. */
export const accountHandlers = HttpApiBuilder.group(
  MillraceApi,
  "accounts",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* AccountStore
    const credentials = yield* Credentials
    const exchange = yield* CredentialCheck

    const owned = Effect.fnUntraced(function* (accountId: string) {
      const { workspaceId } = yield* Caller
      const found = yield* store.listed(accountId)
      if (found === undefined || found.account.workspaceId !== workspaceId) return yield* noSuch("account", accountId)
      return found satisfies StoredAccount
    })
    const modified = Effect.fnUntraced(function* (
      accountId: string,
      changes: Partial<AccountInput>,
      by: Omit<ModifiedBy, "actor"> = {}
    ) {
      const { userId: actor } = yield* Caller
      yield* store
        .modifyAccount(accountId, changed(changes), { actor, ...by })
        .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
      return yield* owned(accountId)
    })

    return handlers
      .handle("show", ({ params: { accountId } }) => owned(accountId).pipe(orUnavailable))
      .handle("create", ({ payload: { accountId, ...stated } }) =>
        Effect.gen(function* () {
          const { userId, workspaceId } = yield* Caller
          if ((yield* store.account(accountId)) !== undefined) return yield* taken(`Account ${accountId}`)
          const levels = { warningThreshold: 0.8, criticalThreshold: 0.9, hysteresis: 0.05 }
          const account: AccountInput = { userId, ...levels, ...stated, accountId, workspaceId, active: false }
          yield* checkLevels(account)
          yield* store
            .save({ actor: userId, accounts: [account] })
            .pipe(Effect.catchTag("ChangeRefused", () => taken(`Account ${accountId}`)))
          return yield* owned(accountId)
        }).pipe(orUnavailable)
      )
      .handle("change", ({ params: { accountId }, payload: { version, ...changes } }) =>
        Effect.gen(function* () {
          const { account } = yield* owned(accountId)
          yield* checkLevels(changed(changes)(account))
          return yield* modified(accountId, changes, version === undefined ? {} : { seenVersion: version })
        }).pipe(orUnavailable)
      )
      .handle("switch", ({ params: { accountId }, payload: { active } }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          const { hasCredentials } = yield* owned(accountId)
          if (active && !hasCredentials) return yield* withoutCredentials(accountId)
          yield* store.setActive([accountId], active, userId)
          return yield* owned(accountId)
        }).pipe(orUnavailable)
      )
      .handle("arm", ({ params: { accountId }, payload: { armed, confirm } }) =>
        Effect.gen(function* () {
          const { account, hasCredentials } = yield* owned(accountId)
          if (armed && account.network !== "mainnet") return yield* notMainnet(account)
          if (armed && !hasCredentials) return yield* withoutCredentials(accountId)
          if (armed && confirm !== accountId) return yield* unconfirmed
          return yield* modified(accountId, { armed })
        }).pipe(orUnavailable)
      )
      .handle("storeCredentials", ({ params: { accountId }, payload: { key, passphrase, secret } }) =>
        Effect.gen(function* () {
          const { account } = yield* owned(accountId)
          const given = Redacted.make(
            { key: Redacted.value(key), secret: Redacted.value(secret), passphrase: Redacted.value(passphrase) },
            { label: `credentials of ${accountId}` }
          )
          const verdict = yield* exchange.check(account, given)
          if (verdict.accepted) {
            yield* modified(accountId, {}, { credentials: given })
            yield* credentials.forget(accountId)
          }
          return enrolmentInfo(verdict)
        }).pipe(orUnavailable)
      )
      .handle("check", ({ params: { accountId } }) =>
        Effect.gen(function* () {
          const { account } = yield* owned(accountId)
          const found = yield* credentials.find(accountId).pipe(
            Effect.catchTag("CredentialsMissing", () => withoutCredentials(accountId)),
            Effect.catchTag("SecretUnreadable", (error) =>
              Effect.andThen(Effect.logWarning(error.message), withoutCredentials(accountId))
            )
          )
          return enrolmentInfo(yield* exchange.check(account, found))
        }).pipe(orUnavailable)
      )
  })
)

const checkLevels = (account: AccountInput) => {
  const problem = levelProblem(account)
  return problem === undefined
    ? Effect.void
    : Effect.fail(
        new Invalid({
          where: "payload",
          found: problem,
          expected: "0 < warning < critical ≤ 1, and a hysteresis below warning",
          whatToDo: "Correct the levels; nothing was stored."
        })
      )
}

const conflict = (where: string, found: string, expected: string, whatToDo: string) =>
  Effect.fail(new Conflict({ where, found, expected, whatToDo }))

const taken = (where: string) => conflict(where, "an id that is taken", "an id of its own", "Choose another id.")

const withoutCredentials = (accountId: string) =>
  conflict(
    `Account ${accountId}`,
    "no credentials that can be read",
    "credentials",
    `Store them first: PUT /api/trading/accounts/${accountId}/credentials.`
  )

const notMainnet = ({ accountId, network }: Account) =>
  conflict(`Account ${accountId}`, `the network ${network}`, "mainnet", "Only mainnet accounts are armed.")

const unconfirmed = new Conflict({
  where: "payload.confirm",
  found: "another text",
  expected: "the account's id",
  whatToDo: "Send the account's id as confirm: real money moves from then on."
})
