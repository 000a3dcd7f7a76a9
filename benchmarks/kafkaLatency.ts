/**
 * How long does a record take from `send` to the consumer's hands, one at a time at 50 and at 1,000 records a second?
 *
 * Our client against plain kafkajs with the same settings (idempotent, acks of all replicas, 12 partitions, 300-byte
 * values, sender and reader in this process), in turns, five samples each after a warm-up. Needs KAFKA_BROKERS.
 * Every sample counts its records: none lost, none doubled.
 */
import { randomUUID } from "node:crypto"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { Kafka, logLevel, Partitioners } from "kafkajs"

const partitions = 12
const valueBytes = 300
const samples = 5
const sampleMs = Number(process.env.SAMPLE_MS ?? 4_000)
const rates = [50, 1_000]

interface Pipe {
  readonly name: string
  readonly send: (partition: number, value: Buffer) => Promise<unknown>
  readonly onRecord: (listen: (value: Uint8Array) => void) => void
  readonly close: () => Promise<void>
}

const brokers = (process.env.KAFKA_BROKERS ?? "").split(",").filter((broker) => broker !== "")
if (brokers.length === 0) throw new Error("Set KAFKA_BROKERS to a broker, for example 127.0.0.1:9092")

const openOurs = async (topic: string): Promise<Pipe> => {
  const scope = Scope.makeUnsafe()
  const context = await Effect.runPromise(Layer.buildWithScope(KafkaJsClient.layer, scope))
  const client = Context.get(context, KafkaClient)
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))
  let listen: (value: Uint8Array) => void = () => {}
  await run(client.admin.createTopics([{ topic, partitions, replication: 1, config: {} }]))
  const producer = await run(client.producer({ clientId: "bench" }))
  const assigned = Promise.withResolvers<void>()
  await run(
    client.consumer(
      { groupId: topic, clientId: "bench", topics: [{ topic, from: "committed" }] },
      {
        onAssigned: () => Effect.sync(() => assigned.resolve()),
        onRevoked: () => Effect.void,
        onBatch: ({ records }) => {
          for (const { value } of records) listen(value!)
        },
        onFailure: (error) => {
          throw error
        }
      }
    )
  )
  await assigned.promise
  return {
    name: "millrace",
    send: (partition, value) => Effect.runPromise(producer.send([{ topic, partition, key: null, value }])),
    onRecord: (listener) => {
      listen = listener
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

const openPlain = async (topic: string): Promise<Pipe> => {
  const kafka = new Kafka({ brokers, clientId: "bench", logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true
  })
  await admin.disconnect()
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner
  })
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 500, minBytes: 1, allowAutoTopicCreation: false })
  let listen: (value: Uint8Array) => void = () => {}
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic, fromBeginning: true })
  const joined = Promise.withResolvers<void>()
  consumer.on("consumer.group_join", () => joined.resolve())
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) listen(value!)
    }
  })
  await joined.promise
  return {
    name: "kafkajs",
    send: (partition, value) => producer.send({ topic, acks: -1, messages: [{ partition, value }] }),
    onRecord: (listener) => {
      listen = listener
    },
    close: async () => {
      await consumer.disconnect()
      await producer.disconnect()
    }
  }
}

/** Sends at an even pace, whatever the answers' delay, and gives each record's way in milliseconds. */
const sample = async (pipe: Pipe, rate: number, durationMs: number): Promise<ReadonlyArray<number>> => {
  const count = Math.round((rate * durationMs) / 1000)
  const sentAt = new Float64Array(count)
  const latencies = new Float64Array(count).fill(-1)
  const all = Promise.withResolvers<void>()
  let seen = 0
  pipe.onRecord((value) => {
    const index = Buffer.from(value.buffer, value.byteOffset, 4).readUInt32BE(0)
    if (latencies[index] !== -1) throw new Error(`Record ${index} came twice`)
    latencies[index] = performance.now() - sentAt[index]!
    seen += 1
    if (seen === count) all.resolve()
  })
  const started = performance.now()
  const sends: Array<Promise<unknown>> = []
  for (let index = 0; index < count; index += 1) {
    const due = started + (index * 1000) / rate
    while (performance.now() < due) {
      const wait = due - performance.now()
      await new Promise((resolve) => (wait > 1.5 ? setTimeout(resolve, wait - 1) : setImmediate(resolve)))
    }
    const value = Buffer.alloc(valueBytes)
    value.writeUInt32BE(index, 0)
    sentAt[index] = performance.now()
    sends.push(pipe.send(index % partitions, value))
  }
  await Promise.all(sends)
  const lost = setTimeout(() => all.reject(new Error(`${count - seen} of ${count} records never came`)), 10_000)
  await all.promise
  clearTimeout(lost)
  return [...latencies]
}

const percentile = (figures: ReadonlyArray<number>, share: number): number =>
  [...figures].sort((one, other) => one - other)[Math.max(0, Math.ceil(figures.length * share) - 1)]!

const median = (figures: ReadonlyArray<number>): number => percentile(figures, 0.5)

const pipes = [await openOurs(`it-bench-${randomUUID()}`), await openPlain(`it-bench-${randomUUID()}`)]
for (const rate of rates) {
  const results = pipes.map(() => [] as Array<ReadonlyArray<number>>)
  for (const pipe of pipes) await sample(pipe, rate, 2_000)
  for (let round = 0; round < samples; round += 1) {
    for (const [index, pipe] of pipes.entries()) results[index]!.push(await sample(pipe, rate, sampleMs))
  }
  for (const [index, pipe] of pipes.entries()) {
    const row = [0.5, 0.95, 0.99].map((share) => {
      const each = results[index]!.map((figures) => percentile(figures, share))
      return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)})`
    })
    console.log(`${pipe.name.padEnd(9)} ${`${rate}/s`.padEnd(7)} p50 ${row[0]} ms, p95 ${row[1]} ms, p99 ${row[2]} ms`)
  }
}
for (const pipe of pipes) await pipe.close()
