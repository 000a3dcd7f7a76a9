import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetterBox, Publisher } from "../src/index.ts"
import {
  dlq,
  everything,
  firstMs,
  headerOf,
  letterbench,
  numbersIn,
  orderOf,
  recordsIn,
  setAside
} from "./letterbench.ts"

const running = Effect.provide(Layer.fresh(letterbench))
const idOf = (key: string) =>
  Effect.gen(function* () {
    const box = yield* DeadLetterBox
    return (yield* box.page("it-orders", { selection: { key }, limit: 1 })).letters[0]!.letter.id
  })

it.effect("groups letters by cause, with counts, times, workspaces and a sample", () =>
  Effect.gen(function* () {
    yield* setAside([
      { key: "a", n: 1, cause: "order 17 is unknown" },
      { key: "b", n: 2, cause: "the price is negative", workspaceId: "ws-2" },
      { key: "c", n: 3, cause: "order 18 is unknown", workspaceId: "ws-3" },
      { key: "d", n: 4, cause: "order 19 is unknown", replayCount: 2 }
    ])
    const box = yield* DeadLetterBox
    const groups = yield* box.groups("it-orders", {})
    assert.deepStrictEqual(
      groups.map(({ message, counts }) => [message, counts.open, counts.quarantined]),
      [
        ["order 17 is unknown", 2, 1],
        ["the price is negative", 1, 0]
      ]
    )
    assert.deepStrictEqual(groups[0]!.workspaces, ["ws-1", "ws-3"])
    assert.deepStrictEqual([groups[0]!.firstMs, groups[0]!.lastMs], [firstMs, firstMs + 3_000])
    assert.strictEqual(groups[0]!.sample.key, "d")
    assert.deepStrictEqual(groups[0]!.affected, [
      { name: "a", letters: 1 },
      { name: "c", letters: 1 },
      { name: "d", letters: 1 }
    ])
    assert.strictEqual(groups[0]!.affectedCount, 3)
    assert.deepStrictEqual(yield* box.countsOf({ workspaceId: "ws-2" }), [
      { topic: "it-orders", counts: { open: 1, quarantined: 0, replayed: 0, edited: 0, purged: 0 } }
    ])
    assert.deepStrictEqual(yield* box.counts, [
      { topic: "it-orders", counts: { open: 3, quarantined: 1, replayed: 0, edited: 0, purged: 0 } }
    ])
    assert.lengthOf(yield* box.groups("it-orders", { workspaceId: "ws-2" }), 1)
    const late = yield* box.groups("it-orders", { sinceMs: firstMs + 1_000, untilMs: firstMs + 2_000 })
    assert.deepStrictEqual(
      late.map(({ message }) => message),
      ["the price is negative"]
    )
  }).pipe(running)
)

it.effect("shows a letter with its cause and its value, and pages through the others", () =>
  Effect.gen(function* () {
    yield* setAside(Array.from({ length: 25 }, (_, n) => ({ key: `k${n}`, n })))
    const box = yield* DeadLetterBox
    const shown = yield* box.show("it-orders", yield* idOf("k7"))
    assert.deepStrictEqual(shown.value, Result.succeed({ id: "", n: 7 }))
    assert.strictEqual(shown.state, "open")
    if (shown.letter.cause._tag === "Malformed") assert.fail(shown.letter.cause.issue)
    assert.deepInclude(shown.letter.cause, { kind: "permanent", message: "no luck", service: "it-worker", attempts: 1 })
    assert.deepStrictEqual(shown.letter.cause.origin, {
      topic: "it-orders",
      lane: "high",
      partition: shown.letter.cause.origin.partition,
      offset: 7,
      timestampMs: 507
    })
    const first = yield* box.page("it-orders", { selection: {}, limit: 10 })
    const second = yield* box.page("it-orders", { selection: {}, limit: 100, from: first.next! })
    assert.deepStrictEqual(
      [...first.letters, ...second.letters].map(({ letter }) => orderOf(letter.record.value).n),
      Array.from({ length: 25 }, (_, n) => n)
    )
    assert.isUndefined(second.next)
    const missing = yield* Effect.flip(box.show("it-orders", "0123456789abcdef"))
    assert.strictEqual(missing.reason, "unknownLetter")
    assert.strictEqual((yield* Effect.flip(box.groups("it-strange", {}))).reason, "unknownTopic")
  }).pipe(running)
)

