import { partitionOf } from "@millrace/contracts"
import { Consumer, ProduceAcks, Producer } from "@platformatic/kafka"
import { contractOf, keyOf, makeDecode, makeEncode, orderOf } from "../stage/records.ts"
import { Tally } from "../stage/tally.ts"
import { type Consumed, type ConsumeTask, Stopwatch } from "./Peer.ts"
import { type LatencyTask, latenciesOf, type OpenPipe } from "./Pipe.ts"

export const bootstrapBrokers = (): Array<string> => (process.env.KAFKA_BROKERS ?? "").split(",")

interface NextOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly leaderEpoch: number
}

/** @platformatic/kafka alone: its stream with its own fetch sizes; what was handled is committed each second. */
export const consume = async (task: ConsumeTask): Promise<Consumed> => {
  const decode = await makeDecode(task.topic)
  const tally = new Tally(task.records, task.keys)
  const next = new Map<number, NextOffset>()
  const watch = new Stopwatch()
  const consumer = new Consumer({ groupId: task.group, clientId: "bench", bootstrapBrokers: bootstrapBrokers() })
  consumer.on("consumer:group:join", () => watch.assigned())
  const stream = await consumer.consume({
    topics: [task.topic.name],
    mode: "committed",
    fallbackMode: "earliest",
    autocommit: false,
    maxWaitTime: 500
  })
  stream.on("data", ({ leaderEpoch, offset, partition, topic, value }) => {
    tally.note(decode(value).n)
    next.set(partition, { topic, partition, offset: offset + 1n, leaderEpoch })
  })
  let committing: Promise<void> = Promise.resolve()
  const commit = () => {
    committing = committing.then(() => consumer.commit({ offsets: [...next.values()] }))
    return committing
  }
  const timer = setInterval(() => {
    if (next.size > 0) commit()
  }, 1_000)
  await Promise.race([tally.done, new Promise((_, reject) => stream.once("error", reject))])
  clearInterval(timer)
  await commit()
  const times = watch.stop()
  await stream.close()
  await consumer.close()
  return { ...times, ...tally.count() }
}

/** One record a send: idempotent, acks of all replicas. */
const openPipe: OpenPipe = async (task, onStart) => {
  const decode = await makeDecode(task.topic)
  const encode = await makeEncode(task.topic)
  const contract = contractOf(task.topic)
  const topic = task.topic.name
  const clients = { clientId: "bench", bootstrapBrokers: bootstrapBrokers() }
  const producer = new Producer({ ...clients, idempotent: true, acks: ProduceAcks.ALL, autocreateTopics: false })
  const consumer = new Consumer({ ...clients, groupId: task.group })
  const stream = await consumer.consume({
    topics: [topic],
    mode: "committed",
    fallbackMode: "earliest",
    autocommit: 1_000,
    maxWaitTime: 500
  })
  stream.on("data", ({ value }) => onStart(decode(value).n))
  return {
    send: (n) => {
      const key = keyOf(n, task.keys)
      const partition = partitionOf(contract, key, task.topic.partitions)
      return producer.send({
        messages: [{ topic, partition, key: Buffer.from(key), value: Buffer.from(encode(orderOf(n))) }]
      })
    },
    close: async () => {
      await stream.close()
      await consumer.close()
      await producer.close()
    }
  }
}

export const latency = (task: LatencyTask): Promise<Float64Array> => latenciesOf(openPipe, task)
