import type { Account, Rule } from "@millrace/contracts"
import { Effect } from "effect"
import { type AccountInput, ChangeRefused, type ModifiedBy, type RuleInput } from "./AccountChanges.ts"
import { lockAccounts, lockAccountsOfRules, selectAccounts, selectRules } from "./AccountStatements.ts"
import { type ChangeParts, saveChanges } from "./changeAccounts.ts"

// Outline of both, within the caller's transaction: lock, read, change, save, read back. Two changes at once are made one after
// the other, each on what the other left.

/** Changes an account as it is stored. Fails with `ChangeRefused` when there is none. */
export const modifyAccount = Effect.fnUntraced(function* (
  parts: ChangeParts,
  accountId: string,
  change: (account: Account) => AccountInput,
  { actor, credentials, seenVersion }: ModifiedBy
) {
  const { sql } = parts
  const read = Effect.map(selectAccounts(sql, sql`account_id = ${accountId}`), ([account]) => account)
  yield* lockAccounts(sql, [accountId])
  const before = (yield* read) ?? (yield* refuse(`Account ${accountId}`))
  yield* checkSeen(`Account ${accountId}`, before, seenVersion)
  yield* saveChanges(parts, {
    actor,
    accounts: [change(before)],
    ...(credentials === undefined ? {} : { credentials: [{ accountId, credentials }] })
  })
  return (yield* read) ?? (yield* refuse(`Account ${accountId}`))
})

/** Changes a rule as it is stored. Fails with `ChangeRefused` when there is none. */
export const modifyRule = Effect.fnUntraced(function* (
  parts: ChangeParts,
  ruleId: string,
  change: (rule: Rule) => RuleInput,
  { actor, seenVersion }: Omit<ModifiedBy, "credentials">
) {
  const { sql } = parts
  const read = Effect.map(selectRules(sql, sql`rule_id = ${ruleId}`), ([rule]) => rule)
  yield* lockAccountsOfRules(sql, [ruleId])
  const before = (yield* read) ?? (yield* refuse(`Rule ${ruleId}`))
  yield* checkSeen(`Rule ${ruleId}`, before, seenVersion)
  yield* saveChanges(parts, { actor, rules: [change(before)] })
  return (yield* read) ?? (yield* refuse(`Rule ${ruleId}`))
})

const refuse = (subject: string) => Effect.fail(new ChangeRefused({ subject, reason: "does not exist" }))

/** Refuses a change that was made for another version than the stored one. */
export const checkSeen = (subject: string, { version }: { readonly version: number }, seen: number | undefined) =>
  seen === undefined || seen === version
    ? Effect.void
    : Effect.fail(
        new ChangeRefused({ subject, reason: `was changed meanwhile: it is version ${version}, not ${seen}` })
      )
