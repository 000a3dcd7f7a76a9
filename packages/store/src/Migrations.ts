import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { accountTables, outboxActor } from "./AccountTables.ts"
import { StoreError } from "./IntentLedger.ts"
import { ledgerTables } from "./LedgerTables.ts"

/** Any number, the same in every version: whoever holds this lock migrates, the others wait and find it done. */
const migrationLock = 7_112_017_001

const statements = (texts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    for (const text of texts) yield* sql.unsafe(text)
  })

const loader = Migrator.fromRecord({
  "0001_intents": statements(ledgerTables),
  "0002_accounts_leases_outbox": statements(accountTables),
  "0003_outbox_actor": statements(outboxActor)
})

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
