import type { PgClient } from "@effect/sql-pg"
import { Account, type AccountState, accountStateKey, Rule } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { type AccountChanges, ChangeRefused } from "./AccountChanges.ts"
import {
  deleteRules,
  formerStates,
  lockAccounts,
  lockAccountsOfRules,
  type StateRow,
  updateActive,
  upsertAccounts,
  upsertCredentials,
  upsertRules
} from "./AccountStatements.ts"
import { openWorkspaces } from "./MemberStatements.ts"
import type { NewOutboxEntry, Outbox } from "./Outbox.ts"
import type { Secrets } from "./Secrets.ts"

/** What a change of accounts works with. */
export interface ChangeParts {
  readonly sql: PgClient.PgClient
  readonly secrets: Secrets["Service"]
  readonly outbox: Outbox["Service"]
}

/** The actor of a change that names none. */
const nobody = "unknown"

// Outline of a change, within the caller's transaction:
// 1. Lock the accounts concerned, in the order of their ids.
// 2. Refuse what names a missing account, or another workspace's.
// 3. Write, then tell the outbox what was written.

/** Writes accounts, rules and credentials and tells of them. Fails with `ChangeRefused`; the caller then rolls back. */
export const saveChanges = Effect.fnUntraced(function* (parts: ChangeParts, changes: AccountChanges) {
  const { accounts = [], rules = [], credentials = [], removeRules = [], actor = nobody } = changes
  const { secrets, sql } = parts
  const workspaces = yield* workspacesOf(parts, changes)
  const ids = {
    accounts: accounts.map(({ accountId }) => accountId),
    rules: rules.map(({ ruleId }) => ruleId)
  }
  const former = yield* formerStates(sql, ids)
  yield* openWorkspaces(sql, [...new Set(accounts.map(({ workspaceId }) => workspaceId))])
  const savedAccounts = accounts.length === 0 ? [] : yield* upsertAccounts(sql, accounts)
  const savedRules = rules.length === 0 ? [] : yield* upsertRules(sql, rules)
  if (savedAccounts.length < accounts.length) return yield* refuse("An account", "was created by another workspace")
  if (savedRules.length < rules.length) return yield* refuse("A rule", "belongs to another account")
  if (credentials.length > 0) yield* upsertCredentials(sql, secrets, credentials)
  const renewed = new Set(credentials.map(({ accountId }) => accountId))
  yield* tell(parts, [...savedAccounts, ...savedRules], { workspaces, actor, former, renewed })
  if (removeRules.length > 0) yield* removeAndTell(parts, removeRules, actor)
})

/** Switches accounts on or off; returns the ids of those that were not so before. */
export const switchAccounts = Effect.fnUntraced(function* (
  parts: ChangeParts,
  accountIds: ReadonlyArray<string>,
  active: boolean,
  actor: string = nobody
) {
  const rows = yield* lockAccounts(parts.sql, accountIds)
  const workspaces = new Map(rows.map((row) => [row.accountId, row.workspaceId]))
  const former = yield* formerStates(parts.sql, { accounts: [...workspaces.keys()], rules: [] })
  const changed = yield* updateActive(parts.sql, [...workspaces.keys()], active)
  yield* tell(parts, changed, { workspaces, actor, former, renewed: new Set() })
  return changed.map((row) => row.accountId)
})

/** Locks every account that the change touches; the workspace of each. */
const workspacesOf = Effect.fnUntraced(function* ({ sql }: ChangeParts, changes: AccountChanges) {
  const { accounts = [], rules = [], credentials = [] } = changes
  const touched = [...accounts, ...rules, ...credentials].map((one) => one.accountId)
  const workspaces = new Map<string, string>()
  for (const row of yield* lockAccounts(sql, [...new Set(touched)])) workspaces.set(row.accountId, row.workspaceId)
  for (const one of accounts) {
    const before = workspaces.get(one.accountId) ?? one.workspaceId
    if (before !== one.workspaceId) return yield* refuse(`Account ${one.accountId}`, `belongs to workspace ${before}`)
    workspaces.set(one.accountId, one.workspaceId)
  }
  const orphan = touched.find((accountId) => !workspaces.has(accountId))
  if (orphan !== undefined) return yield* refuse(`Account ${orphan}`, "does not exist; create it first or with it")
  return workspaces
})

/** What a change is told with. */
interface Telling {
  readonly workspaces: ReadonlyMap<string, string>
  readonly actor: string
  /** What was stored before, by key. */
  readonly former: ReadonlyMap<string, object>
  /** Accounts that got new credentials. */
  readonly renewed: ReadonlySet<string>
}

const tell = Effect.fnUntraced(function* (
  { outbox }: ChangeParts,
  rows: ReadonlyArray<StateRow>,
  { workspaces, actor, former, renewed }: Telling
) {
  const entries: Array<NewOutboxEntry> = []
  for (const row of rows) {
    const value = yield* checked(row.state)
    const { accountId } = value
    const workspaceId = workspaces.get(accountId) ?? (yield* refuse(`Account ${accountId}`, "is not locked"))
    const key = accountStateKey(value)
    const before = former.get(key)
    entries.push({
      topic: "account-state",
      workspaceId,
      accountId,
      actor,
      key,
      value,
      ...(before === undefined ? {} : { former: before }),
      ...(value._tag === "Account" && renewed.has(accountId) ? { details: { credentials: "stored" } } : {})
    })
  }
  yield* outbox.append(entries)
})

const removeAndTell = Effect.fnUntraced(function* (parts: ChangeParts, ruleIds: ReadonlyArray<string>, actor: string) {
  yield* lockAccountsOfRules(parts.sql, ruleIds)
  for (const row of yield* deleteRules(parts.sql, ruleIds)) {
    const value = yield* checked(row.state)
    if (value._tag !== "Rule") continue
    const { accountId } = value
    const told = { topic: "account-state", workspaceId: row.workspaceId, accountId, actor } as const
    const entry = { ...told, key: accountStateKey(value) }
    // The history shows a removed rule as switched off; the table then forgets it.
    const last: Rule = { ...value, enabled: false, version: value.version + 1 }
    yield* parts.outbox.append([
      { ...entry, value: last, former: value },
      { ...entry, value: undefined, former: last }
    ])
  }
})

const decodeState = Schema.decodeUnknownEffect(Schema.Union([Account, Rule]))

/** What does not fit the records' schema can't be told to the workers, so it is not stored. */
const checked = (state: unknown): Effect.Effect<AccountState, ChangeRefused> =>
  Effect.catch(decodeState(state), (error) => refuse("An account or rule", `is not valid: ${error.message}`))

const refuse = (subject: string, reason: string) => Effect.fail(new ChangeRefused({ subject, reason }))
