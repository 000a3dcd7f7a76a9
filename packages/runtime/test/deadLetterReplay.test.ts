import { assert, it } from "@effect/vitest"
import { KafkaClient, MemoryKafkaControl } from "@millrace/kafka"
import { Duration, Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetterBox, type ReplayRequest } from "../src/index.ts"
import { replayedRecord } from "../src/ReplayedRecord.ts"
import {
  everything,
  firstMs,
  headerOf,
  letterbench,
  numbersIn,
  orderOf,
  type PlannedLetter,
  recordsIn,
  setAside
} from "./letterbench.ts"
import { testTopics } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(letterbench))
const numbered = (count: number, keys = 5): ReadonlyArray<PlannedLetter> =>
  Array.from({ length: count }, (_, n) => ({ key: `k${n % keys}`, n }))
const sorted = (numbers: ReadonlyArray<number>) => [...numbers].sort((one, other) => one - other)

/** Replays while virtual time passes as needed. */
const replay = (request: Partial<ReplayRequest> = {}) =>
  Effect.gen(function* () {
    const box = yield* DeadLetterBox
    const replaying = yield* Effect.forkChild(box.replay("it-orders", { ...everything, ...request }))
    yield* TestClock.adjust("30 seconds")
    return yield* Fiber.join(replaying)
  })

/** Numbers of each key, in the order in which they lie in their lane. */
const numbersByKey = Effect.map(recordsIn("it-orders"), (records) => {
  const byKey = new Map<string, Array<number>>()
  for (const { key, value } of records) {
    const name = Buffer.from(key!).toString()
    byKey.set(name, [...(byKey.get(name) ?? []), orderOf(value).n])
  }
  return byKey
})

const assertInOrder = Effect.gen(function* () {
  for (const numbers of (yield* numbersByKey).values()) assert.deepStrictEqual(numbers, sorted(numbers))
})

/**
 * @guarantee records: A replay keeps bytes, headers, lane, partition and the order of each key, and keeps to its rate
 * @how origin in the letter's headers; refused where the key's partition has moved
 */
it.effect("sends letters back to their lane and partition with their bytes, each key in its order, and only once", () =>
  Effect.gen(function* () {
    yield* setAside([...numbered(20), { key: "urgent", n: 20, lane: "critical", replayCount: 1 }])
    const letters = yield* recordsIn("it-orders.dlq")
    const report = yield* replay()
    assert.deepInclude(report, { replayed: 21, quarantined: 0, settled: 0, refused: 0, overtaking: 0 })
    const sent = yield* recordsIn("it-orders")
    assert.lengthOf(sent, 20)
    for (const record of sent) {
      const letter = letters.find(({ value }) => orderOf(value).n === orderOf(record.value).n)!
      assert.deepStrictEqual([record.key, record.value], [letter.key, letter.value])
      assert.strictEqual(String(record.partition), headerOf(letter, "dlq-origin-partition"))
      assert.deepStrictEqual(Object.keys(record.headers).sort(), ["replay-count", "replay-id", "workspace-id"])
      assert.strictEqual(headerOf(record, "replay-count"), "1")
    }
    assert.strictEqual(new Set(sent.map((record) => headerOf(record, "replay-id"))).size, 20)
    const [urgent] = yield* recordsIn("it-orders.critical")
    assert.strictEqual(headerOf(urgent!, "replay-count"), "2")
    yield* assertInOrder
    assert.deepInclude(yield* replay(), { replayed: 0, settled: 21 })
    assert.lengthOf(yield* recordsIn("it-orders"), 20)
  }).pipe(running)
)

