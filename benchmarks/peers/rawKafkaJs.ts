import { partitionOf } from "@millrace/contracts"
import { Kafka, logLevel, Partitioners } from "kafkajs"
import { contractOf, keyOf, makeDecode, makeEncode, orderOf } from "../stage/records.ts"
import { Tally } from "../stage/tally.ts"
import { type Consumed, type ConsumeTask, Stopwatch } from "./Peer.ts"
import { type LatencyTask, latenciesOf, type OpenPipe } from "./Pipe.ts"

const brokersOfEnvironment = (): Array<string> => (process.env.KAFKA_BROKERS ?? "").split(",")

export const openKafkaJs = (): Kafka =>
  new Kafka({ brokers: brokersOfEnvironment(), clientId: "bench", logLevel: logLevel.NOTHING })

/** kafkajs alone: `eachBatch` with its own fetch sizes, which are larger than the driver's; commits each second. */
export const consume = async (task: ConsumeTask): Promise<Consumed> => {
  const decode = await makeDecode(task.topic)
  const tally = new Tally(task.records, task.keys)
  const next = new Map<number, number>()
  const kafka = openKafkaJs()
  const topic = task.topic.name
  const watch = new Stopwatch()
  const consumer = kafka.consumer({ groupId: task.group, maxWaitTimeInMs: 500, allowAutoTopicCreation: false })
  consumer.on("consumer.group_join", () => watch.assigned())
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: true,
    autoCommitInterval: 1_000,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) tally.note(decode(message.value!).n)
      next.set(batch.partition, Number(batch.lastOffset()) + 1)
    }
  })
  await tally.done
  await consumer.commitOffsets([...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })))
  const times = watch.stop()
  await consumer.disconnect()
  return { ...times, ...tally.count() }
}

/** One record a send, with the settings of the driver: idempotent, acks of all replicas. */
const openPipe: OpenPipe = async (task, onStart) => {
  const decode = await makeDecode(task.topic)
  const encode = await makeEncode(task.topic)
  const contract = contractOf(task.topic)
  const kafka = openKafkaJs()
  const topic = task.topic.name
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner
  })
  const consumer = kafka.consumer({ groupId: task.group, maxWaitTimeInMs: 500, allowAutoTopicCreation: false })
  const joined = Promise.withResolvers<void>()
  consumer.on("consumer.group_join", () => joined.resolve())
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: true,
    autoCommitInterval: 1_000,
    partitionsConsumedConcurrently: task.topic.partitions,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) onStart(decode(message.value!).n)
    }
  })
  await joined.promise
  return {
    send: (n) => {
      const key = keyOf(n, task.keys)
      const partition = partitionOf(contract, key, task.topic.partitions)
      const value = Buffer.from(encode(orderOf(n)))
      return producer.send({ topic, acks: -1, messages: [{ key, partition, value }] })
    },
    close: async () => {
      await consumer.disconnect()
      await producer.disconnect()
    }
  }
}

export const latency = (task: LatencyTask): Promise<Float64Array> => latenciesOf(openPipe, task)
