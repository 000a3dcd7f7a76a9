import {
  ConfluentCodec,
  makeTopics,
  type RecordCodec,
  type RegistryUnavailable,
  type Topic,
  type TopicContract,
  type TopicPolicy,
  TopicsFile
} from "@millrace/contracts"
import { type ConsumedRecord, KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { DeadLetters, outgoing, Publisher } from "@millrace/runtime"
import { type Config, Deferred, Duration, Effect, Layer, Logger, Random, Schema } from "effect"

/** What the scenarios' records hold. */
export const Order = Schema.Struct({ id: Schema.String, n: Schema.Int })
export type Order = typeof Order.Type

const contract = (name: string): TopicContract<Order> => ({ name, value: Order, partitionKey: (key) => key })

/** The topics of one scenario: orders in three lanes, and what became of them. */
export interface OrderTopics {
  readonly group: string
  readonly orders: TopicContract<Order>
  readonly results: TopicContract<Order>
}

/** Topics that no other run uses. */
export const randomName: Effect.Effect<string> = Effect.gen(function* () {
  const letters = yield* Effect.forEach(Array(12).keys(), () => Random.nextIntBetween(97, 122))
  return `it-${String.fromCharCode(...letters)}`
})

export const orderTopics = (name: string): OrderTopics => ({
  group: `${name}-worker`,
  orders: contract(`${name}-orders`),
  results: contract(`${name}-results`)
})

const policy: TopicPolicy = {
  retry: {
    attempts: 3,
    backoff: "fixed",
    initial: Duration.millis(100),
    factor: 1,
    jitter: 0,
    cap: Duration.seconds(1)
  },
  timeout: Duration.seconds(10),
  concurrency: 20
}

const topic = (name: string, lanes: ReadonlyArray<"critical" | "high" | "low">): Topic => ({
  name,
  about: "a scenario",
  key: "id",
  partitionedBy: "id",
  lanes: lanes.map((lane) => ({
    name: lane,
    topic: lane === "high" ? name : `${name}.${lane}`,
    isDefault: lane === "high"
  })),
  defaultLane: "high",
  partitions: 3,
  replication: 1,
  keeping: { _tag: "Retained", retention: "forever" },
  maxMessageBytes: 1024 * 1024,
  policies: {},
  deadLetters: { topic: `${name}.dlq`, partitions: 1, retention: "forever" },
  records: []
})

/** Schema ids that are fixed: the registry has no part in the scenario. */
export const fixedIds: Layer.Layer<RecordCodec, Config.ConfigError | RegistryUnavailable> = ConfluentCodec.layerMemory

/** Kafka of the environment, with the scenario's topics, and `others` that it needs, made there. */
export const orderBench = ({ orders, results }: OrderTopics, codec = fixedIds, others: ReadonlyArray<Topic> = []) => {
  const own = [topic(orders.name, ["critical", "high", "low"]), topic(results.name, ["high"])]
  const topics = makeTopics([...own, ...others], policy)
  const created = Layer.effectDiscard(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      yield* admin.createTopics(topics.physicalTopics())
    })
  )
  return DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf("it-bench")),
    Layer.provideMerge(created),
    Layer.provideMerge(Layer.mergeAll(KafkaJsClient.layer, codec, TopicsFile.layerOf(topics))),
    Layer.provideMerge(Logger.layer([]))
  )
}

/** Publishes orders with these numbers. */
export const putOrders = (
  to: OrderTopics,
  numbers: ReadonlyArray<number>,
  options: { readonly keyOf: (n: number) => string; readonly laneOf?: (n: number) => string }
) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* publisher.publish(
      numbers.map((n) => {
        const key = options.keyOf(n)
        const lane = options.laneOf?.(n)
        return outgoing(to.orders, {
          key,
          value: { id: key, n },
          workspaceId: "ws-1",
          ...(lane === undefined ? {} : { lane })
        })
      })
    )
  })

/** The record that reports an order as done. */
export const done = (to: OrderTopics, order: Order) => ({
  publish: [outgoing(to.results, { key: order.id, value: order, workspaceId: "ws-1" })]
})

/** All records of a topic, read to the end that it has now. */
export const readAll = (topicName: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const kafka = yield* KafkaClient
      const ends = yield* kafka.admin.offsets(topicName)
      const left = new Map(ends.filter(({ end, start }) => end > start).map(({ end, partition }) => [partition, end]))
      const records: Array<ConsumedRecord> = []
      if (left.size === 0) return records
      const finished = yield* Deferred.make<void>()
      yield* kafka.consumer(
        { groupId: yield* randomName, clientId: "it-reader", topics: [{ topic: topicName, from: "beginning" }] },
        {
          onAssigned: () => Effect.void,
          onRevoked: () => Effect.void,
          onFailure: () => {},
          onBatch: (batch) => {
            records.push(...batch.records)
            if (batch.nextOffset >= (left.get(batch.partition) ?? 0)) left.delete(batch.partition)
            if (left.size === 0) Deferred.doneUnsafe(finished, Effect.void)
          }
        }
      )
      yield* Deferred.await(finished)
      return records
    })
  )

/** The orders in a topic, in the order of each partition. */
export const readOrders = (topicName: string) =>
  Effect.map(readAll(topicName), (records) =>
    records.map(({ value }) => JSON.parse(Buffer.from(value!.subarray(5)).toString()) as Order)
  )

/** Records below the group's committed offsets in a topic. */
export const committedRecords = (group: string, topicName: string) =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const commits = yield* admin.committed(group, [topicName])
    return commits.reduce((sum, { offset }) => sum + Math.max(0, offset), 0)
  })

/** Waits until a state is reached. */
export const until = <E, R>(state: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    while (!(yield* state)) yield* Effect.sleep("100 millis")
  })