it.effect("sends only the letters of a group, key, workspace, time or id", () =>
  Effect.gen(function* () {
    yield* setAside([
      { key: "a", n: 0, cause: "one cause" },
      { key: "b", n: 1, cause: "another cause" },
      { key: "c", n: 2, workspaceId: "ws-2" },
      { key: "d", n: 3 },
      { key: "e", n: 4 },
      { key: "e", n: 5 }
    ])
    const box = yield* DeadLetterBox
    const groups = yield* box.groups("it-orders", {})
    const { fingerprint } = groups.find(({ message }) => message === "another cause")!
    const { letters } = yield* box.page("it-orders", { selection: { key: "e" }, limit: 9 })
    const selections: ReadonlyArray<readonly [ReplayRequest["selection"], number]> = [
      [{ fingerprint }, 1],
      [{ key: "a" }, 0],
      [{ workspaceId: "ws-2" }, 2],
      [{ sinceMs: firstMs + 3_000, untilMs: firstMs + 4_000 }, 3],
      [{ ids: new Set([letters[1]!.letter.id]) }, 5]
    ]
    const sent: Array<number> = []
    for (const [selection, n] of selections) {
      assert.deepInclude(yield* replay({ selection, dryRun: true }), { replayed: 1, dryRun: true })
      assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), sorted(sent), "a dry run sends nothing")
      assert.deepInclude(yield* replay({ selection }), { replayed: 1, overtaking: n === 5 ? 1 : 0 })
      sent.push(n)
      assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), sorted(sent))
    }
  }).pipe(running)
)

/** @guarantee records: A replay keeps bytes, headers, lane, partition and the order of each key, and keeps to its rate */
it.effect("keeps to the rate", () =>
  Effect.gen(function* () {
    yield* setAside(numbered(100))
    const box = yield* DeadLetterBox
    const counted: Array<number> = []
    const replaying = yield* Effect.forkChild(
      box.replay("it-orders", {
        ...everything,
        perSecond: 20,
        onProgress: (replayed) => Effect.sync(() => counted.push(replayed))
      })
    )
    for (let second = 1; second <= 4; second += 1) {
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(counted.at(-1), second * 20)
      yield* TestClock.adjust("1 millis")
    }
    yield* TestClock.adjust("1 second")
    assert.strictEqual((yield* Fiber.join(replaying)).replayed, 100)
    assert.isAbove(counted.length, 20, "in small even steps")
  }).pipe(running)
)

/** @guarantee records: A dead letter is sent back once, whatever crashes, and a purged one never */
it.effect("goes on after a crash where it was: nothing lost, doubled or out of order", () =>
  Effect.gen(function* () {
    yield* setAside(numbered(100))
    const box = yield* DeadLetterBox
    for (let crash = 0; crash < 3; crash += 1) {
      const replaying = yield* Effect.forkChild(box.replay("it-orders", { ...everything, perSecond: 20 }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(replaying)
    }
    const sent = (yield* recordsIn("it-orders")).length
    assert.isTrue(sent > 0 && sent < 100)
    const report = yield* replay()
    assert.deepInclude(report, { replayed: 100 - sent, settled: sent })
    assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), sorted(numbered(100).map(({ n }) => n)))
    yield* assertInOrder
  }).pipe(running)
)

it.effect("sends each once when Kafka does not answer, whether the step was written or not", () =>
  Effect.gen(function* () {
    yield* setAside(numbered(60))
    const control = yield* MemoryKafkaControl
    yield* control.failNextTransactions(1, { reason: "unavailable", written: true })
    yield* control.failNextTransactions(1, { reason: "unavailable" })
    yield* control.failNextTransactions(1, { reason: "unavailable", written: true })
    assert.deepInclude(yield* replay({ perSecond: 100 }), { replayed: 60, settled: 0 })
    assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), sorted(numbered(60).map(({ n }) => n)))
    yield* assertInOrder
  }).pipe(running)
)

