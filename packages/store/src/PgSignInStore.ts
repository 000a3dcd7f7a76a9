import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { auditedChange } from "./auditedChange.ts"
import { StoreError } from "./IntentLedger.ts"
import { Outbox } from "./Outbox.ts"
import {
  type AttemptLimit,
  type IssuedBy,
  type LinkKind,
  type OneTimeLink,
  type Session,
  SignInStore
} from "./SignInStore.ts"

interface LinkRow {
  readonly kind: LinkKind
  readonly userId: string | null
  readonly expiresAtMs: number
}

/** Sessions, links and attempts in PostgreSQL. */
export const layerPgSignInStore = Layer.effect(
  SignInStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox
    const as = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
      Effect.mapError(self, (cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))

    const open = Effect.fnUntraced(function* (hash: string, { userId, workspaceId, expiresAtMs }: Session) {
      yield* sql`insert into sessions (session_hash, user_id, workspace_id, expires_at_ms)
        values (${hash}, ${userId}, ${workspaceId}, ${expiresAtMs})`
      const where = { workspaceId, actor: userId, key: `user/${userId}` }
      yield* outbox.append([auditedChange(where, "signed_in", {})])
    }, sql.withTransaction)

    const issueLink = Effect.fnUntraced(function* (hash: string, link: OneTimeLink, by: IssuedBy) {
      yield* sql`insert into one_time_links (link_hash, kind, user_id, expires_at_ms)
        values (${hash}, ${link.kind}, ${link.userId ?? null}, ${link.expiresAtMs})`
      const after = { kind: link.kind, expiresAtMs: link.expiresAtMs }
      const where = { ...by, key: `user/${link.userId ?? "first"}` }
      yield* outbox.append([
        auditedChange(where, "link_issued", {
          after: link.userId === undefined ? after : { ...after, userId: link.userId }
        })
      ])
    }, sql.withTransaction)

    const useLink = Effect.fnUntraced(function* (hash: string, nowMs: number) {
      const [row] = yield* sql<LinkRow>`delete from one_time_links where link_hash = ${hash}
        returning kind, user_id as "userId", expires_at_ms as "expiresAtMs"`
      if (row === undefined || row.expiresAtMs <= nowMs) return undefined
      return { ...row, userId: row.userId ?? undefined } satisfies OneTimeLink
    })

    const attempt = Effect.fnUntraced(function* (key: string, { attempts, withinMs }: AttemptLimit, nowMs: number) {
      const [row] = yield* sql<{ readonly attempts: number; readonly endsAtMs: number }>`
        insert into sign_in_attempts as known (key, attempts, ends_at_ms) values (${key}, 1, ${nowMs + withinMs})
        on conflict (key) do update set
          attempts = case when known.ends_at_ms <= ${nowMs} then 1 else known.attempts + 1 end,
          ends_at_ms = case when known.ends_at_ms <= ${nowMs} then ${nowMs + withinMs} else known.ends_at_ms end
        returning attempts, ends_at_ms as "endsAtMs"`
      return row === undefined || row.attempts <= attempts ? 0 : row.endsAtMs - nowMs
    })

    const prune = Effect.fnUntraced(function* (nowMs: number) {
      yield* sql`delete from sessions where expires_at_ms <= ${nowMs}`
      yield* sql`delete from one_time_links where expires_at_ms <= ${nowMs}`
      yield* sql`delete from sign_in_attempts where ends_at_ms <= ${nowMs}`
    })

    return SignInStore.of({
      open: (hash, session) => as("open a session", open(hash, session)),
      session: (hash, nowMs) =>
        as(
          "read a session",
          Effect.map(
            sql<Session>`select user_id as "userId", workspace_id as "workspaceId", expires_at_ms as "expiresAtMs"
              from sessions where session_hash = ${hash} and expires_at_ms > ${nowMs}`,
            (rows) => rows[0]
          )
        ),
      selectWorkspace: (hash, workspaceId) =>
        as(
          "choose a session's workspace",
          Effect.asVoid(sql`update sessions set workspace_id = ${workspaceId} where session_hash = ${hash}`)
        ),
      close: (hash) => as("close a session", Effect.asVoid(sql`delete from sessions where session_hash = ${hash}`)),
      issueLink: (hash, link, by) => as("issue a link", issueLink(hash, link, by)),
      useLink: (hash, nowMs) => as("use a link", useLink(hash, nowMs)),
      attempt: (key, limit, nowMs) => as("count an attempt", attempt(key, limit, nowMs)),
      forgetAttempts: (key) =>
        as("forget attempts", Effect.asVoid(sql`delete from sign_in_attempts where key = ${key}`)),
      prune: (nowMs) => as("prune sessions", prune(nowMs))
    })
  })
)
