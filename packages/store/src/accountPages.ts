/** Accounts and rules of a workspace, a part at a time: an installation may have ten thousand. */
import type { PgClient } from "@effect/sql-pg"
import { Account, Rule } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import type { Listed, ListedAccount, ListFilter } from "./AccountChanges.ts"
import type { StateRow } from "./AccountStatements.ts"

type Sql = PgClient.PgClient

const decodeAccount = Schema.decodeUnknownEffect(Account)
const decodeRule = Schema.decodeUnknownEffect(Rule)

/** The pattern of a text that is looked for as it is. */
const containing = (search = ""): string => `%${search.replace(/[\\%_]/gu, (sign) => `\\${sign}`)}%`

export const accountsPage = Effect.fnUntraced(function* (
  sql: Sql,
  workspaceId: string,
  { search, after = "", limit }: ListFilter
) {
  const part = containing(search)
  const found = sql`workspace_id = ${workspaceId} and (account_id ilike ${part} or state ->> 'name' ilike ${part})`
  const [count] = yield* sql<{ readonly total: number }>`select count(*)::integer as total from accounts where ${found}`
  const rows = yield* sql<StateRow & { readonly hasCredentials: boolean }>`select state,
      exists (select 1 from credentials where credentials.account_id = accounts.account_id) as "hasCredentials"
    from accounts where ${found} and account_id collate "C" > ${after} order by account_id collate "C" limit ${limit}`
  const items = yield* Effect.forEach(rows, ({ hasCredentials, state }) =>
    Effect.map(decodeAccount(state), (account): ListedAccount => ({ account, hasCredentials }))
  )
  return { items, total: count?.total ?? 0 } satisfies Listed<ListedAccount>
})

export const rulesPage = Effect.fnUntraced(function* (
  sql: Sql,
  workspaceId: string,
  { accountId = undefined, search, after = "", limit }: ListFilter & { readonly accountId?: string | undefined }
) {
  const part = containing(search)
  const found = sql`workspace_id = ${workspaceId}
    and (${accountId ?? null}::text is null or rules.account_id = ${accountId ?? null})
    and (rule_id ilike ${part} or rules.account_id ilike ${part})`
  const joined = sql`rules join accounts on accounts.account_id = rules.account_id`
  const [count] = yield* sql<{
    readonly total: number
  }>`select count(*)::integer as total from ${joined} where ${found}`
  const rows = yield* sql<StateRow>`select rules.state from ${joined}
    where ${found} and rule_id collate "C" > ${after} order by rule_id collate "C" limit ${limit}`
  const items = yield* Effect.forEach(rows, ({ state }) => decodeRule(state))
  return { items, total: count?.total ?? 0 } satisfies Listed<Rule>
})

export const ruleWithWorkspace = (sql: Sql, ruleId: string) =>
  sql<StateRow & { readonly workspaceId: string }>`select rules.state, workspace_id as "workspaceId"
    from rules join accounts on accounts.account_id = rules.account_id where rule_id = ${ruleId}`.pipe(
    Effect.flatMap(([row]) =>
      row === undefined
        ? Effect.succeed(undefined)
        : Effect.map(decodeRule(row.state), (rule) => ({ rule, workspaceId: row.workspaceId }))
    )
  )
