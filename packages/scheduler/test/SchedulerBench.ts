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
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { DeadLetters, headerTexts, outgoing, Publisher, requestTimer } from "@millrace/runtime"
import { layerMemoryTimers } from "@millrace/store"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { ConfigProvider, Duration, Effect, Layer, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { runScheduler, type SchedulerTopics } from "../src/index.ts"

/** What delivered records hold. */
export const Order = Schema.Struct({ id: Schema.String, n: Schema.Int })
export type Order = typeof Order.Type

const contract = <A>(name: string, value: Schema.Codec<A, unknown>): TopicContract<A> => ({
  name,
  value,
  partitionKey: (key) => key
})

export const requests = contract("it-timers", TimerRecord)
/** Lanes high and low, written by `flow-runner`. */
export const orders = contract("it-orders", Order)
/** Written by another package. */
export const strangers = contract("it-strangers", Order)

const policy: TopicPolicy = {
  retry: {
    attempts: 3,
    backoff: "fixed",
    initial: Duration.seconds(1),
    factor: 1,
    jitter: 0,
    cap: Duration.minutes(1)
  },
  timeout: Duration.seconds(30),
  concurrency: 10
}

const topic = (name: string, records: ReadonlyArray<RecordKind>): Topic => ({
  ...{ name, about: "a test", key: "id", partitionedBy: "id", partitions: 3, replication: 1, policies: {}, records },
  lanes: [
    { name: "high", topic: name, isDefault: true },
    { name: "low", topic: `${name}.low`, isDefault: false }
  ],
  defaultLane: "high",
  keeping: { _tag: "Retained", retention: "forever" },
  maxMessageBytes: name === "it-timers" ? 64 * 1024 : 16 * 1024,
  deadLetters: { topic: `${name}.dlq`, partitions: 1, retention: "forever" }
})

const kind = (name: string, writer: string): RecordKind => ({ name, writer, readers: [] })
const topics = makeTopics(
  [
    topic("it-timers", [kind("FlowTimer", "flow-runner"), kind("TimerFired", "scheduler")]),
    topic("it-orders", [kind("Order", "flow-runner")]),
    topic("it-strangers", [kind("Order", "notifier")]),
    topic("it-unknown", [kind("Order", "flow-runner")])
  ],
  policy
)

export const schedulerTopics: SchedulerTopics = {
  group: "it-scheduler",
  requests,
  targets: [orders, strangers] as ReadonlyArray<TopicContract<unknown>>
}

const created = Layer.effectDiscard(
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics(topics.physicalTopics())
  })
)

/** Kafka and PostgreSQL in memory, with the test's topics. */
export const schedulerBench = DeadLetters.layer.pipe(
  Layer.provideMerge(Publisher.layerOf("it-bench")),
  Layer.provideMerge(created),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layerOf(topics))),
  Layer.provideMerge(layerMemoryTimers),
  Layer.provideMerge(Layer.sync(Health, makeHealthRegistry)),
  Layer.provideMerge(Logger.layer([]))
)

/** Starts an instance in the scope around it. */
export const scheduler = (instance: string, settings: Readonly<Record<string, string>> = {}) =>
  runScheduler(schedulerTopics).pipe(
    Effect.provide(
      ConfigProvider.layer(
        ConfigProvider.fromEnv({ env: { INSTANCE: instance, SCHEDULER_POLL: "1 hour", ...settings } })
      )
    )
  )

interface OrderTimer {
  readonly dueAtMs: number
  readonly n?: number
  readonly lane?: string
  readonly revision?: number
  readonly skipWhenLaterMs?: number
}

/** A request as its owner makes it, on the test's topic. */
export const orderTimer = Effect.fnUntraced(function* (timerId: string, { n = 1, lane, ...timer }: OrderTimer) {
  const record = outgoing(orders, {
    key: `key of ${timerId}`,
    value: { id: timerId, n },
    workspaceId: "ws-1",
    ...(lane === undefined ? {} : { lane })
  })
  const request = yield* requestTimer({ owner: "flow-runner", timerId, ...timer }, record)
  return { ...request, contract: requests as TopicContract<unknown> }
})

/** Asks for an order to be delivered. */
export const ask = Effect.fnUntraced(function* (timerId: string, timer: OrderTimer) {
  const publisher = yield* Publisher
  yield* publisher.publish([yield* orderTimer(timerId, timer)])
})

/** Runs what can run without time passing. */
export const settle = Effect.gen(function* () {
  for (let round = 0; round < 100; round++) yield* Effect.yieldNow
  yield* TestClock.adjust(0)
  for (let round = 0; round < 100; round++) yield* Effect.yieldNow
})

/** All records of a physical topic, decoded. */
export const recordsOf = Effect.fnUntraced(function* <A>(physicalTopic: string, schema: Schema.Codec<A, unknown>) {
  const control = yield* MemoryKafkaControl
  const records = yield* control.records(physicalTopic)
  return records.map(({ value, headers, key }) => ({
    key: Buffer.from(key!).toString(),
    value: Schema.decodeUnknownSync(schema)(JSON.parse(Buffer.from(value!.subarray(5)).toString())),
    headers: headerTexts(headers)
  }))
})

/** What was delivered to the orders' default lane, and the firings that were told. */
export const delivered = recordsOf("it-orders", Order)
export const firings = Effect.map(recordsOf("it-timers", TimerRecord), (records) =>
  records.flatMap(({ value }) => (value._tag === "TimerFired" ? [value] : []))
)
