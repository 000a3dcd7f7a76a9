// Foreign boundary: the shapes of kafkajs's cluster, broker and connection, which its own types leave out, and calls in promises.

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

/** The connections of kafkajs to one broker. */
export interface ConnectionPool {
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

/** Connections of our own to a broker, beside those that kafkajs keeps; they open when first used. */
export const openConnections = async (cluster: Cluster, nodeId: number): Promise<ConnectionPool> => {
  const broker = await cluster.findBroker({ nodeId })
  const { host, port, rack } = broker.connectionPool
  const pool = await cluster.connectionPoolBuilder.build({ host, port, rack })
  pool.setVersions(broker.versions)
  pool.setSupportAuthenticationProtocol(true)
  return pool
}

/** Opens a connection of our own to a broker. */
export const openConnection = async (cluster: Cluster, nodeId: number): Promise<Connection> =>
  (await openConnections(cluster, nodeId)).getConnection(0)

/** The same broker, spoken to over other connections. */
export const brokerOver = (broker: Broker, connectionPool: ConnectionPool): Broker =>
  Object.create(broker, { connectionPool: { value: connectionPool } }) as Broker

/** Ends a connection at once; its open requests fail. */
export const closeConnection = (connection: Connection): void => {
  connection.rejectRequests(new Error("Connection closed by this client"))
  connection.disconnect().catch(() => {})
}
