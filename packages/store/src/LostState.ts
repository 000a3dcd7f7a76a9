/** Accounts and rules that a restored PostgreSQL has in an older state than the workers were told. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { lockAccounts, type StateRow } from "./AccountStatements.ts"
import type { NewOutboxEntry, Outbox } from "./Outbox.ts"

/** The last that was told of an account or rule. */
export interface ToldState {
  readonly kind: "account" | "rule"
  readonly id: string
  readonly accountId: string
  readonly workspaceId: string
  /** Key in account-state. */
  readonly key: string
  /** The highest version told; `removed`: it was told to be gone after that. */
  readonly version: number
  readonly removed: boolean
  readonly atMs: number
}

/** A state that PostgreSQL lacks. `heldVersion`: the one that it has; absent: none. */
export interface LostState extends ToldState {
  readonly heldVersion?: number
}

/** Returns what PostgreSQL has in an older version, does not have, or has though it was removed. */
export const lostOf = Effect.fnUntraced(function* (sql: PgClient.PgClient, told: ReadonlyArray<ToldState>) {
  const lost: Array<LostState> = []
  for (const one of told) {
    const rows = yield* sql<{ readonly version: number }>`select version from ${sql(`${one.kind}s`)}
      where ${sql(`${one.kind}_id`)} = ${one.id}`
    const heldVersion = rows[0]?.version
    const isHeld = one.removed ? heldVersion === undefined : heldVersion !== undefined && heldVersion >= one.version
    if (!isHeld) lost.push({ ...one, ...(heldVersion === undefined ? {} : { heldVersion }) })
  }
  return lost
})

/**
 * Tells the workers again what PostgreSQL has of these, as versions above all that were told, and of what it does not have
 * that it is gone. Within the caller's transaction.
 */
export const tellAgain = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  outbox: Outbox["Service"],
  told: ReadonlyArray<ToldState>,
  actor: string
) {
  yield* lockAccounts(sql, [...new Set(told.map(({ accountId }) => accountId))])
  const entries: Array<NewOutboxEntry> = []
  for (const { accountId, id, key, kind, version, workspaceId } of told) {
    const rows = yield* sql<StateRow>`update ${sql(`${kind}s`)} set version = greatest(version, ${version}) + 1,
        updated_at = now(), state = state || jsonb_build_object('version', greatest(version, ${version}) + 1)
      where ${sql(`${kind}_id`)} = ${id} and account_id = ${accountId} returning state`
    const value = rows[0]?.state as Extract<NewOutboxEntry, { readonly topic: "account-state" }>["value"]
    entries.push({ topic: "account-state", workspaceId, accountId, actor, key, value })
  }
  yield* outbox.append(entries)
})
