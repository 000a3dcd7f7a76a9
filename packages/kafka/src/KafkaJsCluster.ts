// Foreign boundary: kafkajs's cluster, below its consumer and producer, whose loops are not used (README).
import { Effect } from "effect"
import kafkajs, { type KafkaConfig as KafkaJsConfig } from "kafkajs"
import type { KafkaError } from "./KafkaClient.ts"
import { errorTypeOf, isAnswer, toKafkaError } from "./KafkaJsErrors.ts"
import { type Cluster, closeConnection, type PartitionMetadata } from "./KafkaJsProtocol.ts"

/** kafkajs gives its cluster to every assigner's factory: the one public way to it. */
const newCluster = (config: KafkaJsConfig): Cluster => {
  let found: unknown
  new kafkajs.Kafka(config).consumer({
    groupId: "not joined",
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: "unused",
          version: 1,
          assign: async () => [],
          protocol: () => ({ name: "unused", metadata: Buffer.alloc(0) })
        }
      }
    ]
  })
  return found as Cluster
}

/** Partitions of a topic; none when the broker does not know it. */
export type TopicLookup = (topic: string) => ReadonlyArray<PartitionMetadata>

const unknownTopic = "UNKNOWN_TOPIC_OR_PARTITION"

/**
 * A cluster that is opened when first used, and anew after its connections broke: kafkajs does not recover from every
 * broker's end by itself.
 */
export class ClusterLink {
  private readonly config: KafkaJsConfig
  private readonly topics = new Set<string>()
  private opening: Promise<Cluster> | undefined
  private closed = false

  constructor(config: KafkaJsConfig, topics: ReadonlyArray<string>) {
    this.config = config
    for (const topic of topics) this.topics.add(topic)
  }

  /** Runs a request; a failure that is no answer of the broker gives up the connections, for the next call to open. */
  readonly use = <A>(operation: string, request: (cluster: Cluster) => Promise<A>): Effect.Effect<A, KafkaError> =>
    Effect.tryPromise({
      try: async () => {
        const opening = this.open()
        try {
          return await request(await opening)
        } catch (cause) {
          if (!isAnswer(cause)) this.discard(opening)
          throw cause
        }
      },
      catch: toKafkaError(operation)
    })

  /** Looks all known topics up again; what they are then is the answer's to tell. */
  readonly refresh: Effect.Effect<TopicLookup, KafkaError> = Effect.suspend(() =>
    this.use("look up topics", async (cluster) => {
      try {
        await cluster.refreshMetadata()
      } catch (cause) {
        // One topic that is gone makes kafkajs refuse them all; a cluster opened anew passes over it.
        if (errorTypeOf(cause) === unknownTopic) this.discardCurrent()
        throw cause
      }
      return (topic) => cluster.findTopicPartitionMetadata(topic)
    })
  )

  /** Makes sure that the topics are known; fails with `notFound` when the broker does not know one. */
  readonly know = (topics: ReadonlyArray<string>): Effect.Effect<TopicLookup, KafkaError> =>
    this.use(`look up ${topics.join(", ")}`, async (cluster) => {
      await cluster.addMultipleTargetTopics(topics)
      for (const topic of topics) this.topics.add(topic)
      return (topic) => cluster.findTopicPartitionMetadata(topic)
    })

  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.closed = true
    this.discardCurrent()
  })

  private open(): Promise<Cluster> {
    if (this.closed) return Promise.reject(new Error("The client is closed"))
    this.opening ??= this.connect()
    return this.opening
  }

  private async connect(): Promise<Cluster> {
    const cluster = newCluster(this.config)
    try {
      await cluster.connect()
      await addTopics(cluster, [...this.topics])
      await cluster.refreshMetadataIfNecessary()
      return cluster
    } catch (cause) {
      this.opening = undefined
      release(cluster)
      throw cause
    }
  }

  private discardCurrent(): void {
    if (this.opening !== undefined) this.discard(this.opening)
  }

  private discard(opening: Promise<Cluster>): void {
    if (this.opening === opening) this.opening = undefined
    opening.then(release, () => {})
  }
}

/** Leaves out a topic that is gone. */
const addTopics = async (cluster: Cluster, topics: ReadonlyArray<string>): Promise<void> => {
  if (topics.length === 0) return
  try {
    await cluster.addMultipleTargetTopics(topics)
  } catch (cause) {
    if (errorTypeOf(cause) !== unknownTopic) throw cause
    if (topics.length === 1) return
    for (const topic of topics) await addTopics(cluster, [topic])
  }
}

const release = (cluster: Cluster): void => {
  const brokers = [...Object.values(cluster.brokerPool.brokers), cluster.brokerPool.seedBroker]
  for (const broker of brokers) for (const connection of broker?.connectionPool.pool ?? []) closeConnection(connection)
  cluster.disconnect().catch(() => {})
}
