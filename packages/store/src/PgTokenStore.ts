import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { auditedChange } from "./auditedChange.ts"
import { StoreError } from "./IntentLedger.ts"
import { decodeRights } from "./MemberStatements.ts"
import { Outbox } from "./Outbox.ts"
import { type ApiToken, noteUseEveryMs, TokenStore, tokenFigures } from "./TokenStore.ts"

interface TokenRow extends Omit<ApiToken, "rights" | "expiresAtMs" | "lastUsedAtMs"> {
  readonly rights: unknown
  readonly expiresAtMs: number | null
  readonly lastUsedAtMs: number | null
}

const tokenOf = (row: TokenRow) =>
  Effect.map(
    decodeRights(row.rights),
    (rights): ApiToken => ({
      ...row,
      rights,
      expiresAtMs: row.expiresAtMs ?? undefined,
      lastUsedAtMs: row.lastUsedAtMs ?? undefined
    })
  )

/** Tokens in PostgreSQL. */
export const layerPgTokenStore = Layer.effect(
  TokenStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox
    const as = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
      Effect.mapError(self, (cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))

    const select = (where: Fragment) =>
      sql<TokenRow>`select token_id as "tokenId", workspace_id as "workspaceId", user_id as "userId", name, rights,
          created_at_ms as "createdAtMs", expires_at_ms as "expiresAtMs", last_used_at_ms as "lastUsedAtMs"
        from api_tokens where ${where} order by name collate "C", token_id`.pipe(
        Effect.flatMap((rows) => Effect.forEach(rows, tokenOf))
      )

    const create = Effect.fnUntraced(function* (hash: string, token: ApiToken, actor: string) {
      const { workspaceId, tokenId } = token
      yield* sql`insert into api_tokens (token_id, token_hash, workspace_id, user_id, name, rights, created_at_ms, expires_at_ms)
        values (${tokenId}, ${hash}, ${workspaceId}, ${token.userId}, ${token.name}, ${sql.json(token.rights)},
          ${token.createdAtMs}, ${token.expiresAtMs ?? null})`
      const where = { workspaceId, actor, key: `token/${tokenId}` }
      yield* outbox.append([auditedChange(where, "token_created", { after: tokenFigures(token) })])
    }, sql.withTransaction)

    const use = Effect.fnUntraced(function* (hash: string, nowMs: number) {
      const [token] = yield* select(sql`token_hash = ${hash} and (expires_at_ms is null or expires_at_ms > ${nowMs})`)
      if (token !== undefined && nowMs - (token.lastUsedAtMs ?? 0) >= noteUseEveryMs)
        yield* sql`update api_tokens set last_used_at_ms = ${nowMs} where token_id = ${token.tokenId}`
      return token
    })

    const remove = Effect.fnUntraced(function* (
      named: { readonly workspaceId: string; readonly tokenId: string; readonly userId?: string },
      actor: string
    ) {
      const { workspaceId, tokenId, userId = null } = named
      const which = sql`token_id = ${tokenId} and workspace_id = ${workspaceId}
        and (${userId}::text is null or user_id = ${userId})`
      const [token] = yield* select(which)
      if (token === undefined) return false
      const gone = yield* sql`delete from api_tokens where token_id = ${tokenId} returning 1`
      if (gone.length === 0) return false
      const where = { workspaceId, actor, key: `token/${tokenId}` }
      yield* outbox.append([auditedChange(where, "token_removed", { before: tokenFigures(token) })])
      return true
    }, sql.withTransaction)

    return TokenStore.of({
      create: (hash, token, actor) => as("store a token", create(hash, token, actor)),
      use: (hash, nowMs) => as("read a token", use(hash, nowMs)),
      list: (workspaceId, userId = undefined) =>
        as(
          "list tokens",
          select(
            sql`workspace_id = ${workspaceId} and (${userId ?? null}::text is null or user_id = ${userId ?? null})`
          )
        ),
      remove: (named, actor) => as("remove a token", remove(named, actor))
    })
  })
)
