// Foreign boundary: kafkajs's cluster, below its consumer and producer, whose loops are not used (decision record on the Kafka client).
import { createRequire } from "node:module"
import net from "node:net"
import tls from "node:tls"
import { type Context, Duration, Effect, Option, Redacted } from "effect"
import { type ISocketFactory, Kafka, type KafkaConfig as KafkaJsConfig, type SASLOptions } from "kafkajs"
import type { KafkaError } from "./KafkaClient.ts"
import type { KafkaSettings } from "./KafkaConfig.ts"
import { errorTypeOf, isAnswer, toKafkaError } from "./KafkaJsErrors.ts"
import { kafkaJsLogLevel, kafkaJsLogs } from "./KafkaJsLogs.ts"

/** A request in kafkajs's form, for what kafkajs itself does not encode or decode as we need. */
export interface RawRequest<A> {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  readonly body: () => Buffer
  readonly decode: (body: Buffer) => A
  /** Longest wait for the answer; default the connection's request timeout. */
  readonly timeoutMs?: number
}

interface ProtocolRequest {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
  }
  readonly response: {
    readonly decode: (body: Buffer) => Promise<unknown>
    readonly parse: (decoded: unknown) => unknown
  }
  readonly requestTimeout: number | null
}

export interface Connection {
  readonly connect: () => Promise<boolean>
  readonly disconnect: () => Promise<boolean>
  readonly send: (request: ProtocolRequest) => Promise<unknown>
  readonly rejectRequests: (error: Error) => void
}

interface ConnectionPool {
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
  readonly pool: ReadonlyArray<Connection>
  readonly getConnection: (index: number) => Promise<Connection>
  readonly setVersions: (versions: unknown) => void
  readonly setSupportAuthenticationProtocol: (supported: boolean) => void
}

interface GroupMember {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

interface TopicPartitions<A> {
  readonly topic: string
  readonly partitions: ReadonlyArray<A>
}

/** One broker, as kafkajs speaks to it; every call fails with a kafkajs error. */
export interface Broker {
  readonly nodeId: number
  readonly connectionPool: ConnectionPool
  readonly versions: unknown
  readonly disconnect: () => Promise<void>
  readonly joinGroup: (request: {
    readonly groupId: string
    readonly memberId: string
    readonly sessionTimeout: number
    readonly rebalanceTimeout: number
    readonly groupProtocols: ReadonlyArray<{ readonly name: string; readonly metadata: Buffer }>
  }) => Promise<{
    readonly generationId: number
    readonly leaderId: string
    readonly memberId: string
    readonly members: ReadonlyArray<GroupMember>
  }>
  readonly syncGroup: (request: {
    readonly groupId: string
    readonly generationId: number
    readonly memberId: string
    readonly groupAssignment: ReadonlyArray<{ readonly memberId: string; readonly memberAssignment: Buffer }>
  }) => Promise<{ readonly memberAssignment: Buffer }>
  readonly heartbeat: (request: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
  }) => Promise<unknown>
  readonly leaveGroup: (request: { readonly groupId: string; readonly memberId: string }) => Promise<unknown>
  readonly offsetFetch: (request: {
    readonly groupId: string
    readonly topics: ReadonlyArray<TopicPartitions<{ readonly partition: number }>>
  }) => Promise<{
    readonly responses: ReadonlyArray<
      TopicPartitions<{ readonly partition: number; readonly offset: string; readonly metadata: string | null }>
    >
  }>
  readonly offsetCommit: (request: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
    readonly topics: ReadonlyArray<
      TopicPartitions<{ readonly partition: number; readonly offset: string; readonly metadata: string }>
    >
  }) => Promise<unknown>
  readonly listOffsets: (request: {
    readonly isolationLevel: number
    readonly topics: ReadonlyArray<TopicPartitions<{ readonly partition: number; readonly timestamp: string }>>
  }) => Promise<{
    readonly responses: ReadonlyArray<TopicPartitions<{ readonly partition: number; readonly offset: string }>>
  }>
  readonly initProducerId: (request: {
    readonly transactionTimeout: number
  }) => Promise<{ readonly producerId: string; readonly producerEpoch: number }>
}

export interface PartitionMetadata {
  readonly partitionId: number
  readonly leader: number
}

