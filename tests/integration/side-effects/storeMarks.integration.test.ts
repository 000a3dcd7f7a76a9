/**
 * The database is marked with each heartbeat. When it is set back to what it was (here: its row, as a restored backup would
 * have it), the next mark lies behind what was told; what is judged of it is kept in the same commit, until it is settled.
 */
import { assert, it } from "@effect/vitest"
import { Outbox, type Restore, StoreMarks } from "@millrace/store"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { layerOwnSchema } from "./database.ts"

const marks = StoreMarks.layerPg.pipe(Layer.provide(Outbox.layerPg), Layer.provideMerge(layerOwnSchema))

const restore = (missingFromMs: number, missingToMs: number): Restore => ({
  reason: "behind",
  foundAtMs: missingToMs,
  missingFromMs,
  missingToMs
})

/** @guarantee protection: After PostgreSQL was restored to an earlier state trading is HALTED until an operator has reconciled it */
it.live("marks grow by one, a database that is set back shows it, and a restore is kept until it is settled", () =>
  Effect.gen(function* () {
    const store = yield* StoreMarks
    const sql = yield* SqlClient
    const first = yield* store.advance(() => undefined)
    const second = yield* store.advance(() => undefined)
    assert.strictEqual(second.mark, first.mark + 1)
    assert.strictEqual(second.storeId, first.storeId)
    assert.match(second.storeId, /^\d+$/u)
    assert.strictEqual(first.formerAtMs, 0)
    assert.isAbove(second.formerAtMs, 0)
    yield* sql`create table backup as select * from store_mark`
    yield* Effect.forEach([1, 2, 3], () => store.advance(() => undefined))
    yield* sql`update store_mark set mark = backup.mark, marked_at_ms = backup.marked_at_ms from backup`
    const found = yield* store.advance(({ mark }) => (mark <= second.mark + 3 ? restore(20, 30) : undefined))
    assert.strictEqual(found.mark, second.mark + 1)
    assert.deepStrictEqual(yield* store.restore, restore(20, 30))
    yield* store.advance(() => ({ ...restore(10, 35), reason: "less behind" }))
    assert.deepStrictEqual(yield* store.restore, { ...restore(10, 35), foundAtMs: 30 }, "told as it was found first")
    yield* store.advance(() => undefined)
    assert.isDefined(yield* store.restore)
    yield* store.settle([], "ann")
    assert.isUndefined(yield* store.restore)
  }).pipe(Effect.provide(marks))
)

/**
 * @guarantee protection: What a restored PostgreSQL has of accounts and rules holds once the operator has settled it, and is told in versions above the forgotten ones
 * @how in the commit that ends the restore; what PostgreSQL does not have is told to be gone
 */
it.live(
  "tells PostgreSQL's own state of what was forgotten anew, above all that was told, with the restore's end",
  () =>
    Effect.gen(function* () {
      const store = yield* StoreMarks
      const sql = yield* SqlClient
      yield* sql`insert into accounts (account_id, workspace_id, user_id, network, active, version, state)
      values ('a', 'w', 'u', 'simulator', true, 3, '{"_tag": "Account", "accountId": "a", "version": 3}')`
      yield* sql`insert into rules (rule_id, account_id, version, state)
      values ('kept', 'a', 5, '{"_tag": "Rule", "ruleId": "kept", "version": 5}'),
        ('back', 'a', 2, '{"_tag": "Rule", "ruleId": "back", "version": 2}')`
      const told = (kind: "account" | "rule", id: string, version: number, removed = false) => ({
        ...{ kind, id, version, removed, accountId: "a", workspaceId: "w", key: `${kind}/a/${id}`, atMs: 1 }
      })
      const all = [
        told("account", "a", 7),
        told("rule", "kept", 5),
        told("rule", "back", 4, true),
        told("rule", "new", 1)
      ]
      const lost = yield* store.lost(all)
      assert.deepStrictEqual(
        lost.map(({ heldVersion, id }) => [id, heldVersion]),
        [
          ["a", 3],
          ["back", 2],
          ["new", undefined]
        ]
      )
      yield* store.advance(() => restore(10, 20))
      yield* store.settle(lost, "ann")
      assert.isUndefined(yield* store.restore)
      const entries = yield* sql<{ readonly key: string; readonly version: string | null; readonly actor: string }>`
      select key, value ->> 'version' as version, actor from outbox order by seq`
      assert.deepStrictEqual(
        entries.map(({ actor, key, version }) => [key, version, actor]),
        [
          ["account/a/a", "8", "ann"],
          ["rule/a/back", "5", "ann"],
          ["rule/a/new", null, "ann"]
        ]
      )
      const [account] = yield* sql<{ readonly version: number }>`select version from accounts`
      assert.strictEqual(account?.version, 8)
    }).pipe(Effect.provide(marks))
)
