import { ConfluentCodec, makeTopics, type Topic, TopicsFile } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { Publisher } from "@millrace/runtime"
import { ConfigProvider, Effect, Layer } from "effect"
import { apiWorldOn } from "../../packages/api-server/test/apiWorld.ts"
import { randomName } from "./delivery/Orders.ts"

/** Known by their plain names, whoever runs beside: what is in them is told apart by its key. */
const shared: ReadonlySet<string> = new Set(["dead-letter-marks", "service-reports"])

/** The topics of topics.yaml under names at the broker that no other run uses, with few partitions. */
const ownNames = (topic: Topic, prefix: string): Topic => ({
  ...topic,
  partitions: Math.min(topic.partitions, 3),
  replication: 1,
  lanes: topic.lanes.map((lane) => ({ ...lane, topic: `${prefix}.${lane.topic}` })),
  deadLetters: { ...topic.deadLetters, topic: `${prefix}.${topic.deadLetters.topic}` },
  ...(topic.parkedTopic === undefined ? {} : { parkedTopic: `${prefix}.${topic.parkedTopic}` })
})

const topics = Layer.effect(
  TopicsFile,
  Effect.gen(function* () {
    const declared = yield* TopicsFile
    const prefix = yield* randomName
    const all = declared.all.map((topic) => (shared.has(topic.name) ? topic : ownNames(topic, prefix)))
    const own = makeTopics(all, declared.policyOf("none"))
    return TopicsFile.of({
      ...declared,
      ...own,
      declared: (name) => Effect.map(declared.declared(name), () => own.topic(name)!)
    })
  })
).pipe(Layer.provide(TopicsFile.layer))

const created = Layer.effectDiscard(
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics((yield* TopicsFile).physicalTopics())
  })
)

/** The API as a server of its own on the broker of the environment, its members in memory. */
export const apiOnBroker = apiWorldOn(
  Publisher.layerOf("it-api").pipe(
    Layer.provideMerge(created),
    Layer.provideMerge(Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layerMemory, topics)),
    // The server's own settings are none of the environment's; the broker's are.
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv()))
  )
)
