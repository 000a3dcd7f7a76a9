// Foreign boundary: kafkajs's admin client, which speaks in promises.
import { type Context, Effect, Schedule, type Scope } from "effect"
import kafkajs, { Kafka, type Admin as KafkaJsAdminClient } from "kafkajs"
import type { Admin, KafkaError, TopicDescription } from "./KafkaClient.ts"
import type { KafkaSettings } from "./KafkaConfig.ts"
import { aboveEnd, kafkaError } from "./KafkaErrors.ts"
import { ClusterLink } from "./KafkaJsCluster.ts"
import { isAnswer, toKafkaError } from "./KafkaJsErrors.ts"
import { boundsOf, offsetsAtTime } from "./KafkaJsOffsets.ts"
import { KafkaJsReader } from "./KafkaJsReader.ts"
import { kafkaJsConfig } from "./KafkaJsSettings.ts"
import { partitionKey } from "./PartitionBounds.ts"

const clientId = "millrace-admin"

/** The coordinator of a group moves with its broker, and is not there yet on a fresh one. */
const askAgain = <A>(request: Effect.Effect<A, KafkaError>): Effect.Effect<A, KafkaError> =>
  Effect.retry(request, {
    schedule: Schedule.exponential("50 millis").pipe(Schedule.upTo({ times: 6 })),
    while: ({ reason }) => reason === "unavailable"
  })

/** A broker hears of a topic after the controller has made it: at once, or after seconds where the machine is busy. */
const untilKnown = <A>(request: Effect.Effect<A, KafkaError>): Effect.Effect<A, KafkaError> =>
  Effect.retry(request, {
    schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "20 seconds" })),
    while: ({ reason }) => reason === "notFound"
  })

/** kafkajs's admin, connected when first used, and anew after its connection broke. */
class AdminLink {
  private readonly kafka: Kafka
  private opening: Promise<KafkaJsAdminClient> | undefined

  constructor(kafka: Kafka) {
    this.kafka = kafka
  }

  readonly use = <A>(
    operation: string,
    request: (admin: KafkaJsAdminClient) => Promise<A>
  ): Effect.Effect<A, KafkaError> =>
    Effect.tryPromise({
      try: async () => {
        this.opening ??= this.open()
        const opening = this.opening
        try {
          return await request(await opening)
        } catch (cause) {
          if (!isAnswer(cause) && this.opening === opening) this.drop()
          throw cause
        }
      },
      catch: toKafkaError(operation)
    })

  readonly drop = (): void => {
    this.opening?.then(
      (admin) => admin.disconnect().catch(() => {}),
      () => {}
    )
    this.opening = undefined
  }

  private async open(): Promise<KafkaJsAdminClient> {
    const admin = this.kafka.admin()
    await admin.connect()
    return admin
  }
}

const describeTopics = async (
  admin: KafkaJsAdminClient,
  topics: ReadonlyArray<string>
): Promise<ReadonlyArray<TopicDescription>> => {
  if (topics.length === 0) return []
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...topics] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }))
    })
  ])
  return topics.map((topic) => {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? []
    const entries = configs.resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? []
    return {
      topic,
      partitions: partitions.length,
      replication: partitions[0]?.replicas.length ?? 0,
      config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]))
    }
  })
}

/** Settings that the topic has of its own; the others come from the broker's defaults. */
const ownConfig = async (admin: KafkaJsAdminClient, topic: string): Promise<Record<string, string>> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
  })
  const own = (resources[0]?.configEntries ?? []).filter(({ isDefault }) => !isDefault)
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))
}

/** Makes the topics that are missing; true once the broker asked knows a leader of every partition. */
const createTopics = async (admin: KafkaJsAdminClient, topics: ReadonlyArray<TopicDescription>): Promise<boolean> => {
  const existing = new Set(await admin.listTopics())
  const missing = topics.filter(({ topic }) => !existing.has(topic))
  if (missing.length > 0)
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map(({ topic, partitions, replication, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value }))
      }))
    })
  const { topics: known } = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })
  return known.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))
}

