import { assert } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { freshName, freshTopic, numbered, numbers, openReader, until } from "./KafkaReader.ts"
import type { KafkaIt } from "./KafkaSuite.ts"

/** What transactions promise. */
export const kafkaTransactionTests = (it: KafkaIt): void => {
  it.effect("shows a transaction's records and offsets together, and moves past its end marker", () =>
    Effect.gen(function* () {
      const { admin, producer, transactionalProducer } = yield* KafkaClient
      const [topic, groupId] = [yield* freshTopic(1), yield* freshName]
      const { send } = yield* producer({ clientId: "sender" })
      const { transact } = yield* transactionalProducer({ clientId: "worker", transactionalId: topic })
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      const input = { groupId, offsets: [{ topic, partition: 0, offset: 7, metadata: "done" }] }
      for (const from of [0, 2]) yield* transact(numbered(topic, 0, 2, from), input)
      assert.deepStrictEqual(yield* admin.committed(groupId, [topic]), input.offsets)
      yield* send(numbered(topic, 0, 1, 4))
      const end = (yield* admin.offsets(topic))[0]!.end
      assert.strictEqual(end, 7)
      yield* until("the end was reached", () => reader.batches.at(-1)?.nextOffset === end)
      assert.deepStrictEqual(reader.values(), numbers(5))
      yield* transact(numbered(topic, 0, 1, 5), { groupId, offsets: [] })
      yield* until("the marker at the end was passed", () => reader.batches.at(-1)?.nextOffset === end + 2)
    })
  )

  it.effect("shows nothing of a transaction that cannot be written whole", () =>
    Effect.gen(function* () {
      const { admin, producer, transactionalProducer } = yield* KafkaClient
      const [topic, groupId] = [yield* freshTopic(1, { "max.message.bytes": "2000" }), yield* freshName]
      const { transact } = yield* transactionalProducer({ clientId: "worker", transactionalId: topic })
      const input = { groupId, offsets: [{ topic, partition: 0, offset: 1, metadata: "" }] }
      const large = { topic, partition: 0, key: null, value: new Uint8Array(5_000) }
      const refused = yield* Effect.flip(transact([...numbered(topic, 0, 1), large], input))
      assert.strictEqual(refused.reason, "tooLarge")
      assert.deepStrictEqual(yield* admin.committed(groupId, [topic]), [])
      yield* transact(numbered(topic, 0, 1, 1), input)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send(numbered(topic, 0, 1, 2))
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      yield* until("the last record came", () => reader.values().includes("2"))
      assert.deepStrictEqual(reader.values(), ["1", "2"])
    })
  )

  it.effect("fences the older of two producers with one transactional id", () =>
    Effect.gen(function* () {
      const { transactionalProducer } = yield* KafkaClient
      const topic = yield* freshTopic(1)
      const input = { groupId: topic, offsets: [] }
      const older = yield* transactionalProducer({ clientId: "old", transactionalId: topic })
      yield* older.transact(numbered(topic, 0, 1), input)
      const newer = yield* transactionalProducer({ clientId: "new", transactionalId: topic })
      yield* newer.transact(numbered(topic, 0, 1, 1), input)
      const refused = yield* Effect.flip(older.transact(numbered(topic, 0, 1, 2), input))
      assert.strictEqual(refused.reason, "fenced")
    })
  )
}
