import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { accountTables, outboxActor } from "./AccountTables.ts"
import { alertTables } from "./AlertTables.ts"
import { capTables, operatorEffect, operatorReason, refusals, uncertainCloses } from "./CapTables.ts"
import { commandTables } from "./CommandTables.ts"
import { controlTables, storeMarkTables, tradingTables } from "./ControlTables.ts"
import { StoreError } from "./IntentLedger.ts"
import { ledgerTables } from "./LedgerTables.ts"
import { memberTables } from "./MemberTables.ts"
import { timerTables } from "./TimerTables.ts"
import { triageJobTables } from "./TriageJobTables.ts"

/** Any number, the same in every version: whoever holds this lock migrates, the others wait and find it done. */
const migrationLock = 7_112_017_001

const statements = (texts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    for (const text of texts) yield* sql.unsafe(text)
  })

const steps = {
  "0001_intents": statements(ledgerTables),
  "0002_accounts_leases_outbox": statements(accountTables),
  "0003_outbox_actor": statements(outboxActor),
  "0004_controls": statements(controlTables),
  "0005_timers_schedules": statements(timerTables),
  "0006_intent_caps": statements(capTables),
  "0007_commands": statements(commandTables),
  "0008_trading_switches": statements(tradingTables),
  "0009_intent_refusals": statements(refusals),
  "0010_store_mark": statements(storeMarkTables),
  "0011_operator_effect": statements(operatorEffect),
  "0012_members": statements(memberTables),
  "0013_triage_jobs": statements(triageJobTables),
  "0014_alerts": statements(alertTables),
  "0015_operator_reason": statements(operatorReason),
  "0016_uncertain_closes": statements(uncertainCloses)
}

const loader = Migrator.fromRecord(steps)

/** The steps that `migrate` would take now, in their order; nothing is changed. */
export const pendingMigrations: Effect.Effect<ReadonlyArray<string>, StoreError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [table] = yield* sql<{
    readonly found: string | null
  }>`select to_regclass('millrace_migrations')::text as found`
  if (table?.found == null) return Object.keys(steps)
  const rows = yield* sql<{ readonly id: number }>`select migration_id as id from millrace_migrations`
  const done = new Set(rows.map(({ id }) => Number(id)))
  return Object.keys(steps).filter((name) => !done.has(Number.parseInt(name, 10)))
}).pipe(Effect.mapError((cause) => new StoreError({ operation: "read which migrations are done", cause })))

/**
 * Brings the tables to this version: all pending steps in one transaction, or none.
 *
 * Several processes may start at once: an advisory lock lets one migrate while the others wait.
 */
export const migrate: Effect.Effect<void, StoreError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql.withTransaction(
    sql`select pg_advisory_xact_lock(${migrationLock}::bigint)`.pipe(
      Effect.andThen(Migrator.make({})({ loader, table: "millrace_migrations" }))
    )
  )
}).pipe(Effect.mapError((cause) => new StoreError({ operation: "migrate", cause })))