const deleteRecords = async (
  admin: KafkaJsAdminClient,
  topic: string,
  below: ReadonlyArray<{ readonly partition: number; readonly offset: number }>
): Promise<void> => {
  if (below.length === 0) return
  // Also makes kafkajs know the topic, without which it finds no leaders.
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  for (const { partition, offset } of below) {
    const end = ends.get(partition) ?? -1
    if (offset > end) throw kafkaError(`delete records of ${topic}`, "invalid", aboveEnd(partition, offset, end))
  }
  const partitions = below.map(({ partition, offset }) => ({ partition, offset: String(offset) }))
  await admin.deleteTopicRecords({ topic, partitions })
}

export const kafkaJsAdmin = (
  settings: KafkaSettings,
  context: Context.Context<never>
): Effect.Effect<Admin, never, Scope.Scope> =>
  Effect.gen(function* () {
    const config = kafkaJsConfig(settings, clientId, context)
    const link = new AdminLink(new Kafka(config))
    const cluster = new ClusterLink(config, [])
    const reader = new KafkaJsReader(cluster)
    yield* Effect.addFinalizer(() => Effect.all([Effect.sync(link.drop), reader.close, cluster.close]))
    return {
      listTopics: link.use("list topics", async (admin) => (await admin.listTopics()).sort()),
      describeTopics: (topics) =>
        link.use(`describe topics ${topics.join(", ")}`, (admin) => describeTopics(admin, topics)),
      createTopics: (topics) =>
        link
          .use("create topics", (admin) => createTopics(admin, topics))
          .pipe(
            Effect.filterOrFail(
              (known) => known,
              () => kafkaError("create topics", "notFound", "A partition has no leader yet")
            ),
            untilKnown,
            askAgain,
            Effect.asVoid
          ),
      alterTopicConfig: (topic, changes) =>
        link.use(`alter topic ${topic}`, async (admin) => {
          const wanted = { ...(await ownConfig(admin, topic)), ...changes }
          const configEntries = Object.entries(wanted).map(([name, value]) => ({ name, value }))
          const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
          await admin.alterConfigs({ validateOnly: false, resources: [resource] })
        }),
      deleteTopics: (topics) => link.use("delete topics", (admin) => admin.deleteTopics({ topics: [...topics] })),
      offsets: (topic) =>
        Effect.gen(function* () {
          const lookup = yield* cluster.know([topic])
          const partitions = lookup(topic).map(({ partitionId }) => ({ topic, partition: partitionId }))
          const bounds = yield* boundsOf(cluster, partitions)
          return partitions
            .map((place) => ({
              partition: place.partition,
              ...(bounds.get(partitionKey(place)) ?? { start: 0, end: 0 })
            }))
            .sort((one, other) => one.partition - other.partition)
        }),
      offsetsAt: (topic, timestampMs) =>
        Effect.gen(function* () {
          const lookup = yield* cluster.know([topic])
          const partitions = lookup(topic).map(({ partitionId }) => ({ topic, partition: partitionId }))
          const [bounds, found] = yield* Effect.all([
            boundsOf(cluster, partitions),
            offsetsAtTime(cluster, partitions, timestampMs)
          ])
          return partitions
            .map((place) => ({
              partition: place.partition,
              offset: found.get(partitionKey(place)) ?? bounds.get(partitionKey(place))?.end ?? 0
            }))
            .sort((one, other) => one.partition - other.partition)
        }),
      read: (from) => reader.read(from),
      deleteRecords: (topic, below) =>
        link.use(`delete records of ${topic}`, (admin) => deleteRecords(admin, topic, below)),
      committed: (groupId, topics) =>
        askAgain(
          link.use(`committed offsets of ${groupId}`, async (admin) => {
            const found = await admin.fetchOffsets({ groupId, topics: [...topics] })
            return found.flatMap(({ topic, partitions }) =>
              partitions
                .filter(({ offset }) => Number(offset) >= 0)
                .map(({ partition, offset, metadata }) => ({
                  topic,
                  partition,
                  offset: Number(offset),
                  metadata: metadata ?? ""
                }))
                .sort((one, other) => one.partition - other.partition)
            )
          })
        )
    }
  })