export interface Cluster {
  readonly connect: () => Promise<void>
  readonly disconnect: () => Promise<void>
  readonly addMultipleTargetTopics: (topics: ReadonlyArray<string>) => Promise<void>
  readonly refreshMetadata: () => Promise<void>
  readonly refreshMetadataIfNecessary: () => Promise<void>
  readonly findGroupCoordinator: (request: { readonly groupId: string }) => Promise<Broker>
  readonly findControllerBroker: () => Promise<Broker>
  readonly findBroker: (request: { readonly nodeId: number }) => Promise<Broker>
  readonly findTopicPartitionMetadata: (topic: string) => ReadonlyArray<PartitionMetadata>
  readonly connectionPoolBuilder: {
    readonly build: (address: { host: string; port: number; rack: string | undefined }) => Promise<ConnectionPool>
  }
  readonly brokerPool: { readonly brokers: Readonly<Record<string, Broker>>; readonly seedBroker: Broker | undefined }
}

const saslOf = (settings: KafkaSettings): SASLOptions | undefined => {
  const mechanism = Option.getOrUndefined(settings.saslMechanism)
  if (mechanism === undefined) return undefined
  const username = Option.getOrElse(settings.saslUsername, () => "")
  const password = Option.match(settings.saslPassword, { onNone: () => "", onSome: Redacted.value })
  return { mechanism, username, password } as SASLOptions
}

/** Small requests leave at once (no Nagle), and a dead peer is noticed. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 10_000)
  return socket
}

/** Settings of kafkajs common to all clients; its own retries are few, as ours go on after them. */
export const kafkaJsConfig = (
  settings: KafkaSettings,
  clientId: string,
  context: Context.Context<never>
): KafkaJsConfig => {
  const sasl = saslOf(settings)
  const authority = Option.getOrUndefined(settings.tlsCertificateAuthority)
  quietTimers()
  return {
    clientId,
    brokers: [...settings.brokers],
    ssl: settings.tls ? (authority === undefined ? true : { ca: [authority] }) : false,
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: Duration.toMillis(settings.connectTimeout),
    requestTimeout: Duration.toMillis(settings.requestTimeout),
    retry: { retries: 2, initialRetryTime: 30, maxRetryTime: 250 },
    socketFactory,
    logLevel: kafkaJsLogLevel,
    logCreator: kafkaJsLogs(context)
  }
}

interface RequestQueue {
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  readonly pending: ReadonlyArray<unknown>
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

/** kafkajs 2.2.4 sets a timer with a negative time after every answer (and Node warns); only a throttled queue needs one. */
const quietTimers = (): void => {
  const queue = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as { prototype: RequestQueue }
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      Math.max(this.throttledUntil - Date.now(), 10)
    )
  }
}

/** kafkajs gives its cluster to every assigner's factory: the one public way to it. */
const newCluster = (config: KafkaJsConfig): Cluster => {
  let found: unknown
  new Kafka(config).consumer({
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

/** Sends a request that we encode and decode ourselves over a connection of kafkajs. */
export const sendRaw = <A>(connection: Connection, raw: RawRequest<A>): Promise<A> =>
  connection.send({
    request: {
      apiKey: raw.apiKey,
      apiVersion: raw.apiVersion,
      apiName: raw.apiName,
      encode: async () => {
        const body = raw.body()
        return { buf: body, buffer: body }
      }
    },
    response: {
      decode: async (body) => ({ clientSideThrottleTime: 0, decoded: raw.decode(body) }),
      parse: (answer) => (answer as { decoded: A }).decoded
    },
    requestTimeout: raw.timeoutMs ?? null
  }) as Promise<A>

/** Opens a connection of our own to a broker, beside those that kafkajs keeps. */
export const openConnection = async (cluster: Cluster, nodeId: number): Promise<Connection> => {
  const broker = await cluster.findBroker({ nodeId })
  const { host, port, rack } = broker.connectionPool
  const pool = await cluster.connectionPoolBuilder.build({ host, port, rack })
  pool.setVersions(broker.versions)
  pool.setSupportAuthenticationProtocol(true)
  return pool.getConnection(0)
}

/** Ends a connection at once; its open requests fail. */
export const closeConnection = (connection: Connection): void => {
  connection.rejectRequests(new Error("Connection closed by this client"))
  connection.disconnect().catch(() => {})
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
