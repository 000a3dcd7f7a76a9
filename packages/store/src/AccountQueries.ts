import type { PgClient } from "@effect/sql-pg"
import { Account, type AccountState, accountStateKey, Rule } from "@millrace/contracts"
import { Effect, Redacted, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { type AccountChanges, ChangeRefused } from "./AccountChanges.ts"
import type { NewOutboxEntry, Outbox } from "./Outbox.ts"
import type { Sealed, Secrets } from "./Secrets.ts"

/** The statements of `AccountStore`; each expects the transaction it is to be part of. */
export const makeAccountQueries = (sql: PgClient.PgClient, secrets: Secrets["Service"], outbox: Outbox["Service"]) => {
  /** Row locks first, always in the order of ids: the outbox then has the same order per account as the commits. */
  const lock = (accountIds: ReadonlyArray<string>) => sql<AccountRow>`
    select account_id as "accountId", workspace_id as "workspaceId" from accounts
    where account_id = any (${accountIds}::text[]) order by account_id for update`

  const upsertAccounts = (accounts: AccountChanges["accounts"] = []) => sql<StateRow>`
    insert into accounts (account_id, workspace_id, user_id, network, active, version, state)
    select s ->> 'accountId', s ->> 'workspaceId', s ->> 'userId', s ->> 'network', (s ->> 'active')::boolean, 1,
      s || '{"_tag": "Account", "version": 1}' from jsonb_array_elements(${sql.json(accounts)}) s
    on conflict (account_id) do update set user_id = excluded.user_id, network = excluded.network,
      active = excluded.active, version = accounts.version + 1, updated_at = now(),
      state = excluded.state || jsonb_build_object('version', accounts.version + 1)
      where accounts.workspace_id = excluded.workspace_id
    returning state`

  const upsertRules = (rules: AccountChanges["rules"] = []) => sql<StateRow>`
    insert into rules (rule_id, account_id, version, state)
    select s ->> 'ruleId', s ->> 'accountId', 1, s || '{"_tag": "Rule", "version": 1}'
    from jsonb_array_elements(${sql.json(rules)}) s
    on conflict (rule_id) do update set version = rules.version + 1, updated_at = now(),
      state = excluded.state || jsonb_build_object('version', rules.version + 1)
      where rules.account_id = excluded.account_id
    returning state`

  const upsertCredentials = (credentials: NonNullable<AccountChanges["credentials"]>) => {
    const rows = credentials.map((one) => ({
      accountId: one.accountId,
      ...secrets.seal(one.accountId, Redacted.make(JSON.stringify(Redacted.value(one.credentials))))
    }))
    return sql`insert into credentials (account_id, key_id, wrapped_key, sealed)
      select s ->> 'accountId', s ->> 'keyId', s ->> 'wrappedKey', s ->> 'sealed'
      from jsonb_array_elements(${sql.json(rows)}) s
      on conflict (account_id) do update set key_id = excluded.key_id, wrapped_key = excluded.wrapped_key,
        sealed = excluded.sealed, updated_at = now()`
  }

  const tell = Effect.fnUntraced(function* (
    rows: ReadonlyArray<StateRow>,
    workspaces: ReadonlyMap<string, string>,
    actor: string
  ) {
    const entries = yield* Effect.forEach(rows, (row) =>
      Effect.map(
        decodeState(row.state),
        (value): NewOutboxEntry => ({
          workspaceId: workspaces.get(value.accountId)!,
          accountId: value.accountId,
          actor,
          key: accountStateKey(value),
          value
        })
      )
    )
    yield* outbox.append(entries)
  })

  const removeRules = Effect.fnUntraced(function* (ruleIds: ReadonlyArray<string>, actor: string) {
    yield* sql`select 1 from accounts
      where account_id in (select account_id from rules where rule_id = any (${ruleIds}::text[]))
      order by account_id for update`
    const gone = yield* sql<StateRow & { readonly workspaceId: string }>`delete from rules using accounts
      where rule_id = any (${ruleIds}::text[]) and rules.account_id = accounts.account_id
      returning rules.state, accounts.workspace_id as "workspaceId"`
    for (const row of gone) {
      const rule = yield* decodeRule(row.state)
      const entry = { workspaceId: row.workspaceId, accountId: rule.accountId, actor, key: accountStateKey(rule) }
      // The history shows a removed rule as switched off; the table then forgets it.
      const last: Rule = { ...rule, enabled: false, version: rule.version + 1 }
      yield* outbox.append([
        { ...entry, value: last },
        { ...entry, value: undefined }
      ])
    }
  })

  const save = Effect.fnUntraced(function* (changes: AccountChanges) {
    const { accounts = [], rules = [], credentials = [], actor = nobody } = changes
    const touched = [...accounts, ...rules, ...credentials].map((one) => one.accountId)
    const workspaces = new Map<string, string>()
    for (const row of yield* lock([...new Set(touched)])) workspaces.set(row.accountId, row.workspaceId)
    for (const one of accounts) {
      const before = workspaces.get(one.accountId) ?? one.workspaceId
      if (before !== one.workspaceId) return yield* refuse(`Account ${one.accountId}`, `belongs to workspace ${before}`)
      workspaces.set(one.accountId, one.workspaceId)
    }
    const orphan = touched.find((accountId) => !workspaces.has(accountId))
    if (orphan !== undefined) return yield* refuse(`Account ${orphan}`, "does not exist; create it first or with it")
    const savedAccounts = accounts.length === 0 ? [] : yield* upsertAccounts(accounts)
    const savedRules = rules.length === 0 ? [] : yield* upsertRules(rules)
    if (savedAccounts.length < accounts.length) return yield* refuse("An account", "was created by another workspace")
    if (savedRules.length < rules.length) return yield* refuse("A rule", "belongs to another account")
    if (credentials.length > 0) yield* upsertCredentials(credentials)
    yield* tell([...savedAccounts, ...savedRules], workspaces, actor)
    if (changes.removeRules !== undefined && changes.removeRules.length > 0)
      yield* removeRules(changes.removeRules, actor)
  })

  const setActive = Effect.fnUntraced(function* (accountIds: ReadonlyArray<string>, active: boolean, actor = nobody) {
    const workspaces = new Map((yield* lock(accountIds)).map((row) => [row.accountId, row.workspaceId]))
    const changed = yield* sql<StateRow & { readonly accountId: string }>`update accounts
      set active = ${active}, version = version + 1, updated_at = now(),
        state = state || jsonb_build_object('active', ${active}::boolean, 'version', version + 1)
      where account_id = any (${[...workspaces.keys()]}::text[]) and active <> ${active}
      returning account_id as "accountId", state`
    yield* tell(changed, workspaces, actor)
    return changed.map((row) => row.accountId)
  })

  const activeSimulatorAccounts = (exceptWorkspaceId: string) =>
    Effect.map(
      sql<{ readonly accountId: string }>`select account_id as "accountId" from accounts
        where active and network = 'simulator' and workspace_id <> ${exceptWorkspaceId}`,
      (rows) => rows.map((row) => row.accountId)
    )

  const accounts = (where: Fragment) =>
    sql<StateRow>`select state from accounts where ${where} order by account_id`.pipe(
      Effect.flatMap((rows) => Effect.forEach(rows, (row) => decodeAccount(row.state)))
    )
  const rulesOf = (accountId: string) =>
    sql<StateRow>`select state from rules where account_id = ${accountId} order by rule_id`.pipe(
      Effect.flatMap((rows) => Effect.forEach(rows, (row) => decodeRule(row.state)))
    )

  /** 500 credentials under another master key than the current one, in one transaction. */
  const rewrapSome = Effect.gen(function* () {
    const rows = yield* sql<Sealed & { readonly accountId: string }>`select account_id as "accountId",
      key_id as "keyId", wrapped_key as "wrappedKey", sealed from credentials
      where key_id <> ${secrets.currentKeyId} order by account_id limit 500 for update`
    for (const row of rows) {
      const next = yield* secrets.rewrap(row.accountId, row)
      yield* sql`update credentials set key_id = ${next.keyId}, wrapped_key = ${next.wrappedKey}, updated_at = now()
        where account_id = ${row.accountId}`
    }
    return rows.length
  }).pipe(sql.withTransaction)

  return { save, setActive, activeSimulatorAccounts, accounts, rulesOf, rewrapSome }
}

/** The actor of a change that names none. */
const nobody = "unknown"

interface AccountRow {
  readonly accountId: string
  readonly workspaceId: string
}

interface StateRow {
  readonly state: unknown
}

const decodeAccount = Schema.decodeUnknownEffect(Account)
const decodeRule = Schema.decodeUnknownEffect(Rule)
const decodeState: (state: unknown) => Effect.Effect<AccountState, Schema.SchemaError> = Schema.decodeUnknownEffect(
  Schema.Union([Account, Rule])
)

const refuse = (subject: string, reason: string) => Effect.fail(new ChangeRefused({ subject, reason }))
