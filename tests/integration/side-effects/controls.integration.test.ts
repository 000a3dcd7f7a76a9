/**
 * Pauses are stored in one transaction with the outbox that tells the workers of them, in the order in which they were
 * made, also when several operators pause and resume at once.
 */
import { assert, layer } from "@effect/vitest"
import { ControlStore, layerPgControlStore, Outbox, type OutboxEntry } from "@millrace/store"
import { Effect, Layer } from "effect"
import { controlStoreSuite } from "../../../packages/testkit/src/ControlStoreSuite.ts"
import { layerOwnSchema } from "./database.ts"

const store = layerPgControlStore.pipe(Layer.provideMerge(Outbox.layerPg), Layer.provideMerge(layerOwnSchema))

controlStoreSuite("PostgreSQL", store)

layer(Layer.fresh(store), { excludeTestServices: true })("controls and their outbox", (it) => {
  /** @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts */
  it.effect("tells of each pause and its end, in their order, and keeps what holds", () =>
    Effect.gen(function* () {
      const controls = yield* ControlStore
      const outbox = yield* Outbox
      const toggle = (n: number) =>
        n % 2 === 0
          ? Effect.asVoid(controls.pause({ topic: "it-orders" }, { actor: `operator-${n}` }))
          : Effect.asVoid(controls.resume({ topic: "it-orders" }, `operator-${n}`))
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, n) => n),
        toggle,
        { concurrency: 10, discard: true }
      )
      const told: Array<OutboxEntry> = []
      while ((yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))) > 0) {}
      assert.isTrue(told.every(({ topic, key }) => topic === "controls" && key === "pause/it-orders/*/*"))
      const [held] = yield* controls.pauses
      assert.deepStrictEqual(told.at(-1)?.value, held)
      assert.lengthOf(
        told.filter(({ value }) => value !== undefined),
        20
      )
    })
  )

  /** @guarantee protection: A kill switch for all, an account or a rule holds in every process; the strictest one that covers a rule counts */
  it.effect("tells of switches, their lifting and withdrawn commands, each once, with what was before", () =>
    Effect.gen(function* () {
      const controls = yield* ControlStore
      const outbox = yield* Outbox
      yield* outbox.relay(500, () => Effect.void)
      const by = { actor: "operator", reason: "an outage" }
      const halted = yield* controls.switch({ accountId: "a" }, "HALTED", by)
      const reduced = yield* controls.switch({ accountId: "a" }, "REDUCE_ONLY", { actor: "another" })
      assert.strictEqual(yield* controls.untold, 2)
      yield* controls.lift({ accountId: "a" }, by)
      yield* controls.lift({ accountId: "a" }, by)
      const withdrawn = yield* controls.cancelCommand({ commandId: "c-1", accountId: "a" }, by)
      yield* controls.cancelCommand({ commandId: "c-1", accountId: "a" }, by)
      const told: Array<OutboxEntry> = []
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      assert.deepStrictEqual(
        told.map(({ key, value, details }) => [key, value, details]),
        [
          ["trading/a/*", halted, { formerMode: "ACTIVE" }],
          ["trading/a/*", reduced, { formerMode: "HALTED", formerActor: "operator", formerAtMs: halted.atMs }],
          [
            "trading/a/*",
            undefined,
            { formerMode: "REDUCE_ONLY", formerActor: "another", formerAtMs: reduced.atMs, reason: "an outage" }
          ],
          ["cancel/c-1", withdrawn, undefined]
        ]
      )
      assert.strictEqual(yield* controls.untold, 0)
      assert.strictEqual(yield* controls.forgetCancels(-1000), 1)
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      assert.deepInclude(told.at(-1), { key: "cancel/c-1", value: undefined })
    })
  )
})
