import type { Account, Rule } from "@millrace/contracts"
import { Effect, Layer, type Redacted } from "effect"
import {
  type AccountChanges,
  type AccountInput,
  ChangeRefused,
  type Listed,
  type ListFilter,
  type RuleInput
} from "./AccountChanges.ts"
import { AccountStore } from "./AccountStore.ts"
import { type ApiCredentials, Credentials, CredentialsMissing, checkedCredentials } from "./Credentials.ts"
import { checkSeen } from "./modifyAccounts.ts"

/** Accounts, rules and credentials in memory; tells nobody: for commands and tests without workers. */
export const layerMemoryAccountStore: Layer.Layer<AccountStore | Credentials> = Layer.suspend(() => {
  const accounts = new Map<string, Account>()
  const rules = new Map<string, Rule>()
  const credentials = new Map<string, Redacted.Redacted<ApiCredentials>>()

  const putAccount = (account: AccountInput): Account => {
    const version = (accounts.get(account.accountId)?.version ?? 0) + 1
    const stored: Account = { ...account, _tag: "Account", version }
    accounts.set(account.accountId, stored)
    return stored
  }
  const putRule = (rule: RuleInput): Rule => {
    const stored = { ...rule, _tag: "Rule", version: (rules.get(rule.ruleId)?.version ?? 0) + 1 } as Rule
    rules.set(rule.ruleId, stored)
    return stored
  }
  const save = (changes: AccountChanges) =>
    Effect.gen(function* () {
      const { accounts: inputs = [], credentials: secrets = [], removeRules = [], rules: ruleInputs = [] } = changes
      const known = new Set([...accounts.keys(), ...inputs.map(({ accountId }) => accountId)])
      const orphan = [...ruleInputs, ...secrets].find(({ accountId }) => !known.has(accountId))
      if (orphan !== undefined) return yield* missing(`Account ${orphan.accountId}`)
      const moved = ruleInputs.find((rule) => (rules.get(rule.ruleId) ?? rule).accountId !== rule.accountId)
      if (moved !== undefined)
        return yield* new ChangeRefused({ subject: "A rule", reason: "belongs to another account" })
      for (const account of inputs) putAccount(account)
      for (const rule of ruleInputs) putRule(rule)
      for (const one of secrets) credentials.set(one.accountId, one.credentials)
      for (const ruleId of removeRules) rules.delete(ruleId)
    })
  const setActive = (accountIds: ReadonlyArray<string>, active: boolean) =>
    Effect.sync(() => {
      const found = accountIds.flatMap((accountId) => accounts.get(accountId) ?? [])
      const changed = found.filter((account) => account.active !== active)
      for (const account of changed) putAccount({ ...account, active })
      return changed.map(({ accountId }) => accountId)
    })
  const sortedAccounts = () => [...accounts.values()].toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1))
  const sortedRules = () => [...rules.values()].toSorted((a, b) => (a.ruleId < b.ruleId ? -1 : 1))

  const store = AccountStore.of({
    save,
    setActive,
    startRun: (workspaceId, changes) =>
      Effect.gen(function* () {
        const former = sortedAccounts().filter((one) => one.network === "simulator" && one.workspaceId !== workspaceId)
        const changed = yield* setActive(
          former.map(({ accountId }) => accountId),
          false
        )
        yield* save(changes)
        return changed
      }),
    account: (accountId) => Effect.sync(() => accounts.get(accountId)),
    accountsOf: (workspaceId) => Effect.sync(() => sortedAccounts().filter((one) => one.workspaceId === workspaceId)),
    list: (workspaceId) =>
      Effect.sync(() =>
        sortedAccounts()
          .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
          .map((account) => ({ account, hasCredentials: credentials.has(account.accountId) }))
      ),
    rules: (accountId) =>
      Effect.sync(() => sortedRules().filter((one) => accountId === undefined || one.accountId === accountId)),
    page: (workspaceId, filter) =>
      Effect.sync(() =>
        partOf(
          sortedAccounts().filter((one) => one.workspaceId === workspaceId),
          filter,
          (one) => [one.accountId, one.name]
        )
      ).pipe(
        Effect.map(({ items, total }) => ({
          items: items.map((account) => ({ account, hasCredentials: credentials.has(account.accountId) })),
          total
        }))
      ),
    listed: (accountId) =>
      Effect.sync(() => {
        const account = accounts.get(accountId)
        return account === undefined ? undefined : { account, hasCredentials: credentials.has(accountId) }
      }),
    rule: (ruleId) =>
      Effect.sync(() => {
        const rule = rules.get(ruleId)
        const account = accounts.get(rule?.accountId ?? "")
        return rule === undefined || account === undefined ? undefined : { rule, workspaceId: account.workspaceId }
      }),
    rulesPage: (workspaceId, filter) =>
      Effect.sync(() => {
        const isOwn = (one: Rule) =>
          accounts.get(one.accountId)?.workspaceId === workspaceId &&
          (filter.accountId ?? one.accountId) === one.accountId
        return partOf(sortedRules().filter(isOwn), filter, (one) => [one.ruleId, one.accountId])
      }),
    modifyAccount: (accountId, change, by) =>
      Effect.gen(function* () {
        const before = accounts.get(accountId) ?? (yield* missing(`Account ${accountId}`))
        yield* checkSeen(`Account ${accountId}`, before, by.seenVersion)
        if (by.credentials !== undefined) credentials.set(accountId, by.credentials)
        return putAccount(change(before))
      }),
    modifyRule: (ruleId, change, by) =>
      Effect.gen(function* () {
        const before = rules.get(ruleId) ?? (yield* missing(`Rule ${ruleId}`))
        yield* checkSeen(`Rule ${ruleId}`, before, by.seenVersion)
        return putRule(change(before))
      }),
    activeAccounts: Effect.sync(() => sortedAccounts().filter(({ active }) => active)),
    rulesOf: (accountId) => Effect.sync(() => sortedRules().filter((one) => one.accountId === accountId)),
    rotateKeys: Effect.succeed(0)
  })
  const reading = Credentials.of({
    find: (accountId) => {
      const found = credentials.get(accountId)
      return found === undefined
        ? Effect.fail(new CredentialsMissing({ accountId, found: "none" }))
        : checkedCredentials(accountId, found)
    },
    forget: () => Effect.void
  })
  return Layer.merge(Layer.succeed(AccountStore, store), Layer.succeed(Credentials, reading))
})

/** A part of sorted entries; the first of their words is the id. */
const partOf = <A>(
  all: ReadonlyArray<A>,
  { search = "", after = "", limit }: ListFilter,
  wordsOf: (entry: A) => readonly [string, string]
): Listed<A> => {
  const part = search.toLowerCase()
  const found = all.filter((entry) => wordsOf(entry).some((word) => word.toLowerCase().includes(part)))
  return { items: found.filter((entry) => wordsOf(entry)[0] > after).slice(0, limit), total: found.length }
}

const missing = (subject: string) => Effect.fail(new ChangeRefused({ subject, reason: "does not exist" }))
