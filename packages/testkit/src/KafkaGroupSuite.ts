import { assert } from "@effect/vitest"
import {
  type Consumer,
  type ConsumerOptions,
  KafkaClient,
  type OffsetCommit,
  type TopicPartition
} from "@millrace/kafka"
import { Effect } from "effect"
import { bytes, freshTopic, type KafkaReader, openReader, text, until } from "./KafkaReader.ts"
import type { KafkaIt } from "./KafkaSuite.ts"

const member = (groupId: string, clientId: string, topics: ReadonlyArray<string> = [groupId]): ConsumerOptions => ({
  groupId,
  clientId,
  topics: topics.map((topic) => ({ topic, from: "committed" })),
  heartbeatIntervalMs: 100,
  sessionTimeoutMs: 10_000
})

const all = (topics: ReadonlyArray<string>, partitions: number): ReadonlyArray<string> =>
  topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => `${topic}/${partition}`)).sort()

const holdAll = (readers: ReadonlyArray<KafkaReader>, expected: ReadonlyArray<string>): boolean =>
  readers.every((reader) => reader.held().length > 0) &&
  JSON.stringify(readers.flatMap((reader) => reader.held()).sort()) === JSON.stringify(expected)

/** Commits all that the reader was given in this epoch. */
const commitRead = (reader: KafkaReader | undefined, epoch: number, consumer: () => Consumer): Effect.Effect<void> => {
  const next = new Map<number, OffsetCommit>()
  for (const batch of reader?.batches ?? []) {
    if (batch.epoch !== epoch) continue
    next.set(batch.partition, {
      topic: batch.topic,
      partition: batch.partition,
      offset: batch.nextOffset,
      metadata: ""
    })
  }
  return next.size === 0 ? Effect.void : Effect.orDie(consumer().commit(epoch, [...next.values()]))
}

/** Every batch came under an assignment that held its partition, and goes on where the one before ended. */
const assertOwnBatches = (reader: KafkaReader): void => {
  const next = new Map<string, number>()
  for (const { epoch, partition, records, nextOffset } of reader.batches) {
    const assignment = reader.assignments.find((one) => one.epoch === epoch)!
    const held = assignment.partitions.find((one) => one.partition === partition)
    const expected = next.get(`${epoch}/${partition}`) ?? held?.startOffset
    assert.strictEqual(records[0]?.offset ?? expected, expected)
    next.set(`${epoch}/${partition}`, nextOffset)
  }
}

