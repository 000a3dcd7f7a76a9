import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { outgoing, Publisher } from "@millrace/runtime"
import { ConfigProvider, Context, Effect, Exit, Layer, Logger, Scope } from "effect"
import { type BenchTopic, contractOf, keyOf, orderOf, topicsOf } from "./records.ts"

const lot = 2_000

/** The environment as it is now: the servers' addresses came into it after the start of this process. */
const environment = Layer.unwrap(Effect.sync(() => ConfigProvider.layer(ConfigProvider.fromEnv())))

const services = (topics: ReadonlyArray<BenchTopic>) =>
  Publisher.layerOf("bench-fill").pipe(
    Layer.provideMerge(
      Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layerMemory, TopicsFile.layerOf(topicsOf(topics)))
    ),
    Layer.provideMerge(Logger.layer([])),
    Layer.provide(environment)
  )

/** Makes the topic at the broker, with all its lanes. */
export const makeTopic = (topic: BenchTopic): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      yield* admin.createTopics(topicsOf([topic]).physicalTopics())
    }).pipe(Effect.provide(services([topic])))
  )

/** Makes the topic at the broker and publishes records 0 to `records`, in the order of each key. */
export const fillTopic = (topic: BenchTopic, records: number, keys: number, lane?: string): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      const publisher = yield* Publisher
      yield* admin.createTopics(topicsOf([topic]).physicalTopics())
      const contract = contractOf(topic)
      const lots = Array.from({ length: Math.ceil(records / lot) }, (_, index) => index * lot)
      yield* Effect.forEach(
        lots,
        (from) =>
          publisher.publish(
            Array.from({ length: Math.min(lot, records - from) }, (_, index) =>
              outgoing(contract, {
                key: keyOf(from + index, keys),
                value: orderOf(from + index),
                workspaceId: "bench",
                ...(lane === undefined ? {} : { lane })
              })
            )
          ),
        { concurrency: 4, discard: true }
      )
    }).pipe(Effect.provide(services([topic])))
  )

/** Records below a group's committed offsets, as the broker knows them. */
export const committedRecords = (group: string, physicalTopic: string): Promise<number> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      const commits = yield* admin.committed(group, [physicalTopic])
      return commits.reduce((sum, { offset }) => sum + Math.max(0, offset), 0)
    }).pipe(Effect.provide(KafkaJsClient.layer.pipe(Layer.provideMerge(Logger.layer([])), Layer.provide(environment))))
  )

/** Publishes records 0, 1, … of a topic one by one at a pace, each with a key of its own, until it is stopped. */
export interface Publishing {
  /** Returns how many records the broker has. */
  readonly stop: () => Promise<number>
}

export const startPublisher = async (topic: BenchTopic, ratePerSecond: number): Promise<Publishing> => {
  const scope = Scope.makeUnsafe()
  const running = await Effect.runPromise(Layer.buildWithScope(services([topic]), scope))
  const publisher = Context.get(running, Publisher)
  const contract = contractOf(topic)
  let next = 0
  let stopped = false
  const publishing = (async () => {
    const startedAt = performance.now()
    while (!stopped) {
      const due = Math.floor(((performance.now() - startedAt) * ratePerSecond) / 1_000)
      const lot = Array.from({ length: Math.max(0, due - next) }, (_, index) =>
        outgoing(contract, { key: `k${next + index}`, value: orderOf(next + index), workspaceId: "bench" })
      )
      await Effect.runPromise(publisher.publish(lot))
      next += lot.length
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Effect.runPromise(Scope.close(scope, Exit.void))
    return next
  })()
  return {
    stop: () => {
      stopped = true
      return publishing
    }
  }
}
