import { assert } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { bytes, freshName, freshTopic } from "./KafkaReader.ts"
import type { KafkaIt } from "./KafkaSuite.ts"

/** What the administration of topics and offsets promises. */
export const kafkaAdminTests = (it: KafkaIt): void => {
  it.effect("makes, describes, changes and removes topics, and leaves an existing one alone", () =>
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      const topic = yield* freshName
      const wanted = { topic, partitions: 3, replication: 1, config: { "cleanup.policy": "compact" } }
      yield* admin.createTopics([wanted])
      yield* admin.createTopics([{ ...wanted, partitions: 5 }])
      assert.include(yield* admin.listTopics, topic)
      const [described] = yield* admin.describeTopics([topic])
      assert.deepStrictEqual([described?.topic, described?.partitions, described?.replication], [topic, 3, 1])
      assert.strictEqual(described?.config["cleanup.policy"], "compact")
      yield* admin.alterTopicConfig(topic, { "retention.ms": "60000" })
      const [changed] = yield* admin.describeTopics([topic])
      assert.strictEqual(changed?.config["retention.ms"], "60000")
      assert.strictEqual(changed?.config["cleanup.policy"], "compact")
      yield* admin.deleteTopics([topic])
      const missing = yield* Effect.flip(admin.describeTopics([topic]))
      assert.strictEqual(missing.reason, "notFound")
    })
  )

  it.effect("tells the start and end of each partition, and what a group committed", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([1, 1, 1].map((partition) => ({ topic, partition, key: null, value: bytes("v") })))
      assert.deepStrictEqual(
        [...(yield* admin.offsets(topic))].sort((one, other) => one.partition - other.partition),
        [
          { partition: 0, start: 0, end: 0 },
          { partition: 1, start: 0, end: 3 }
        ]
      )
      assert.deepStrictEqual(yield* admin.committed(topic, [topic]), [])
      const missing = yield* Effect.flip(admin.offsets("it-no-such-topic"))
      assert.strictEqual(missing.reason, "notFound")
    })
  )

  it.effect("says why a send is refused", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(1, { "max.message.bytes": "2000" })
      const { send } = yield* producer({ clientId: "sender" })
      const large = yield* Effect.flip(send([{ topic, partition: 0, key: null, value: new Uint8Array(5_000) }]))
      assert.strictEqual(large.reason, "tooLarge")
      assert.strictEqual(large.operation, `send to ${topic}`)
      const missing = yield* Effect.flip(send([{ topic: "it-no-such-topic", key: null, value: bytes("v") }]))
      assert.strictEqual(missing.reason, "notFound")
      const outside = yield* Effect.flip(send([{ topic, partition: 7, key: null, value: bytes("v") }]))
      assert.strictEqual(outside.reason, "invalid")
      yield* send([{ topic, partition: 0, key: null, value: bytes("goes on") }])
    })
  )
}