/** What a group promises when members come and go. */
export const kafkaGroupTests = (it: KafkaIt): void => {
  it.effect("gives partition n of all topics to one member, and each partition to one", () =>
    Effect.gen(function* () {
      const topics = [yield* freshTopic(4), yield* freshTopic(4), yield* freshTopic(4)]
      const one = yield* openReader(member(topics[0]!, "one", topics))
      yield* until("one holds all", () => holdAll([one], all(topics, 4)))
      const two = yield* openReader(member(topics[0]!, "two", topics))
      yield* until("both hold a share", () => holdAll([one, two], all(topics, 4)))
      const numbersOf = (reader: KafkaReader) => new Set(reader.held().map((held) => held.split("/")[1]))
      assert.deepStrictEqual([numbersOf(one).size, numbersOf(two).size], [2, 2])
      assert.isTrue(one.held().length === 6 && two.held().length === 6)
    })
  )

  /** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
  it.effect("asks for partitions back first, and takes commits until they are given", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([0, 1].map((partition) => ({ topic, partition, key: null, value: bytes("v") })))
      const one = yield* openReader(member(topic, "one"), {
        onRevoked: (epoch, consumer) =>
          consumer()
            .commit(
              epoch,
              [0, 1].map((partition) => ({ topic, partition, offset: 1, metadata: "at the revocation" }))
            )
            .pipe(Effect.orDie)
      })
      yield* until("2 records came", () => one.values().length >= 2)
      const two = yield* openReader(member(topic, "two"))
      yield* until("both hold a share", () => holdAll([one, two], all([topic], 2)))
      const committed = yield* admin.committed(topic, [topic])
      assert.deepStrictEqual(
        committed.map((one) => [one.offset, one.metadata]),
        [
          [1, "at the revocation"],
          [1, "at the revocation"]
        ]
      )
      for (const reader of [one, two]) {
        assert.strictEqual(reader.assignments.at(-1)!.partitions[0]!.startOffset, 1)
        assert.strictEqual(reader.assignments.at(-1)!.partitions[0]!.committed?.offset, 1)
      }
    })
  )

  /** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
  it.effect("refuses a commit of an epoch that is over, and commits nothing", () =>
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const one = yield* openReader(member(topic, "one"))
      yield* until("one holds all", () => holdAll([one], all([topic], 2)))
      const old = one.epoch()
      const two = yield* openReader(member(topic, "two"))
      yield* until("both hold a share", () => holdAll([one, two], all([topic], 2)))
      assert.isAbove(one.epoch(), old)
      const offsets = [{ topic, partition: 0, offset: 0, metadata: "" }]
      const refused = yield* Effect.flip(one.consumer.commit(old, offsets))
      assert.strictEqual(refused.reason, "staleEpoch")
      assert.deepStrictEqual(yield* admin.committed(topic, [topic]), [])
    })
  )

  /** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
  it.effect("keeps metadata of 4,096 characters, and refuses more as tooLarge without changing that commit", () =>
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([0, 1].map((partition) => ({ topic, partition, key: null, value: bytes("v") })))
      const one = yield* openReader(member(topic, "one"))
      yield* until("one holds all", () => holdAll([one], all([topic], 2)))
      const commit = (offset: number, characters: number) =>
        one.consumer.commit(one.epoch(), [{ topic, partition: 0, offset, metadata: "m".repeat(characters) }])
      yield* commit(0, 4_096)
      const refused = yield* Effect.flip(commit(1, 4_097))
      assert.strictEqual(refused.reason, "tooLarge")
      const committed = yield* admin.committed(topic, [topic])
      assert.deepStrictEqual(
        committed.map(({ metadata, offset }) => [offset, metadata.length]),
        [[0, 4_096]]
      )
      yield* commit(1, 10)
    })
  )

  it.effect("loses nothing while members come and go, and each batch belongs to its epoch's holder", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(4)
      const { send } = yield* producer({ clientId: "sender" })
      const sent = (round: number) =>
        send(
          [0, 1, 2, 3].flatMap((partition) =>
            Array.from({ length: 25 }, (_, index) => ({
              topic,
              partition,
              key: null,
              value: bytes(`${round}.${partition}.${index}`)
            }))
          )
        )
      const readers: Array<KafkaReader> = []
      const open = (index: number, clientId: string) =>
        openReader(member(topic, clientId), {
          onRevoked: (epoch, consumer) => commitRead(readers[index], epoch, consumer)
        })
      for (const [round, clientId] of ["one", "two", "three"].entries()) {
        readers.push(yield* open(round, clientId))
        yield* sent(round)
        yield* until(`${round + 1} members share`, () => holdAll(readers, all([topic], 4)))
      }
      yield* readers[0]!.consumer.leave
      yield* sent(3)
      const values = () => readers.flatMap((reader) => reader.values())
      yield* until("everything came", () => values().length >= 400)
      assert.strictEqual(new Set(values()).size, 400)
      assert.strictEqual(values().length, 400)
      for (const reader of readers) assertOwnBatches(reader)
      assert.deepStrictEqual(
        readers.map((reader) => reader.losses()),
        [0, 0, 0],
        "nobody was put out"
      )
    })
  )

  it.effect("goes on where the listener says it stands with a kept partition", () =>
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const topic = yield* freshTopic(2)
      const { send } = yield* producer({ clientId: "sender" })
      yield* send([0, 1].map((partition) => ({ topic, partition, key: null, value: bytes(`first ${partition}`) })))
      const next = new Map<number, number>()
      const one = yield* openReader(member(topic, "one"), {
        onBatch: (batch) => next.set(batch.partition, batch.nextOffset),
        continueAt: ({ partition }: TopicPartition) => next.get(partition)
      })
      yield* until("2 records came", () => one.values().length >= 2)
      const two = yield* openReader(member(topic, "two"))
      yield* until("both hold a share", () => holdAll([one, two], all([topic], 2)))
      yield* send([0, 1].map((partition) => ({ topic, partition, key: null, value: bytes(`second ${partition}`) })))
      yield* until("the second records came", () => one.values().length >= 3 && two.values().length >= 2)
      const kept = Number(one.held()[0]!.split("/")[1])
      assert.deepStrictEqual(
        one.recordsOf(topic, kept).map((record) => text(record.value)),
        [`first ${kept}`, `second ${kept}`]
      )
    })
  )

  it.effect("hands over at once when a member leaves, after it gave back", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const one = yield* openReader(member(topic, "one"))
      const two = yield* openReader(member(topic, "two"))
      yield* until("both hold a share", () => holdAll([one, two], all([topic], 2)))
      const started = performance.now()
      yield* one.consumer.leave
      assert.deepStrictEqual(one.held(), [])
      assert.strictEqual(one.revoked.at(-1)?.epoch, one.epoch())
      yield* until("two holds all", () => holdAll([two], all([topic], 2)))
      assert.isBelow(performance.now() - started, 3_000)
      const closed = yield* Effect.flip(one.consumer.commit(one.epoch(), []))
      assert.strictEqual(closed.reason, "closed")
    })
  )

  it.effect("refuses to read a topic that does not exist", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(openReader(member("it-no-such-topic", "one")))
      assert.strictEqual(refused.reason, "notFound")
    })
  )
}
