import { assert, layer as describeLayer } from "@effect/vitest"
import { IntentLedger, type NewIntent } from "@millrace/store"
import { Effect, type Layer } from "effect"

const intent = (id: string, changes: Partial<NewIntent> = {}): NewIntent => ({
  intentId: id,
  workspaceId: "workspace-1",
  accountId: `account-${id.split(".")[0]}`,
  ruleId: "rule-1",
  positionId: `position-${id.split(".")[0]}`,
  action: "close_position",
  positionRevision: 1,
  repeatable: true,
  request: { marginBeforeSats: 1000 },
  ...changes
})

const succeeded = { state: "succeeded", reason: "done", effectId: "trade-1", outcome: { status: "completed" } } as const

/** What every intent ledger promises; each test has positions of its own, named after its intents. */
export const ledgerSuite = <E>(name: string, ledger: Layer.Layer<IntentLedger, E>): void =>
  describeLayer(ledger, { excludeTestServices: true })(`intent ledger: ${name}`, (it) => {
    it.effect("grants the first send and keeps what was sent", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const permit = yield* store.send(intent("first.1"), 1700000000000.25, "executor.1")
        assert.deepStrictEqual(permit, { _tag: "Granted", fence: 1 })
        assert.deepStrictEqual(yield* store.find("first.1"), {
          ...intent("first.1"),
          state: "sent",
          fence: 1,
          owner: "executor.1",
          signedAtMs: 1700000000000.25,
          sends: 1,
          reason: undefined,
          effectId: undefined,
          outcome: undefined,
          operator: undefined
        })
        assert.isUndefined(yield* store.find("first.none"))
      })
    )

    /**
     * @guarantee effects: At most one effect per command, and one under way per position
     * @how one statement and one unique index in PostgreSQL
     */
    it.effect("never grants a second send while the first is not settled", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("twice.1"), 1, "executor.1")
        const permit = yield* store.send(intent("twice.1"), 2, "executor.2")
        assert.strictEqual(permit._tag, "Unsettled")
        const after = yield* store.find("twice.1")
        assert.deepStrictEqual([after?.fence, after?.sends, after?.owner], [1, 1, "executor.1"])
      })
    )

    /** @guarantee effects: At most one effect per command, and one under way per position */
    it.effect("grants exactly one of many sends of one id, and of many ids of one position, at once", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        for (let round = 0; round < 20; round++) {
          const same = yield* Effect.forEach(
            Array.from({ length: 8 }),
            (_, index) => store.send(intent(`same${round}.1`), 1, `executor.${index}`),
            { concurrency: 8 }
          )
          assert.lengthOf(
            same.filter((permit) => permit._tag === "Granted"),
            1
          )
          assert.lengthOf(
            same.filter((permit) => permit._tag === "Unsettled"),
            7
          )
          const ids = Array.from({ length: 8 }, (_, index) => `many${round}.${index}`)
          const many = yield* Effect.forEach(ids, (id) => store.send(intent(id, { ruleId: id }), 1, "executor.1"), {
            concurrency: 8
          })
          assert.lengthOf(
            many.filter((permit) => permit._tag === "Granted"),
            1
          )
          assert.lengthOf(
            many.filter((permit) => permit._tag === "Blocked"),
            7
          )
        }
      })
    )

    it.effect("returns the recorded outcome of a settled intent", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("settled.1"), 1, "executor.1")
        assert.isTrue(yield* store.settle("settled.1", 1, succeeded))
        const permit = yield* store.send(intent("settled.1"), 2, "executor.1")
        assert(permit._tag === "Settled")
        assert.deepStrictEqual(permit.intent.outcome, { status: "completed" })
        assert.deepStrictEqual([permit.intent.state, permit.intent.effectId], ["succeeded", "trade-1"])
      })
    )

    it.effect("ignores a settlement that comes after the final one, or under an older fence", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("fenced.1"), 1, "executor.1")
        const again = yield* store.resend("fenced.1", 1, 2, "executor.2")
        assert.deepStrictEqual(again, { _tag: "Granted", fence: 2 })
        assert.isFalse(yield* store.settle("fenced.1", 1, succeeded))
        assert.isTrue(yield* store.settle("fenced.1", 2, succeeded))
        assert.isFalse(yield* store.settle("fenced.1", 2, { ...succeeded, state: "refused" }))
        assert.isFalse(yield* store.settle("fenced.none", 1, succeeded))
        assert.strictEqual((yield* store.find("fenced.1"))?.state, "succeeded")
      })
    )

    it.effect("grants a resend to one holder of the fence only, and none after the end", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("resend.1"), 1, "executor.1")
        const permits = yield* Effect.forEach(
          Array.from({ length: 6 }),
          (_, index) => store.resend("resend.1", 1, 10 + index, `executor.${index}`),
          { concurrency: 6 }
        )
        assert.lengthOf(
          permits.filter((permit) => permit._tag === "Granted"),
          1
        )
        const after = yield* store.find("resend.1")
        assert.deepStrictEqual([after?.fence, after?.sends, after?.state], [2, 2, "sent"])
        yield* store.settle("resend.1", 2, succeeded)
        assert.strictEqual((yield* store.resend("resend.1", 2, 30, "executor.1"))._tag, "Settled")
        const missing = yield* store.resend("resend.none", 1, 30, "executor.1")
        assert.deepStrictEqual(missing, { _tag: "Blocked", reason: "unknown_id", by: "resend.none" })
      })
    )

    it.effect("grants again what was surely not applied, under the next fence", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("again.1"), 1, "executor.1")
        yield* store.settle("again.1", 1, { state: "not_applied", reason: "rateLimited", outcome: null })
        assert.deepStrictEqual(yield* store.send(intent("again.1"), 2, "executor.1"), { _tag: "Granted", fence: 2 })
        assert.isTrue(yield* store.settle("again.1", 2, succeeded))
      })
    )

    /** @guarantee effects: At most one effect per command, and one under way per position */
    it.effect("blocks a position while an effect on it is under way or unknown, and no other position", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("blocks.1"), 1, "executor.1")
        const other = intent("blocks.2", { ruleId: "rule-2", positionRevision: 9 })
        assert.deepStrictEqual(yield* store.send(other, 1, "executor.1"), {
          _tag: "Blocked",
          reason: "sent_intent",
          by: "blocks.1"
        })
        yield* store.settle("blocks.1", 1, { state: "unknown", reason: "reply_lost", outcome: null })
        assert.deepStrictEqual(yield* store.send(other, 1, "executor.1"), {
          _tag: "Blocked",
          reason: "unknown_intent",
          by: "blocks.1"
        })
        assert.isUndefined(yield* store.find("blocks.2"))
        const elsewhere = yield* store.send(intent("blocks.3", { positionId: "position-free" }), 1, "executor.1")
        assert.strictEqual(elsewhere._tag, "Granted")
        yield* store.settle("blocks.1", 1, { state: "refused", reason: "position_closed", outcome: null })
        assert.strictEqual((yield* store.send(other, 1, "executor.1"))._tag, "Granted")
      })
    )

    /**
     * @guarantee effects: A decision that an applied effect has overtaken is refused
     * @how the position's revision is checked in the same statement
     */
    it.effect("refuses what was decided on a revision that an applied effect has changed since", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("stale.1", { positionRevision: 5 }), 1, "executor.1")
        yield* store.settle("stale.1", 1, succeeded)
        for (const positionRevision of [4, 5]) {
          const permit = yield* store.send(intent("stale.2", { positionRevision }), 2, "executor.1")
          assert.deepStrictEqual(permit, { _tag: "Blocked", reason: "revision_superseded", by: "stale.1" })
        }
        assert.isUndefined(yield* store.find("stale.2"))
        assert.strictEqual((yield* store.send(intent("stale.2", { positionRevision: 6 }), 2, "e"))._tag, "Granted")
      })
    )

    it.effect("does not grant the repeat of a not applied intent that another effect has overtaken", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        yield* store.send(intent("overtaken.1"), 1, "executor.1")
        yield* store.settle("overtaken.1", 1, { state: "not_applied", reason: "unavailable", outcome: null })
        yield* store.send(intent("overtaken.2", { ruleId: "rule-2" }), 2, "executor.1")
        yield* store.settle("overtaken.2", 1, succeeded)
        const permit = yield* store.send(intent("overtaken.1"), 3, "executor.1")
        assert.deepStrictEqual(permit, { _tag: "Blocked", reason: "revision_superseded", by: "overtaken.2" })
        assert.strictEqual((yield* store.find("overtaken.1"))?.state, "not_applied")
      })
    )

    it.effect("lists what is sent or unknown, oldest first, and nothing that is settled", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        for (const id of ["listA.1", "listB.1", "listC.1"]) yield* store.send(intent(id), 1, "executor.1")
        yield* store.settle("listA.1", 1, succeeded)
        yield* store.settle("listC.1", 1, { state: "unknown", reason: "reply_lost", outcome: null })
        const ids = (yield* store.unfinished(10_000)).map((one) => one.intentId)
        assert.deepStrictEqual(
          ids.filter((id) => id.startsWith("list")),
          ["listB.1", "listC.1"]
        )
        assert.lengthOf(yield* store.unfinished(1), 1)
      })
    )
  })
