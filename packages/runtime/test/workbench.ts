import {
  ConfluentCodec,
  makeTopics,
  type RetryPolicy,
  type Topic,
  type TopicContract,
  type TopicPolicy,
  type Topics,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { Duration, Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetters, type HandlerFailure, type Outcome, outgoing, Publisher } from "../src/index.ts"

/** What test records hold. */
export const Order = Schema.Struct({ id: Schema.String, n: Schema.Int })
export type Order = typeof Order.Type

const contract = (name: string): TopicContract<Order> => ({ name, value: Order, partitionKey: (key) => key })

/** Three lanes; records that wait for long are parked. */
export const orders = contract("it-orders")
/** One lane, for outcomes. */
export const results = contract("it-results")
/** Compacted. */
export const stock = contract("it-stock")
/** One lane, one partition. */
export const ticks = contract("it-ticks")

export const retry: RetryPolicy = {
  attempts: 3,
  backoff: "exponential",
  initial: Duration.seconds(1),
  factor: 2,
  jitter: 0,
  cap: Duration.minutes(1)
}
const policy: TopicPolicy = { retry, timeout: Duration.seconds(30), concurrency: 10 }

const topic = (name: string, lanes: ReadonlyArray<"critical" | "high" | "low">, partitions: number): Topic => ({
  name,
  about: "a test",
  key: "id",
  partitionedBy: "id",
  lanes: lanes.map((lane) => ({
    name: lane,
    topic: lane === "high" ? name : `${name}.${lane}`,
    isDefault: lane === "high"
  })),
  defaultLane: "high",
  partitions,
  replication: 1,
  keeping: { _tag: "Retained", retention: "forever" },
  maxMessageBytes: 1024 * 1024,
  policies: {},
  deadLetters: { topic: `${name}.dlq`, partitions: 1, retention: "forever" },
  records: []
})

export const testTopics = makeTopics(
  [
    { ...topic("it-orders", ["critical", "high", "low"], 3), parkedTopic: "it-orders.parked" },
    topic("it-results", ["high"], 3),
    topic("it-stock", ["high"], 3),
    topic("it-ticks", ["high"], 1),
    topic("dead-letter-marks", ["high"], 3)
  ],
  policy
)

const created = (topics: Topics) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      yield* admin.createTopics(topics.physicalTopics())
    })
  )

/** Kafka in memory with these topics, the codec, publisher and dead letters. */
export const workbenchOf = (topics: Topics) =>
  DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf("it-workbench")),
    Layer.provideMerge(created(topics)),
    Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layerOf(topics)))
  )

/** The same with the tests' own topics. */
export const workbench = workbenchOf(testTopics)

/** Publishes an order. */
export const put = (
  to: TopicContract<Order>,
  key: string,
  n: number,
  options: { readonly lane?: string; readonly headers?: Readonly<Record<string, string>> } = {}
) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* publisher.publish([outgoing(to, { key, value: { id: key, n }, workspaceId: "ws-1", ...options })])
  })

/** A failure of a given kind. */
export const failure = (
  kind: HandlerFailure["kind"],
  message = `a ${kind} failure`,
  retryAfterMs?: number
): HandlerFailure => ({
  _tag: "TestFailure",
  kind,
  message,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs })
})

/** A result published by a handler. */
export const result = (key: string, n: number): Outcome => ({
  publish: [outgoing(results, { key, value: { id: key, n }, workspaceId: "ws-1" })]
})

/** Runs what can run without time passing. */
export const settle = Effect.gen(function* () {
  for (let round = 0; round < 50; round++) yield* Effect.yieldNow
  yield* TestClock.adjust(0)
  for (let round = 0; round < 50; round++) yield* Effect.yieldNow
})

/** Values of all records of a physical topic. */
export const valuesOf = (physicalTopic: string) =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const records = yield* control.records(physicalTopic)
    return records.map((record) =>
      record.value === null ? null : (JSON.parse(Buffer.from(record.value.subarray(5)).toString()) as Order)
    )
  })

/** Sum of the committed offsets of a group in a topic. */
export const committedRecords = (groupId: string, physicalTopic: string) =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const commits = yield* admin.committed(groupId, [physicalTopic])
    return commits.reduce((sum, { offset }) => sum + Math.max(0, offset), 0)
  })
