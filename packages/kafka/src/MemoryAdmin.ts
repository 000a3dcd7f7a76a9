import { Effect } from "effect"
import type { Admin, KafkaError } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import type { MemoryGroup } from "./MemoryGroup.ts"
import type { MemoryTopic } from "./MemoryLog.ts"

const describe = (topic: MemoryTopic) => ({
  topic: topic.name,
  partitions: topic.partitions.length,
  replication: topic.replication,
  config: { ...topic.config }
})

export const memoryAdmin = (broker: MemoryBroker, group: (groupId: string) => Effect.Effect<MemoryGroup>): Admin => {
  const answering = <A>(operation: string, answer: () => A): Effect.Effect<A, KafkaError> =>
    Effect.suspend(() =>
      broker.faults.available
        ? Effect.sync(answer)
        : Effect.fail(kafkaError(operation, "unavailable", "The broker was switched off by the test"))
    )
  const topic = (operation: string, name: string): Effect.Effect<MemoryTopic, KafkaError> =>
    answering(operation, () => broker.topics.get(name)).pipe(
      Effect.flatMap((found) =>
        found === undefined
          ? Effect.fail(kafkaError(operation, "notFound", `Topic ${name} does not exist`))
          : Effect.succeed(found)
      )
    )
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
    committed: (groupId, topics) =>
      answering(`committed offsets of ${groupId}`, () => group(groupId)).pipe(
        Effect.flatten,
        Effect.map((found) => [...found.committed.values()].filter((commit) => topics.includes(commit.topic)))
      )
  }
}
