/** Jobs on dead letters are stored in one transaction with what the audit log is told of them. */
import { assert, layer } from "@effect/vitest"
import { layerPgTriageJobStore, Outbox, type OutboxEntry, TriageJobStore } from "@millrace/store"
import { Effect, Layer } from "effect"
import { triageJobSuite } from "../../../packages/testkit/src/TriageJobSuite.ts"
import { layerOwnSchema } from "./database.ts"

const stores = layerPgTriageJobStore.pipe(Layer.provideMerge(Outbox.layerPg), Layer.provideMerge(layerOwnSchema))

triageJobSuite("PostgreSQL", stores)

layer(Layer.fresh(stores), { excludeTestServices: true })("jobs and their outbox", (it) => {
  /**
   * @guarantee operation: Each replay, edit and purge of dead letters is in audit-log, with who, what was there before and what was done
   * @how PostgreSQL and the outbox of its transactions
   */
  it.effect("tells of begin, request to stop and end, with what was before and after", () =>
    Effect.gen(function* () {
      const jobs = yield* TriageJobStore
      const outbox = yield* Outbox
      const job = { jobId: "j1", workspaceId: "w1", actor: "ann", topic: "trade-log", kind: "purge" } as const
      yield* jobs.begin({ ...job, selection: { fingerprint: "f" }, before: { open: 2 } }, 1)
      yield* jobs.stop("w1", "j1", "bob")
      yield* jobs.end("j1", { state: "stopped", done: 1, report: { purged: 1 }, reason: "bob asked" }, 2)
      const told: Array<OutboxEntry> = []
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      const before = { fingerprint: "f", open: 2, topic: "trade-log" }
      assert.deepStrictEqual(
        told.map(({ actor, key, value, workspaceId }) => [workspaceId, actor, key, value]),
        [
          ["w1", "ann", "triage/trade-log/j1", { action: "dead_letters_purge_begun", before }],
          ["w1", "bob", "triage/trade-log/j1", { action: "dead_letters_purge_stop_asked" }],
          [
            "w1",
            "ann",
            "triage/trade-log/j1",
            {
              action: "dead_letters_purge_stopped",
              before,
              after: { purged: 1, letters: 1, reason: "bob asked" }
            }
          ]
        ]
      )
    })
  )
})
