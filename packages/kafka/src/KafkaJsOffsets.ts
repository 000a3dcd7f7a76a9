// Foreign boundary: promises of kafkajs's brokers.
import { Effect, Schedule } from "effect"
import type { AssignedPartition, ConsumerListener, ConsumerOptions, KafkaError, TopicPartition } from "./KafkaClient.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import { isAnswer } from "./KafkaJsErrors.ts"
import { byTopic, type KafkaJsMember } from "./KafkaJsMember.ts"
import type { Cluster } from "./KafkaJsProtocol.ts"
import { clampOffset, type PartitionBounds, partitionKey } from "./PartitionBounds.ts"

const readCommitted = 1
const earliest = "-2"
const latest = "-1"

/** Start and end (of what committed reading sees) of each partition, asked of their leaders. */
export const boundsOf = (
  link: ClusterLink,
  partitions: ReadonlyArray<TopicPartition>
): Effect.Effect<ReadonlyMap<string, PartitionBounds>, KafkaError> =>
  askLeaders(link, partitions, (cluster) => askBounds(cluster, partitions))

/** Offset of the first record at or after a time, in milliseconds; partitions without one are left out. */
export const offsetsAtTime = (
  link: ClusterLink,
  partitions: ReadonlyArray<TopicPartition>,
  timestampMs: number
): Effect.Effect<ReadonlyMap<string, number>, KafkaError> =>
  askLeaders(link, partitions, async (cluster) => {
    // The broker takes negative times for its own words: the start, the end.
    const found = await listOffsets(cluster, partitions, String(Math.max(0, Math.ceil(timestampMs))))
    return new Map([...found].filter(([, offset]) => offset >= 0))
  })

/** A broker hears that it leads a new or moved partition a moment after the others have told so. */
const untilLeadersKnow = Schedule.exponential("30 millis").pipe(Schedule.upTo({ times: 6 }))

/** Asks leaders again when they have moved, for some two seconds. */
const askLeaders = <A>(
  link: ClusterLink,
  partitions: ReadonlyArray<TopicPartition>,
  request: (cluster: Cluster) => Promise<ReadonlyMap<string, A>>
): Effect.Effect<ReadonlyMap<string, A>, KafkaError> => {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const ask = link.use(`offsets of ${topics.join(", ")}`, async (cluster) => {
    if (topics.length === 0) return new Map<string, A>()
    await cluster.addMultipleTargetTopics(topics)
    try {
      return await request(cluster)
    } catch (cause) {
      // Leaders move, and kafkajs looks them up again only when their age is up: a broker that says so must be believed.
      if (isAnswer(cause)) await cluster.refreshMetadata()
      throw cause
    }
  })
  const moved = (error: KafkaError) => isAnswer(error.cause)
  return ask.pipe(
    Effect.retry({ times: 1, while: moved }),
    Effect.retry({ schedule: untilLeadersKnow, while: (error) => error.reason === "unavailable" && moved(error) })
  )
}

const askBounds = async (
  cluster: Cluster,
  partitions: ReadonlyArray<TopicPartition>
): Promise<ReadonlyMap<string, PartitionBounds>> => {
  const [starts, ends] = await Promise.all([
    listOffsets(cluster, partitions, earliest),
    listOffsets(cluster, partitions, latest)
  ])
  return new Map([...starts].map(([key, start]) => [key, { start, end: ends.get(key) ?? start }]))
}

const listOffsets = async (
  cluster: Cluster,
  partitions: ReadonlyArray<TopicPartition>,
  timestamp: string
): Promise<ReadonlyMap<string, number>> => {
  const byLeader = new Map<number, Array<TopicPartition>>()
  for (const one of partitions) {
    const found = cluster.findTopicPartitionMetadata(one.topic).find(({ partitionId }) => partitionId === one.partition)
    byLeader.set(found?.leader ?? -1, [...(byLeader.get(found?.leader ?? -1) ?? []), one])
  }
  const answers = await Promise.all(
    [...byLeader].map(async ([nodeId, led]) => {
      const broker = await cluster.findBroker({ nodeId })
      const topics = byTopic(led, ({ partition }) => ({ partition, timestamp }))
      return (await broker.listOffsets({ isolationLevel: readCommitted, topics })).responses
    })
  )
  return new Map(
    answers
      .flat()
      .flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [partitionKey({ topic, partition }), Number(offset)] as const)
      )
  )
}

/** Works out where reading of each partition starts; the listener's word comes first, then the commit, then `from`. */
export const describePartitions = (
  link: ClusterLink,
  member: KafkaJsMember,
  options: ConsumerOptions,
  listener: ConsumerListener,
  partitions: ReadonlyArray<TopicPartition>
): Effect.Effect<ReadonlyArray<AssignedPartition>, KafkaError> =>
  Effect.gen(function* () {
    const [commits, bounds] = yield* Effect.all([member.committed(partitions), boundsOf(link, partitions)], {
      concurrency: 2
    })
    const committed = new Map(commits.map((commit) => [partitionKey(commit), commit]))
    return partitions.map((one) => {
      const { start, end } = bounds.get(partitionKey(one)) ?? { start: 0, end: 0 }
      const commit = committed.get(partitionKey(one))
      const from = options.topics.find(({ topic }) => topic === one.topic)?.from ?? "committed"
      const wanted = listener.continueAt?.(one) ?? { committed: commit?.offset ?? start, beginning: start, end }[from]
      return {
        topic: one.topic,
        partition: one.partition,
        committed: commit === undefined ? undefined : { offset: commit.offset, metadata: commit.metadata },
        startOffset: clampOffset(wanted, { start, end }),
        endOffset: end
      }
    })
  })
