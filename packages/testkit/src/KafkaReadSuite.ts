import { assert } from "@effect/vitest"
import { KafkaClient, type PartitionRead } from "@millrace/kafka"
import { Effect } from "effect"
import { freshName, freshTopic, numbered, numbers, text } from "./KafkaReader.ts"
import type { KafkaIt } from "./KafkaSuite.ts"

const textsOf = (read: PartitionRead) => read.records.map((record) => text(record.value))

/** Reads a partition piece by piece from an offset to its end. */
const readToEnd = Effect.fnUntraced(function* (topic: string, offset: number, maxBytes: number) {
  const { admin } = yield* KafkaClient
  const pieces: Array<PartitionRead> = []
  let next = offset
  do {
    const piece = yield* admin.read({ topic, partition: 0, offset: next, maxBytes })
    assert.isTrue(piece.nextOffset > next || piece.nextOffset >= piece.endOffset, "a read moves on")
    pieces.push(piece)
    next = piece.nextOffset
  } while (next < pieces.at(-1)!.endOffset)
  return pieces
})

/** A commit is answered before its marker lies in every partition: waits until readers of committed records see all. */
const transactionsEnded = Effect.fnUntraced(function* (topic: string) {
  const { admin } = yield* KafkaClient
  const ended = Effect.map(
    admin.read({ topic, partition: 0, offset: 0 }),
    ({ endOffset, highWatermark }) => endOffset === highWatermark
  )
  while (!(yield* ended)) yield* Effect.sleep("20 millis")
})

/** What reading without a group, and deleting what was read, promise. */
export const kafkaReadTests = (it: KafkaIt): void => {
  it.effect("reads a partition from any offset to its end, without a group and in bounded pieces", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      for (let from = 0; from < 100; from += 10) yield* send(numbered(topic, 0, 10, from))
      const pieces = yield* readToEnd(topic, 0, 1_500)
      assert.isAbove(pieces.length, 1)
      assert.deepStrictEqual(pieces.flatMap(textsOf), numbers(100))
      const rest = yield* admin.read({ topic, partition: 0, offset: 97 })
      assert.deepStrictEqual([textsOf(rest), rest.nextOffset], [["97", "98", "99"], 100])
      assert.deepStrictEqual([rest.startOffset, rest.endOffset, rest.highWatermark], [0, 100, 100])
      const end = yield* admin.read({ topic, partition: 0, offset: 100 })
      assert.deepStrictEqual([end.records.length, end.nextOffset], [0, 100])
      assert.strictEqual((yield* admin.read({ topic, partition: 1, offset: 0 })).endOffset, 0)
      assert.deepStrictEqual(textsOf(yield* admin.read({ topic, partition: 0, offset: 500 }))[0], "0")
    })
  )

  it.effect("reads what transactions committed and passes what they left", () =>
    Effect.gen(function* () {
      const { transactionalProducer } = yield* KafkaClient
      const topic = yield* freshTopic(1, { "max.message.bytes": "2000" })
      const input = { groupId: yield* freshName, offsets: [] }
      const { transact } = yield* transactionalProducer({ clientId: "worker", transactionalId: topic })
      yield* transact(numbered(topic, 0, 3), input)
      const large = { topic, partition: 0, key: null, value: new Uint8Array(5_000) }
      yield* Effect.flip(transact([large], input))
      yield* transact(numbered(topic, 0, 2, 3), input)
      yield* transactionsEnded(topic)
      const pieces = yield* readToEnd(topic, 0, 1_500)
      assert.deepStrictEqual(pieces.flatMap(textsOf), numbers(5))
      assert.isAtLeast(pieces.at(-1)!.nextOffset, 7)
    })
  )

  it.effect("says which place does not exist", () =>
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      const topic = yield* freshTopic(1)
      const outside = yield* Effect.flip(admin.read({ topic, partition: 7, offset: 0 }))
      assert.strictEqual(outside.reason, "invalid")
      const missing = yield* Effect.flip(admin.read({ topic: "it-no-such-topic", partition: 0, offset: 0 }))
      assert.strictEqual(missing.reason, "notFound")
    })
  )

  it.effect("finds the first record at or after a time, and the end where there is none", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      let timestamps: ReadonlyArray<number> = []
      while (new Set(timestamps).size < 4) {
        yield* Effect.sleep("2 millis")
        yield* send(numbered(topic, 0, 2, timestamps.length))
        timestamps = (yield* admin.read({ topic, partition: 0, offset: 0 })).records.map((one) => one.timestampMs)
      }
      const places = [0, 0.5, ...timestamps, ...timestamps.map((time) => time + 0.5), timestamps.at(-1)! + 60_000]
      for (const time of places) {
        const first = timestamps.findIndex((timestamp) => timestamp >= time)
        assert.deepStrictEqual(yield* admin.offsetsAt(topic, time), [
          { partition: 0, offset: first < 0 ? timestamps.length : first },
          { partition: 1, offset: 0 }
        ])
      }
      yield* admin.deleteRecords(topic, [{ partition: 0, offset: 3 }])
      assert.deepStrictEqual((yield* admin.offsetsAt(topic, 0))[0], { partition: 0, offset: 3 })
      const missing = yield* Effect.flip(admin.offsetsAt("it-no-such-topic", 0))
      assert.strictEqual(missing.reason, "notFound")
    })
  )

  it.effect("deletes what lies below an offset, and refuses one above the end", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([...numbered(topic, 0, 10), ...numbered(topic, 1, 10)])
      const refused = yield* Effect.flip(admin.deleteRecords(topic, [{ partition: 0, offset: 11 }]))
      assert.strictEqual(refused.reason, "invalid")
      yield* admin.deleteRecords(topic, [{ partition: 0, offset: 4 }])
      yield* admin.deleteRecords(topic, [])
      assert.deepStrictEqual(yield* admin.offsets(topic), [
        { partition: 0, start: 4, end: 10 },
        { partition: 1, start: 0, end: 10 }
      ])
      const left = yield* admin.read({ topic, partition: 0, offset: 0 })
      assert.deepStrictEqual([textsOf(left), left.startOffset], [numbers(10).slice(4), 4])
      yield* admin.deleteRecords(topic, [{ partition: 0, offset: 10 }])
      const none = yield* admin.read({ topic, partition: 0, offset: 4 })
      assert.deepStrictEqual([none.records.length, none.nextOffset, none.endOffset], [0, 10, 10])
    })
  )
}