/** @guarantee records: A dead letter is sent back once, whatever crashes, and a purged one never */
it.effect("of two operators at once the later goes on, and the earlier is told", () =>
  Effect.gen(function* () {
    yield* setAside(numbered(60))
    const box = yield* DeadLetterBox
    const earlier = yield* Effect.forkChild(Effect.flip(box.replay("it-orders", { ...everything, perSecond: 20 })))
    yield* TestClock.adjust("1 second")
    const later = yield* Effect.forkChild(box.replay("it-orders", { ...everything, perSecond: 20 }))
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual((yield* Fiber.join(earlier)).reason, "takenOver")
    const { replayed, settled } = yield* Fiber.join(later)
    assert.strictEqual(replayed + settled, 60)
    assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), sorted(numbered(60).map(({ n }) => n)))
    yield* assertInOrder
  }).pipe(running)
)

/**
 * @guarantee records: What comes back from two replays is left out of the next, unless it is named
 * @how a count in the record's headers
 */
it.effect("leaves out what came back twice, unless it is named", () =>
  Effect.gen(function* () {
    yield* setAside([
      { key: "a", n: 0, replayCount: 1 },
      { key: "b", n: 1, replayCount: 2 },
      { key: "b", n: 2 }
    ])
    const box = yield* DeadLetterBox
    assert.deepInclude(yield* replay(), { replayed: 2, quarantined: 1, overtaking: 1 })
    const { letters } = yield* box.page("it-orders", { selection: {}, states: new Set(["quarantined"]), limit: 9 })
    const ids = new Set(letters.map(({ letter }) => letter.id))
    assert.deepInclude(yield* replay({ selection: { ids } }), { replayed: 1, quarantined: 0 })
    assert.deepStrictEqual(sorted(yield* numbersIn("it-orders")), [0, 1, 2])
  }).pipe(running)
)

it.effect("takes a letter that a crash had written twice as one", () =>
  Effect.gen(function* () {
    yield* setAside(numbered(4, 1))
    yield* setAside(numbered(6, 1))
    assert.deepInclude(yield* replay(), { replayed: 6, settled: 0 })
    assert.deepStrictEqual(yield* numbersIn("it-orders"), [0, 1, 2, 3, 4, 5])
    assert.deepInclude(yield* replay(), { replayed: 0, settled: 6 })
  }).pipe(running)
)

it.effect("refuses to send a record back to a table, whose newer row it would overwrite", () =>
  Effect.gen(function* () {
    yield* setAside([{ key: "k", n: 1 }])
    const { letter } = (yield* (yield* DeadLetterBox).page("it-orders", { selection: {}, limit: 1 })).letters[0]!
    const topic = testTopics.topic("it-orders")!
    const partitions = new Map([["it-orders", 3]])
    const targets = { topic, topics: testTopics, partitions, contract: undefined }
    assert.isTrue(Result.isSuccess(replayedRecord(letter, targets)))
    const table = {
      ...topic,
      keeping: { _tag: "Compacted" as const, tombstones: Duration.days(1), segment: Duration.days(1) }
    }
    const refused = replayedRecord(letter, { ...targets, topic: table })
    assert.isTrue(Result.isFailure(refused))
  }).pipe(running)
)

it.effect("refuses what can't go back, says why, and sends the others", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* setAside([
      { key: "fine", n: 0 },
      { key: "moved", n: 1, originPartition: 2 },
      { key: "moved", n: 2, originPartition: 0 },
      { key: "moved", n: 3, originPartition: 1 },
      { key: "gone", n: 4, originPartition: 7 },
      { key: "large", n: 5, padding: 3_000 },
      { key: "fine", n: 6 }
    ])
    yield* admin.alterTopicConfig("it-orders", { "max.message.bytes": "2000" })
    const report = yield* replay()
    assert.deepInclude(report, { replayed: 3, refused: 4 })
    const whys = report.refusals.map(({ why }) => why).join("\n")
    assert.match(whys, /it came from partition \d, and its key belongs to \d of 3 now/u)
    assert.match(whys, /it came from partition 7, and it-orders has 3/u)
    assert.match(whys, /exceeds the 2000 bytes/u)
    assert.deepStrictEqual(
      sorted(yield* numbersIn("it-orders")).filter((n) => n === 0 || n > 3),
      [0, 6]
    )
  }).pipe(running)
)
