/** The statements of `AccountStore`; each expects the transaction it is to be part of. */
import type { PgClient } from "@effect/sql-pg"
import { Account, Rule } from "@millrace/contracts"
import { Effect, Redacted, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import type { AccountInput, RuleInput } from "./AccountChanges.ts"
import type { ApiCredentials } from "./Credentials.ts"
import type { Sealed, Secrets } from "./Secrets.ts"

type Sql = PgClient.PgClient

/** A row with an account or rule as it is told to the workers. */
export interface StateRow {
  readonly state: unknown
}

export interface AccountRow {
  readonly accountId: string
  readonly workspaceId: string
}

export interface CredentialsInput {
  readonly accountId: string
  readonly credentials: Redacted.Redacted<ApiCredentials>
}

/** Row locks first, always in the order of ids: the outbox then has the same order per account as the commits. */
export const lockAccounts = (sql: Sql, accountIds: ReadonlyArray<string>) => sql<AccountRow>`
  select account_id as "accountId", workspace_id as "workspaceId" from accounts
  where account_id = any (${accountIds}::text[]) order by account_id for update`

export const lockAccountsOfRules = (sql: Sql, ruleIds: ReadonlyArray<string>) => sql`
  select 1 from accounts where account_id in (select account_id from rules where rule_id = any (${ruleIds}::text[]))
  order by account_id for update`

/** Leaves out an account that exists in another workspace: fewer rows come back. */
export const upsertAccounts = (sql: Sql, accounts: ReadonlyArray<AccountInput>) => sql<StateRow>`
  insert into accounts (account_id, workspace_id, user_id, network, active, version, state)
  select s ->> 'accountId', s ->> 'workspaceId', s ->> 'userId', s ->> 'network', (s ->> 'active')::boolean, 1,
    s || '{"_tag": "Account", "version": 1}' from jsonb_array_elements(${sql.json(accounts)}) s
  on conflict (account_id) do update set user_id = excluded.user_id, network = excluded.network,
    active = excluded.active, version = accounts.version + 1, updated_at = now(),
    state = excluded.state || jsonb_build_object('version', accounts.version + 1)
    where accounts.workspace_id = excluded.workspace_id
  returning state`

/** Leaves out a rule that exists for another account: fewer rows come back. */
export const upsertRules = (sql: Sql, rules: ReadonlyArray<RuleInput>) => sql<StateRow>`
  insert into rules (rule_id, account_id, version, state)
  select s ->> 'ruleId', s ->> 'accountId', 1, s || '{"_tag": "Rule", "version": 1}'
  from jsonb_array_elements(${sql.json(rules)}) s
  on conflict (rule_id) do update set version = rules.version + 1, updated_at = now(),
    state = excluded.state || jsonb_build_object('version', rules.version + 1)
    where rules.account_id = excluded.account_id
  returning state`

export const upsertCredentials = (
  sql: Sql,
  secrets: Secrets["Service"],
  credentials: ReadonlyArray<CredentialsInput>
) => {
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

export const deleteRules = (sql: Sql, ruleIds: ReadonlyArray<string>) =>
  sql<StateRow & { readonly workspaceId: string }>`delete from rules using accounts
    where rule_id = any (${ruleIds}::text[]) and rules.account_id = accounts.account_id
    returning rules.state, accounts.workspace_id as "workspaceId"`

export const updateActive = (sql: Sql, accountIds: ReadonlyArray<string>, active: boolean) =>
  sql<StateRow & { readonly accountId: string }>`update accounts
    set active = ${active}, version = version + 1, updated_at = now(),
      state = state || jsonb_build_object('active', ${active}::boolean, 'version', version + 1)
    where account_id = any (${accountIds}::text[]) and active <> ${active}
    returning account_id as "accountId", state`

export const activeSimulatorAccounts = (sql: Sql, exceptWorkspaceId: string) =>
  Effect.map(
    sql<{ readonly accountId: string }>`select account_id as "accountId" from accounts
      where active and network = 'simulator' and workspace_id <> ${exceptWorkspaceId}`,
    (rows) => rows.map((row) => row.accountId)
  )

/** What is stored of these before a change, by its key in account-state. */
export const formerStates = (
  sql: Sql,
  ids: { readonly accounts: ReadonlyArray<string>; readonly rules: ReadonlyArray<string> }
) =>
  Effect.map(
    sql<{ readonly key: string; readonly state: object }>`
      select 'account/' || account_id || '/' || account_id as key, state from accounts
        where account_id = any (${ids.accounts}::text[])
      union all
      select 'rule/' || account_id || '/' || rule_id, state from rules where rule_id = any (${ids.rules}::text[])`,
    (rows) => new Map(rows.map(({ key, state }) => [key, state]))
  )

const decodeAccount = Schema.decodeUnknownEffect(Account)
const decodeRule = Schema.decodeUnknownEffect(Rule)

export const selectAccounts = (sql: Sql, where: Fragment) =>
  sql<StateRow>`select state from accounts where ${where} order by account_id`.pipe(
    Effect.flatMap((rows) => Effect.forEach(rows, (row) => decodeAccount(row.state)))
  )

export const selectListedAccounts = (sql: Sql, where: Fragment) =>
  sql<StateRow & { readonly hasCredentials: boolean }>`select state,
      exists (select 1 from credentials where credentials.account_id = accounts.account_id) as "hasCredentials"
    from accounts where ${where} order by account_id`.pipe(
    Effect.flatMap((rows) =>
      Effect.forEach(rows, ({ hasCredentials, state }) =>
        Effect.map(decodeAccount(state), (account) => ({ account, hasCredentials }))
      )
    )
  )

export const selectRules = (sql: Sql, where: Fragment) =>
  sql<StateRow>`select state from rules where ${where} order by account_id, rule_id`.pipe(
    Effect.flatMap((rows) => Effect.forEach(rows, (row) => decodeRule(row.state)))
  )

/** Puts 500 credentials that are under another master key under the current one; returns how many there were. */
export const rewrapSome = (sql: Sql, secrets: Secrets["Service"]) =>
  Effect.gen(function* () {
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
