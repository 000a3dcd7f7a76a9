// Foreign boundary: the three Kafka clients behind one form, with the same settings.
import { KafkaClient, KafkaJsClient, type Consumer as OurConsumer } from "@millrace/kafka"
import { Consumer, ProduceAcks, Producer } from "@platformatic/kafka"
import { ConfigProvider, Context, Effect, Exit, Layer, Scope } from "effect"
import { Kafka, logLevel, Partitioners } from "kafkajs"

/** What each client is given: the same session, heartbeat and fetch settings, idempotent sends, acks of all replicas. */
export const settings = {
  sessionTimeoutMs: 10_000,
  heartbeatMs: 500,
  rebalanceTimeoutMs: 60_000,
  maxWaitMs: 500,
  requestTimeoutMs: 10_000,
  connectTimeoutMs: 3_000
}

export type ClientName = "millrace" | "kafkajs" | "platformatic"
export const clientNames: ReadonlyArray<ClientName> = ["millrace", "kafkajs", "platformatic"]

export type OnRecord = (partition: number, value: Uint8Array) => void

/** Sends records in one call. */
export type Send = (lot: ReadonlyArray<{ readonly partition: number; readonly value: Buffer }>) => Promise<unknown>

/** One process's end of a client. */
export interface Client {
  readonly openProducer: () => Promise<Send>
  /** Reads a topic as a member of a group; resolves once it is a member. */
  readonly openConsumer: (topic: string, group: string, onRecord: OnRecord) => Promise<void>
  readonly close: () => Promise<void>
}

const millrace = async (brokers: ReadonlyArray<string>, topic: string): Promise<Client> => {
  const scope = Scope.makeUnsafe()
  const config = ConfigProvider.layer(ConfigProvider.fromUnknown({ KAFKA: { BROKERS: brokers } }))
  const layer = KafkaJsClient.layer.pipe(Layer.provide(config))
  const client = Context.get(await Effect.runPromise(Layer.buildWithScope(layer, scope)), KafkaClient)
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))
  return {
    openProducer: async () => {
      const { send } = await run(client.producer({ clientId: "bench" }))
      return (lot) =>
        Effect.runPromise(send(lot.map(({ partition, value }) => ({ topic, partition, key: null, value }))))
    },
    openConsumer: async (topic, group, onRecord) => {
      const assigned = Promise.withResolvers<void>()
      let epoch = 0
      const next = new Map<number, number>()
      const opened: OurConsumer = await run(
        client.consumer(
          {
            groupId: group,
            clientId: "bench",
            topics: [{ topic, from: "committed" }],
            sessionTimeoutMs: settings.sessionTimeoutMs,
            heartbeatIntervalMs: settings.heartbeatMs,
            rebalanceTimeoutMs: settings.rebalanceTimeoutMs
          },
          {
            onAssigned: (assignment) =>
              Effect.sync(() => {
                epoch = assignment.epoch
                assigned.resolve()
              }),
            onRevoked: (epoch) => commit(epoch),
            onBatch: ({ nextOffset, partition, records }) => {
              for (const { value } of records) onRecord(partition, value!)
              next.set(partition, nextOffset)
            },
            onFailure: (error) => {
              throw error
            }
          }
        )
      )
      const commit = (epoch: number): Effect.Effect<void> =>
        Effect.suspend(() => {
          const offsets = [...next].map(([partition, offset]) => ({ topic, partition, offset, metadata: "" }))
          next.clear()
          return Effect.ignore(opened.commit(epoch, offsets))
        })
      setInterval(() => void Effect.runPromise(commit(epoch)), 1_000).unref()
      await assigned.promise
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

const kafkajs = async (brokers: ReadonlyArray<string>, topic: string): Promise<Client> => {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: "bench",
    logLevel: logLevel.NOTHING,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: settings.connectTimeoutMs
  })
  const closing: Array<() => Promise<void>> = []
  return {
    openProducer: async () => {
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner
      })
      await producer.connect()
      closing.push(() => producer.disconnect())
      return (lot) =>
        producer.send({ topic, acks: -1, messages: lot.map(({ partition, value }) => ({ partition, value })) })
    },
    openConsumer: async (topic, groupId, onRecord) => {
      const consumer = kafka.consumer({
        groupId,
        sessionTimeout: settings.sessionTimeoutMs,
        heartbeatInterval: settings.heartbeatMs,
        rebalanceTimeout: settings.rebalanceTimeoutMs,
        maxWaitTimeInMs: settings.maxWaitMs,
        minBytes: 1,
        allowAutoTopicCreation: false
      })
      const joined = Promise.withResolvers<void>()
      consumer.on("consumer.group_join", () => joined.resolve())
      await consumer.connect()
      closing.push(() => consumer.disconnect())
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        autoCommit: true,
        autoCommitInterval: 1_000,
        partitionsConsumedConcurrently: 12,
        eachBatch: async ({ batch }) => {
          for (const { value } of batch.messages) onRecord(batch.partition, value!)
        }
      })
      await joined.promise
    },
    close: async () => {
      for (const close of closing) await close()
    }
  }
}

const platformatic = async (brokers: ReadonlyArray<string>, topic: string): Promise<Client> => {
  const base = {
    clientId: "bench",
    bootstrapBrokers: [...brokers],
    timeout: settings.requestTimeoutMs,
    connectTimeout: settings.connectTimeoutMs,
    autocreateTopics: false
  }
  const closing: Array<() => Promise<unknown>> = []
  return {
    openProducer: async () => {
      const producer = new Producer({ ...base, idempotent: true, acks: ProduceAcks.ALL })
      closing.push(() => producer.close())
      return (lot) => producer.send({ messages: lot.map(({ partition, value }) => ({ topic, partition, value })) })
    },
    openConsumer: async (topic, groupId, onRecord) => {
      const consumer = new Consumer({
        ...base,
        groupId,
        sessionTimeout: settings.sessionTimeoutMs,
        heartbeatInterval: settings.heartbeatMs,
        rebalanceTimeout: settings.rebalanceTimeoutMs,
        maxWaitTime: settings.maxWaitMs,
        minBytes: 1
      })
      closing.push(() => consumer.close(true))
      const stream = await consumer.consume({
        topics: [topic],
        mode: "committed",
        fallbackMode: "earliest",
        autocommit: 1_000
      })
      stream.on("data", ({ partition, value }) => onRecord(partition, value))
      stream.on("error", (error) => process.stderr.write(`platformatic stream: ${error.message}\n`))
    },
    close: async () => {
      for (const close of closing) await close()
    }
  }
}

const openers = { millrace, kafkajs, platformatic }

export const openClient = (name: ClientName, brokers: ReadonlyArray<string>, topic: string): Promise<Client> =>
  openers[name](brokers, topic)
