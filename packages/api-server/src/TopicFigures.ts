import { lagOf } from "@millrace/administration"
import type { TopicInfo } from "@millrace/api"
import { type Topic, TopicsFile, topicContracts } from "@millrace/contracts"
import { KafkaClient, type KafkaError } from "@millrace/kafka"
import { ServiceConfig } from "@millrace/runtime"
import { Context, Duration, Effect, Layer } from "effect"

/** Topics of the installation itself: switches of the workers, reports of processes, marks of dead letters. */
const systemTopics: ReadonlySet<string> = new Set(["controls", "service-reports", "dead-letter-marks"])

/** Whether only administrators of the installation see the records of a topic. */
export const isSystemTopic = (topic: string): boolean => systemTopics.has(topic)

/** Figures are this old at most: they are the same for everybody who asks. */
const keptFor = "3 seconds"
const asked = 6

/** What lies in the topics, and how far their groups are behind. */
export class TopicFigures extends Context.Service<
  TopicFigures,
  {
    /** In the order of topics.yaml, without topics that the broker does not have. Fails with `KafkaError`. */
    readonly all: Effect.Effect<ReadonlyArray<TopicInfo>, KafkaError>
  }
>()("@millrace/api-server/TopicFigures") {
  static readonly layer = Layer.effect(
    TopicFigures,
    Effect.gen(function* () {
      const services = yield* Effect.context<KafkaClient | TopicsFile>()
      const { instance } = yield* ServiceConfig
      return TopicFigures.of({
        all: yield* Effect.cachedWithTTL(Effect.provideContext(readAll(instance), services), keptFor)
      })
    })
  )
}

const readAll = Effect.fnUntraced(function* (instance: string) {
  const topics = yield* TopicsFile
  const { admin } = yield* KafkaClient
  const present = new Set(yield* admin.listTopics)
  const lags = yield* lagOf(instance)
  const there = topics.all.filter(({ lanes }) => lanes.every(({ topic }) => present.has(topic)))
  return yield* Effect.forEach(
    there,
    (topic) =>
      Effect.gen(function* () {
        const lanes = yield* Effect.forEach(topic.lanes, ({ isDefault, name, topic: physical }) =>
          Effect.map(admin.offsets(physical), (bounds) => ({
            lane: name,
            topic: physical,
            isDefault,
            partitions: bounds.length,
            records: bounds.reduce((sum, { end, start }) => sum + end - start, 0)
          }))
        )
        const names = new Set(topic.lanes.map((lane) => lane.topic))
        const lag = lags
          .filter((one) => names.has(one.topic))
          .map(({ group, lagRecords, lane }) => ({ group, lane, lag: lagRecords }))
        return { ...declaredOf(topic), lanes, lag }
      }),
    { concurrency: asked }
  )
})

const declaredOf = ({ keeping, ...topic }: Topic): Omit<TopicInfo, "lanes" | "lag"> => ({
  topic: topic.name,
  about: topic.about,
  key: topic.key,
  partitionedBy: topic.partitionedBy,
  system: isSystemTopic(topic.name),
  hasSchema: topicContracts.some(({ name }) => name === topic.name),
  kinds: topic.records,
  compacted: keeping._tag === "Compacted",
  ...(keeping._tag === "Retained" && keeping.retention !== "forever"
    ? { retentionMs: Duration.toMillis(keeping.retention) }
    : {}),
  ...(topic.parkedTopic === undefined ? {} : { parkedTopic: topic.parkedTopic }),
  deadLetterTopic: topic.deadLetters.topic
})
