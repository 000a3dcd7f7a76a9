import { Effect } from "effect"
import type { Admin, KafkaError } from "./KafkaClient.ts"
import { aboveEnd, kafkaError, noPartition } from "./KafkaErrors.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import type { MemoryGroup } from "./MemoryGroup.ts"
import type { MemoryLink } from "./MemoryLink.ts"
import type { MemoryLog, MemoryTopic } from "./MemoryLog.ts"
import { clampOffset } from "./PartitionBounds.ts"

const defaultReadBytes = 1_048_576

const describe = (topic: MemoryTopic) => ({
  topic: topic.name,
  partitions: topic.partitions.length,
  replication: topic.replication,
  config: { ...topic.config }
})

export const memoryAdmin = (broker: MemoryBroker, link: MemoryLink, group: (groupId: string) => MemoryGroup): Admin => {
  const answering = <A>(operation: string, answer: () => A): Effect.Effect<A, KafkaError> =>
    link.request("admin", operation, Effect.sync(answer))
  const topic = (operation: string, name: string): Effect.Effect<MemoryTopic, KafkaError> =>
    answering(operation, () => broker.topics.get(name)).pipe(
      Effect.flatMap((found) =>
        found === undefined
          ? Effect.fail(kafkaError(operation, "notFound", `Topic ${name} does not exist`))
          : Effect.succeed(found)
      )
    )
  const log = (operation: string, name: string, partition: number): Effect.Effect<MemoryLog, KafkaError> =>
    Effect.flatMap(topic(operation, name), ({ partitions }) => {
      const found = partitions[partition]
      return found === undefined
        ? Effect.fail(kafkaError(operation, "invalid", noPartition(name, partitions.length, partition)))
        : Effect.succeed(found)
    })
  return {
    listTopics: answering("list topics", () => [...broker.topics.keys()].sort()),
    describeTopics: (topics) =>
      Effect.forEach(topics, (name) => Effect.map(topic(`describe topic ${name}`, name), describe)),
    createTopics: (topics) =>
      answering("create topics", () => {
        for (const description of topics) broker.createTopic(description)
      }),
    alterTopicConfig: (name, config) =>
      Effect.map(topic(`alter topic ${name}`, name), (found) => {
        found.config = { ...found.config, ...config }
      }),
    deleteTopics: (topics) =>
      answering("delete topics", () => {
        for (const name of topics) broker.topics.delete(name)
      }),
    offsets: (name) =>
      Effect.map(topic(`offsets of ${name}`, name), (found) =>
        found.partitions.map((log, partition) => ({ partition, start: log.startOffset, end: log.endOffset }))
      ),
    offsetsAt: (name, timestampMs) =>
      Effect.map(topic(`offsets of ${name}`, name), (found) =>
        found.partitions.map((log, partition) => ({ partition, offset: log.offsetAt(timestampMs) }))
      ),
    read: ({ topic: name, partition, offset, maxBytes }) =>
      Effect.map(log(`read ${name}/${partition}`, name, partition), (found) => {
        const [startOffset, endOffset] = [found.startOffset, found.endOffset]
        const from = clampOffset(offset, { start: startOffset, end: endOffset })
        return { ...found.read(from, maxBytes ?? defaultReadBytes), startOffset, endOffset, highWatermark: endOffset }
      }),
    deleteRecords: (name, below) =>
      Effect.gen(function* () {
        const operation = `delete records of ${name}`
        for (const { partition, offset } of below) {
          const found = yield* log(operation, name, partition)
          if (offset > found.endOffset) {
            return yield* kafkaError(operation, "invalid", aboveEnd(partition, offset, found.endOffset))
          }
        }
        for (const { partition, offset } of below) (yield* log(operation, name, partition)).deleteBelow(offset)
      }),
    committed: (groupId, topics) =>
      answering(`committed offsets of ${groupId}`, () =>
        [...group(groupId).committed.values()].filter((commit) => topics.includes(commit.topic))
      )
  }
}
