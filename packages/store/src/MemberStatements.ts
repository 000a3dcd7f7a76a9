/** The statements of `MemberStore`; each expects the transaction it is to be part of. */
import type { PgClient } from "@effect/sql-pg"
import { Rights, systemWorkspace } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import type { KnownUser, Member, User } from "./MemberStore.ts"

type Sql = PgClient.PgClient

/** Stored rights as they are now. */
export const decodeRights = Schema.decodeUnknownEffect(Rights)

/** Adds workspaces that are not there yet, named like their ids: whoever stores accounts need not know them. */
export const openWorkspaces = (sql: Sql, workspaceIds: ReadonlyArray<string>) =>
  workspaceIds.length === 0
    ? Effect.void
    : sql`insert into workspaces (workspace_id, name) select id, id from unnest(${workspaceIds}::text[]) id
        on conflict do nothing`

/** One change of memberships at a time, so that of two the second sees what the first left. */
export const lockMembers = (sql: Sql) =>
  sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || '.members', 0))`

export const insertUser = (sql: Sql, { userId, email, name }: User, password: string | null) =>
  sql`insert into users (user_id, email, name, password) values (${userId}, ${email.toLowerCase()}, ${name}, ${password})`

export const putMembership = (sql: Sql, workspaceId: string, userId: string, rights: Rights) =>
  sql`insert into memberships (workspace_id, user_id, rights) values (${workspaceId}, ${userId}, ${sql.json(rights)})
    on conflict (workspace_id, user_id) do update set rights = excluded.rights`

/** Administrators of the installation besides this user. */
export const otherAdministrators = (sql: Sql, userId: string) =>
  Effect.map(
    sql<{ readonly others: number }>`select count(*)::integer as others from memberships
      where workspace_id = ${systemWorkspace} and rights ->> 'role' = 'admin' and user_id <> ${userId}`,
    (rows) => rows[0]?.others ?? 0
  )

interface MemberRow extends User {
  readonly rights: unknown
  readonly hasPassword: boolean
}

const pattern = (search: string | undefined): string =>
  search === undefined ? "%" : `%${search.replace(/[\\%_]/gu, (sign) => `\\${sign}`)}%`

/** Members by e-mail address, beginning after one. */
export const selectMembers = (
  sql: Sql,
  workspaceId: string,
  page: { readonly search?: string; readonly after?: string; readonly userId?: string; readonly limit: number }
) =>
  sql<MemberRow>`select user_id as "userId", email, name, rights, password is not null as "hasPassword"
    from memberships join users using (user_id)
    where workspace_id = ${workspaceId} and email > ${page.after ?? ""}
      and (email ilike ${pattern(page.search)} or name ilike ${pattern(page.search)})
      and (${page.userId ?? null}::text is null or user_id = ${page.userId ?? null})
    order by email collate "C" limit ${page.limit}`.pipe(
    Effect.flatMap((rows) =>
      Effect.forEach(rows, (row) => Effect.map(decodeRights(row.rights), (rights): Member => ({ ...row, rights })))
    )
  )

export const countMembers = (sql: Sql, workspaceId: string, search: string | undefined) =>
  Effect.map(
    sql<{ readonly members: number }>`select count(*)::integer as members from memberships join users using (user_id)
      where workspace_id = ${workspaceId} and (email ilike ${pattern(search)} or name ilike ${pattern(search)})`,
    (rows) => rows[0]?.members ?? 0
  )

interface KnownRow extends User {
  readonly password: string | null
  readonly memberships: ReadonlyArray<{ readonly workspaceId: string; readonly rights: unknown }> | null
}

/** One user with all memberships, by id or e-mail address. */
export const selectUser = (sql: Sql, by: { readonly userId?: string; readonly email?: string }) =>
  sql<KnownRow>`select user_id as "userId", email, name, password,
      (select jsonb_agg(jsonb_build_object('workspaceId', workspace_id, 'rights', rights) order by workspace_id)
        from memberships where memberships.user_id = users.user_id) as memberships
    from users where ${by.userId === undefined ? sql`lower(email) = ${by.email?.toLowerCase() ?? ""}` : sql`user_id = ${by.userId}`}`.pipe(
    Effect.flatMap(([row]) =>
      row === undefined
        ? Effect.succeed(undefined)
        : Effect.map(
            Effect.forEach(row.memberships ?? [], (one) =>
              Effect.map(decodeRights(one.rights), (rights) => ({ workspaceId: one.workspaceId, rights }))
            ),
            (memberships): KnownUser => ({ ...row, password: row.password ?? undefined, memberships })
          )
    )
  )
