import { assert, layer as describeLayer } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { Effect, type Layer } from "effect"
import { kafkaAdminTests } from "./KafkaAdminSuite.ts"
import { kafkaGroupTests } from "./KafkaGroupSuite.ts"
import { bytes, freshTopic, numbered, numbers, openReader, text, until } from "./KafkaReader.ts"
import { kafkaReadTests } from "./KafkaReadSuite.ts"
import { kafkaTransactionTests } from "./KafkaTransactionSuite.ts"

/** Tests of a suite are registered with the `it` of the layer's block. */
export type KafkaIt = Parameters<Parameters<ReturnType<typeof describeLayer<KafkaClient, never>>>[1]>[0]

/** What every client of Kafka promises; run on the in-memory driver and on the real one. */
export const kafkaSuite = <E>(name: string, client: Layer.Layer<KafkaClient, E>): void =>
  /**
   * @guarantee records: Both Kafka drivers behave alike
   * @how one suite on each
   */
  describeLayer(client, { excludeTestServices: true })(`Kafka client: ${name}`, (it) => {
    orderTests(it)
    startTests(it)
    flowTests(it)
    kafkaTransactionTests(it)
    kafkaGroupTests(it)
    kafkaAdminTests(it)
    kafkaReadTests(it)
  })

const orderTests = (it: KafkaIt): void => {
  it.effect("keeps the order of calls within a partition, also of calls side by side", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      const calls = numbered(topic, 0, 300).map((record) => send([record, { ...record, partition: 1 }]))
      yield* Effect.all(calls, { concurrency: "unbounded" })
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      yield* until("600 records came", () => reader.values().length >= 600)
      for (const partition of [0, 1]) {
        const records = reader.recordsOf(topic, partition)
        assert.deepStrictEqual(
          records.map((record) => text(record.value)),
          numbers(300)
        )
        assert.deepStrictEqual(
          records.map((record) => record.offset),
          records.map((_, index) => index)
        )
      }
    })
  )

  it.effect("brings back keys, headers, tombstones and empty values as they were sent", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(1)
      const { send } = yield* producer({ clientId: "sender" })
      const binary = new Uint8Array([0, 255, 1, 128])
      yield* send([
        { topic, partition: 0, key: bytes("a"), value: binary, headers: { text: "grün", binary } },
        { topic, partition: 0, key: bytes("a"), value: null },
        { topic, partition: 0, key: null, value: new Uint8Array(0) }
      ])
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      yield* until("3 records came", () => reader.values().length >= 3)
      const [full, tombstone, empty] = reader.recordsOf(topic, 0)
      assert.deepStrictEqual([text(full!.key), [...full!.value!]], ["a", [...binary]])
      assert.deepStrictEqual(text(full!.headers.text!), "grün")
      assert.deepStrictEqual([...full!.headers.binary!], [...binary])
      assert.isNull(tombstone!.value)
      assert.deepStrictEqual(tombstone!.headers, {})
      assert.deepStrictEqual([empty!.key, empty!.value!.length], [null, 0])
      assert.isAbove(full!.timestampMs, 1_700_000_000_000)
      assert.isAbove(reader.batches[0]!.fetchedAtMs, 1_700_000_000_000)
    })
  )

  it.effect("chooses the partition of a key as Kafka does", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(12)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send(["account-1", "account-2", "21"].map((key) => ({ topic, key: bytes(key), value: bytes(key) })))
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      yield* until("3 records came", () => reader.values().length >= 3)
      const found = reader.batches.flatMap((batch) =>
        batch.records.map((record) => [text(record.key), batch.partition] as const)
      )
      // murmur2("21") is -973932308 in Kafka's own UtilsTest.
      assert.strictEqual(new Map(found).get("21"), (-973932308 & 0x7fffffff) % 12)
    })
  )
}

