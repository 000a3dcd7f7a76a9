import {
  ConfluentCodec,
  partitionOf,
  RecordCodec,
  type TopicContract,
  TopicsFile,
  topicContracts
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { History } from "../src/index.ts"

/** All topics of topics.yaml in a broker in memory, and the history of them. */
export const historyLayer = History.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
)

export const createTopics = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const topics = yield* TopicsFile
  const codec = yield* RecordCodec
  yield* codec.prepare(topicContracts as ReadonlyArray<TopicContract<unknown>>)
  yield* admin.createTopics(topics.physicalTopics().map((topic) => ({ ...topic, replication: 1 })))
})

export interface Written<A> {
  readonly key: string
  readonly value: A | null
  readonly workspaceId?: string
  readonly lane?: string
}

/** Writes a record now, by the test's clock. */
export const write = Effect.fnUntraced(function* <A>(contract: TopicContract<A>, record: Written<A>) {
  const { producer } = yield* KafkaClient
  const topics = yield* TopicsFile
  const codec = yield* RecordCodec
  const topic = topics.topic(contract.name)!
  const lane = topic.lanes.find(({ isDefault, name }) =>
    record.lane === undefined ? isDefault : name === record.lane
  )!
  const value = record.value === null ? null : Result.getOrThrow(codec.encode(contract, record.value))
  const { send } = yield* producer({ clientId: "test" })
  yield* send([
    {
      topic: lane.topic,
      partition: partitionOf(contract, record.key, topic.partitions),
      key: new TextEncoder().encode(record.key),
      value,
      headers: { "workspace-id": record.workspaceId ?? "w1" }
    }
  ])
}, Effect.scoped)

/** Writes a record at a wall time. */
export const writeAt = <A>(atMs: number, contract: TopicContract<A>, record: Written<A>) =>
  Effect.andThen(TestClock.setTime(atMs), write(contract, record))
