import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { CommandList, type ListedCommand, type ListedStatus } from "./CommandList.ts"
import { StoreError } from "./IntentLedger.ts"

/** The list in PostgreSQL, table `commands`. */
export const layerPgCommandList = Layer.effect(
  CommandList,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    return CommandList.of({
      put: (entry) =>
        Effect.map(
          failAs(
            `list command ${entry.commandId}`,
            sql<{ readonly is_new: boolean }>`with before as (
                select status, reason from commands where command_id = ${entry.commandId}
              )
              insert into commands ${sql.insert(rowOf(entry, sql))}
              on conflict (command_id) do update set status = excluded.status, reason = excluded.reason,
                detail = excluded.detail, by_hand = excluded.by_hand, retry_at_ms = excluded.retry_at_ms,
                updated_at_ms = excluded.updated_at_ms, since_ms = case
                  when commands.status = excluded.status and commands.reason = excluded.reason then commands.since_ms
                  else excluded.since_ms end
              returning not exists (
                select 1 from before where status = ${entry.status} and reason = ${entry.reason}
              ) as is_new`
          ),
          (rows) => rows[0]?.is_new ?? false
        ),
      remove: (commandId) =>
        Effect.asVoid(failAs(`unlist command ${commandId}`, sql`delete from commands where command_id = ${commandId}`)),
      find: (commandId) =>
        Effect.map(
          failAs(`find command ${commandId}`, sql<CommandRow>`select * from commands where command_id = ${commandId}`),
          (rows) => (rows[0] === undefined ? undefined : toListed(rows[0]))
        ),
      list: ({ accountId, limit, status, workspaceId }) =>
        Effect.map(
          failAs(
            "list commands",
            sql<CommandRow>`select * from commands
              where (${status ?? null}::text is null or status = ${status ?? null}::text)
                and (${accountId ?? null}::text is null or account_id = ${accountId ?? null}::text)
                and (${workspaceId ?? null}::text is null or workspace_id = ${workspaceId ?? null}::text)
              order by since_ms, command_id limit ${limit}`
          ),
          (rows) => rows.map(toListed)
        ),
      counts: (workspaceId) =>
        Effect.map(
          failAs(
            "count commands",
            sql<{ readonly status: ListedStatus; readonly commands: number }>`
              select status, count(*)::integer as commands from commands
              where workspace_id = ${workspaceId} group by status`
          ),
          (rows) => {
            const counts = { pending: 0, unknown: 0, refused: 0, failed: 0 }
            for (const { commands, status } of rows) counts[status] = commands
            return counts
          }
        ),
      forget: (beforeMs) =>
        Effect.map(
          failAs(
            "forget old commands",
            sql`delete from commands where status in ('refused', 'failed') and since_ms < ${beforeMs}::float8 returning 1`
          ),
          (rows) => rows.length
        )
    })
  })
)

interface CommandRow {
  readonly command_id: string
  readonly workspace_id: string
  readonly account_id: string
  readonly rule_id: string
  readonly position_id: string | null
  readonly action: string
  readonly status: ListedCommand["status"]
  readonly reason: string
  readonly detail: string
  readonly by_hand: string
  readonly retry_at_ms: number | null
  readonly command: unknown
  readonly since_ms: number
  readonly updated_at_ms: number
}

const rowOf = (entry: Omit<ListedCommand, "sinceMs">, sql: PgClient.PgClient) => ({
  command_id: entry.commandId,
  workspace_id: entry.workspaceId,
  account_id: entry.accountId,
  rule_id: entry.ruleId,
  position_id: entry.positionId ?? null,
  action: entry.action,
  status: entry.status,
  reason: entry.reason,
  detail: entry.detail,
  by_hand: entry.byHand,
  retry_at_ms: entry.retryAtMs ?? null,
  command: sql.json(entry.command),
  since_ms: entry.updatedAtMs,
  updated_at_ms: entry.updatedAtMs
})

const toListed = (row: CommandRow): ListedCommand => ({
  commandId: row.command_id,
  workspaceId: row.workspace_id,
  accountId: row.account_id,
  ruleId: row.rule_id,
  positionId: row.position_id ?? undefined,
  action: row.action,
  status: row.status,
  reason: row.reason,
  detail: row.detail,
  byHand: row.by_hand,
  retryAtMs: row.retry_at_ms ?? undefined,
  command: row.command,
  sinceMs: row.since_ms,
  updatedAtMs: row.updated_at_ms
})

const failAs = <A, E, R>(operation: string, self: Effect.Effect<A, E, R>) =>
  Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