const startTests = (it: KafkaIt): void => {
  it.effect("starts at the committed offset and brings its metadata back", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send(numbered(topic, 0, 10))
      const options = { groupId: topic, clientId: "one", topics: [{ topic, from: "committed" as const }] }
      const first = yield* openReader(options)
      yield* until("10 records came", () => first.values().length >= 10)
      const offsets = [{ topic, partition: 0, offset: 4, metadata: "bits:ä" }]
      yield* first.consumer.commit(first.epoch(), offsets)
      yield* first.consumer.leave
      assert.deepStrictEqual(yield* admin.committed(topic, [topic]), offsets)
      const second = yield* openReader(options)
      yield* until("6 records came", () => second.values().length >= 6)
      assert.deepStrictEqual(second.values(), ["4", "5", "6", "7", "8", "9"])
      const [zero, one] = second.assignments[0]!.partitions
      assert.deepStrictEqual(zero, {
        topic,
        partition: 0,
        committed: { offset: 4, metadata: "bits:ä" },
        startOffset: 4,
        endOffset: 10
      })
      assert.deepStrictEqual(one, { topic, partition: 1, committed: undefined, startOffset: 0, endOffset: 0 })
    })
  )

  it.effect("starts at the beginning or at the end, whatever is committed", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const [table, live] = [yield* freshTopic(1), yield* freshTopic(1)]
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([...numbered(table, 0, 5), ...numbered(live, 0, 5)])
      const options = {
        groupId: table,
        clientId: "one",
        topics: [
          { topic: table, from: "beginning" as const },
          { topic: live, from: "end" as const }
        ]
      }
      const first = yield* openReader(options)
      yield* until("the table came", () => first.recordsOf(table, 0).length >= 5)
      yield* first.consumer.commit(
        first.epoch(),
        [table, live].map((topic) => ({ topic, partition: 0, offset: 3, metadata: "" }))
      )
      yield* first.consumer.leave
      const second = yield* openReader(options)
      yield* until("it was assigned", () => second.assignments.length > 0)
      const starts = second.assignments[0]!.partitions.map((one) => [one.topic, one.startOffset, one.endOffset])
      assert.deepStrictEqual(new Map(starts.map(([topic, ...rest]) => [topic, rest])).get(live), [5, 5])
      yield* until("the table came again", () => second.recordsOf(table, 0).length >= 5)
      yield* send(numbered(live, 0, 1, 100))
      yield* until("the new record came", () => second.recordsOf(live, 0).length >= 1)
      assert.deepStrictEqual(
        second.recordsOf(live, 0).map((record) => text(record.value)),
        ["100"]
      )
    })
  )
}

const flowTests = (it: KafkaIt): void => {
  it.effect("delivers nothing while paused, and everything once resumed", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
      yield* send([...numbered(topic, 0, 5), ...numbered(topic, 1, 5)])
      yield* until("10 records came", () => reader.values().length >= 10)
      reader.consumer.pause([{ topic, partition: 0 }])
      yield* send([...numbered(topic, 0, 50, 5), ...numbered(topic, 1, 50, 5)])
      yield* until("partition 1 came", () => reader.recordsOf(topic, 1).length >= 55)
      yield* send(numbered(topic, 1, 1, 55))
      yield* until("partition 1 came again", () => reader.recordsOf(topic, 1).length >= 56)
      assert.strictEqual(reader.recordsOf(topic, 0).length, 5)
      reader.consumer.resume([{ topic, partition: 0 }])
      yield* until("partition 0 came", () => reader.recordsOf(topic, 0).length >= 55)
      assert.deepStrictEqual(
        reader.recordsOf(topic, 0).map((record) => text(record.value)),
        numbers(55)
      )
    })
  )

  it.effect("shows by its progress that its loops come round, and whether there is something to fetch", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(1)
      const { send } = yield* producer({ clientId: "sender" })
      const topics = [{ topic, from: "committed" as const }]
      const reader = yield* openReader({ groupId: topic, clientId: "one", topics, heartbeatIntervalMs: 100 })
      const progress = () => reader.consumer.progress()
      yield* send(numbered(topic, 0, 5))
      yield* until("records came", () => reader.values().length >= 5)
      const before = progress()
      assert.isDefined(before.lastFetchMs)
      yield* send(numbered(topic, 0, 5, 5))
      yield* until("another fetch has ended", () => progress().fetches > before.fetches)
      yield* until("another heartbeat has ended", () => progress().heartbeats > before.heartbeats)
      reader.consumer.pause([{ topic, partition: 0 }])
      yield* send(numbered(topic, 0, 5, 10))
      assert.isFalse(progress().fetching, "all is paused")
      reader.consumer.resume([{ topic, partition: 0 }])
      yield* until("all came", () => reader.values().length >= 15)
    })
  )

  it.effect("loses and doubles nothing when pausing and resuming all the time", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(3)
      const { send } = yield* producer({ clientId: "sender" })
      let resume: ReadonlyArray<() => void> = []
      const reader = yield* openReader(
        { groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }], maxBytesPerPartition: 2_000 },
        {
          onBatch: ({ partition }) => {
            reader.consumer.pause([{ topic, partition }])
            resume = [...resume, () => reader.consumer.resume([{ topic, partition }])]
          }
        }
      )
      for (const partition of [0, 1, 2]) yield* send(numbered(topic, partition, 500))
      yield* until("1,500 records came", () => {
        const now = resume
        resume = []
        for (const one of now) one()
        return reader.values().length >= 1500
      })
      for (const partition of [0, 1, 2]) {
        assert.deepStrictEqual(
          reader.recordsOf(topic, partition).map((record) => text(record.value)),
          numbers(500)
        )
      }
    })
  )
}