it.effect("shows a record with damaged headers as such, leaves it where it is, and can purge it", () =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* publisher.sendRaw([
      { topic: dlq, key: null, value: null },
      { topic: dlq, key: null, value: new Uint8Array([1, 2]), headers: { "dlq-attempts": new Uint8Array([255, 254]) } },
      {
        topic: dlq,
        key: new Uint8Array([7]),
        value: new Uint8Array(),
        headers: { "dlq-attempts": "many", "replay-count": "x" }
      }
    ])
    yield* setAside([{ key: "k", n: 1 }])
    const box = yield* DeadLetterBox
    const [malformed, sound] = yield* box.groups("it-orders", {})
    assert.deepStrictEqual([malformed!.fingerprint, malformed!.counts.open, sound!.counts.open], ["malformed", 3, 1])
    const { letters } = yield* box.page("it-orders", { selection: { fingerprint: "malformed" }, limit: 10 })
    for (const { letter } of letters) {
      const { value } = yield* box.show("it-orders", letter.id)
      assert.isTrue(letter.record.value === null || Result.isFailure(value))
    }
    const report = yield* box.replay("it-orders", everything)
    assert.deepStrictEqual([report.replayed, report.refused], [1, 3])
    assert.include(report.refusals[0]!.why, "its headers do not tell where it came from")
    const purged = yield* box.purge("it-orders", { selection: { fingerprint: "malformed" }, actor: "ada" })
    assert.strictEqual(purged.purged, 3)
  }).pipe(running)
)

/** @guarantee records: An edited dead letter matches its topic's schema before anything is written, and who edited it is kept */
it.effect("sends a letter back with another value, once, and keeps who did it with both hashes", () =>
  Effect.gen(function* () {
    yield* setAside([
      { key: "k", n: 1 },
      { key: "k", n: 2, replayCount: 5 }
    ])
    const box = yield* DeadLetterBox
    const { letters } = yield* box.page("it-orders", { selection: {}, limit: 10 })
    const { id } = letters[1]!.letter
    const request = { id, json: '{"id":"k","n":22}', actor: "ada", reason: "wrong number" }
    const report = yield* box.edit("it-orders", request)
    assert.strictEqual(report.overtaking, 1)
    const [record] = yield* recordsIn("it-orders")
    assert.deepStrictEqual(orderOf(record!.value), { id: "k", n: 22 })
    assert.deepStrictEqual([headerOf(record!, "replay-count"), headerOf(record!, "workspace-id")], ["6", "ws-1"])
    assert.strictEqual(headerOf(record!, "replay-id"), report.replayId)
    const { mark, state } = yield* box.show("it-orders", id)
    assert.strictEqual(state, "edited")
    assert.deepInclude(mark, { actor: "ada", state: "edited" })
    assert.deepStrictEqual(mark!.edit, report.edit)
    assert.strictEqual(mark!.edit!.reason, "wrong number")
    assert.notStrictEqual(mark!.edit!.beforeSha256, mark!.edit!.afterSha256)
    const again = yield* Effect.flip(box.edit("it-orders", request))
    assert.strictEqual(again.reason, "refused")
    assert.include(again.message, "was edited by ada before")
    assert.deepStrictEqual(yield* numbersIn("it-orders"), [22])
  }).pipe(running)
)

/**
 * @guarantee records: An edited dead letter matches its topic's schema before anything is written, and who edited it is kept
 * @how checked by the contract; hashes, reason and actor in the mark
 */
