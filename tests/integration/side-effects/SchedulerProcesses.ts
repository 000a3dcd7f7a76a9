import {
  ConfluentCodec,
  makeTopics,
  type RecordKind,
  TimerRecord,
  type Topic,
  type TopicContract,
  type TopicPolicy,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { DeadLetters, Publisher } from "@millrace/runtime"
import type { SchedulerTopics } from "@millrace/scheduler"
import { layerDatabase, layerPgTimers } from "@millrace/store"
import { Duration, Effect, Layer, Logger, Schema } from "effect"
import { databaseUrl } from "./database.ts"

/** What the scenario's records hold. */
export const Order = Schema.Struct({ id: Schema.String, n: Schema.Int })
export type Order = typeof Order.Type

const contract = <A>(name: string, value: Schema.Codec<A, unknown>): TopicContract<A> => ({
  name,
  value,
  partitionKey: (key) => key
})

/** Orders that are delivered, written on behalf of `flow-runner`. */
export const ordersOf = (name: string) => contract(`${name}-orders`, Order)

/** Topics of one scenario. */
export const schedulerTopics = (name: string): SchedulerTopics => ({
  group: `${name}-scheduler`,
  requests: contract(`${name}-timers`, TimerRecord),
  targets: [ordersOf(name) as TopicContract<unknown>]
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

const kind = (name: string, writer: string): RecordKind => ({ name, writer, readers: [] })

const topic = (name: string, records: ReadonlyArray<RecordKind>): Topic => ({
  ...{
    name,
    about: "a scenario",
    key: "id",
    partitionedBy: "id",
    partitions: 3,
    replication: 1,
    policies: {},
    records
  },
  lanes: [{ name: "normal", topic: name, isDefault: true }],
  defaultLane: "normal",
  keeping: { _tag: "Retained", retention: "forever" },
  maxMessageBytes: 1024 * 1024,
  deadLetters: { topic: `${name}.dlq`, partitions: 1, retention: "forever" }
})

/** Kafka and PostgreSQL of the environment, with the scenario's topics; its tables are in the schema of its name. */
export const schedulerBench = (name: string) => {
  const schema = name.replaceAll("-", "_")
  const topics = makeTopics(
    [
      topic(`${name}-timers`, [kind("FlowTimer", "flow-runner"), kind("TimerFired", "scheduler")]),
      topic(`${name}-orders`, [kind("Order", "flow-runner")])
    ],
    policy
  )
  const created = Layer.effectDiscard(KafkaClient.use(({ admin }) => admin.createTopics(topics.physicalTopics())))
  const database = Layer.unwrap(Effect.map(databaseUrl, (url) => layerDatabase({ url, schema, maxConnections: 5 })))
  return DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf("it-scheduler")),
    Layer.provideMerge(created),
    Layer.provideMerge(Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layerMemory, TopicsFile.layerOf(topics))),
    Layer.provideMerge(layerPgTimers.pipe(Layer.provide(database))),
    Layer.provideMerge(Logger.layer([]))
  )
}
