/**
 * The tables of the intent ledger get caps, locks and operators' verdicts while intents of the version before lie in them,
 * and while an executor of that version still sends: nothing is lost, and both see one another's intents.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { IntentLedger, layerPgIntentLedger, type NewIntent } from "@millrace/store"
import { Effect } from "effect"
import { capTables } from "../../../packages/store/src/CapTables.ts"
import { ledgerTables } from "../../../packages/store/src/LedgerTables.ts"
import { layerEmptySchema } from "./database.ts"

const intent = (intentId: string, positionId: string): NewIntent => ({
  intentId,
  workspaceId: "w",
  accountId: "a",
  ruleId: "r",
  positionId,
  action: "close_position",
  positionRevision: 1,
  repeatable: true,
  request: {}
})

const run = (statements: ReadonlyArray<string>) =>
  Effect.flatMap(PgClient.PgClient, (sql) => Effect.forEach(statements, (text) => sql.unsafe(text), { discard: true }))

/** What an executor of the version before calls. */
const sendBefore = (intentId: string, positionId: string) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql<{ readonly verdict: string; readonly detail: string | null }>`select verdict, detail
      from intent_send(${intentId}, 'w', 'a', 'r', ${positionId}, 'close_position', 1, true, ${sql.json({})}, 5::float8, 'old')`
  ).pipe(Effect.map((rows) => rows[0]))

it.live("an upgraded ledger keeps its intents, and serves executors of both versions", () =>
  Effect.gen(function* () {
    yield* run(ledgerTables)
    yield* sendBefore("before.1", "p-1")
    yield* run(capTables)
    const ledger = yield* Effect.provide(IntentLedger, layerPgIntentLedger)
    const found = yield* ledger.find("before.1")
    assert.deepInclude(found, { state: "sent", owner: "old", operator: undefined })
    assert.notProperty(found, "lock")
    assert.deepStrictEqual(yield* ledger.send(intent("new.1", "p-1"), 6, "new"), {
      _tag: "Blocked",
      reason: "sent_intent",
      by: "before.1"
    })
    assert.strictEqual((yield* ledger.send(intent("new.2", "p-2"), 6, "new"))._tag, "Granted")
    assert.deepInclude(yield* sendBefore("before.2", "p-2"), { verdict: "Blocked", detail: "sent_intent" })
    assert.deepInclude(yield* sendBefore("before.3", "p-3"), { verdict: "Granted" })
    assert.isTrue(yield* ledger.settle("before.1", 1, { state: "succeeded", reason: "done", outcome: null }))
    assert.deepInclude(yield* ledger.send(intent("new.1", "p-1"), 7, "new"), { reason: "revision_superseded" })
  }).pipe(Effect.provide(layerEmptySchema))
)