it.effect.each([
  ["no JSON", "{", "no JSON"],
  ["another type", '{"id":"k","n":"22"}', "does not match the schema"],
  ["a missing key", '{"id":"k"}', "does not match the schema"],
  ["an undeclared key", '{"id":"k","n":1,"m":2}', "does not match the schema"]
])("refuses %s as a new value before anything is written", ([, json, why]) =>
  Effect.gen(function* () {
    yield* setAside([{ key: "k", n: 1 }])
    const box = yield* DeadLetterBox
    const refused = yield* Effect.flip(
      box.edit("it-orders", { id: yield* idOf("k"), json: json!, actor: "ada", reason: "" })
    )
    assert.strictEqual(refused.reason, "refused")
    assert.include(refused.message, why!)
    assert.deepStrictEqual(yield* recordsIn("it-orders"), [])
    assert.deepStrictEqual(yield* recordsIn("dead-letter-marks"), [])
  }).pipe(running)
)

it.effect("purges what is meant, deletes it at the start of a partition, and never replays it", () =>
  Effect.gen(function* () {
    yield* setAside([
      { key: "a", n: 1, cause: "old" },
      { key: "b", n: 2, cause: "old" },
      { key: "c", n: 3, cause: "new" },
      { key: "d", n: 4, cause: "old" }
    ])
    const box = yield* DeadLetterBox
    const old = (yield* box.groups("it-orders", {})).find(({ message }) => message === "old")!.fingerprint
    const request = { selection: { fingerprint: old }, actor: "ada" }
    const dry = yield* box.purge("it-orders", { ...request, dryRun: true })
    assert.deepStrictEqual([dry.purged, dry.deletedRecords], [3, 0])
    assert.lengthOf(yield* recordsIn(dlq), 4)
    const purged = yield* box.purge("it-orders", request)
    assert.deepStrictEqual([purged.purged, purged.deletedRecords], [3, 2])
    assert.deepStrictEqual(yield* numbersIn(dlq), [3, 4])
    const again = yield* box.purge("it-orders", request)
    assert.deepStrictEqual([again.purged, again.settled, again.deletedRecords], [0, 1, 0])
    const report = yield* box.replay("it-orders", everything)
    assert.deepStrictEqual([report.replayed, report.settled], [1, 1])
    assert.deepStrictEqual(yield* numbersIn("it-orders"), [3])
    const all = yield* box.purge("it-orders", { selection: {}, actor: "ada" })
    assert.deepStrictEqual(
      [all.purged, all.deletedRecords],
      [0, 0],
      "what was replayed stays until retention removes it"
    )
  }).pipe(running)
)

it.effect("forgets the marks of letters that are gone, and only those", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const marks = Effect.gen(function* () {
      yield* control.compact("dead-letter-marks")
      return (yield* recordsIn("dead-letter-marks")).filter(({ value }) => value !== null).length
    })
    yield* setAside([
      { key: "a", n: 1 },
      { key: "b", n: 2 },
      { key: "c", n: 3 }
    ])
    const box = yield* DeadLetterBox
    yield* box.replay("it-orders", { ...everything, selection: { key: "c" } })
    yield* box.purge("it-orders", { selection: {}, actor: "ada" })
    assert.strictEqual(yield* marks, 1)
    assert.deepStrictEqual((yield* box.counts)[0]!.counts, {
      open: 0,
      quarantined: 0,
      replayed: 1,
      edited: 0,
      purged: 0
    })
  }).pipe(running)
)

it.effect("goes on with a purge whose answer was lost, and counts each letter once", () =>
  Effect.gen(function* () {
    yield* setAside(Array.from({ length: 1_200 }, (_, n) => ({ key: `k${n}`, n })))
    const control = yield* MemoryKafkaControl
    yield* control.failNextTransactions(1, { reason: "unavailable", written: true })
    yield* control.failNextTransactions(1, { reason: "unavailable" })
    const box = yield* DeadLetterBox
    const purging = yield* Effect.forkChild(box.purge("it-orders", { selection: {}, actor: "ada" }))
    yield* TestClock.adjust("30 seconds")
    const report = yield* Fiber.join(purging)
    assert.deepStrictEqual([report.purged, report.settled, report.deletedRecords], [1_200, 0, 1_200])
  }).pipe(running)
)
