import { murmur2 } from "@millrace/contracts"
import { Effect } from "effect"
import type { KafkaError, ProducerRecord, TopicDescription, TopicPartition } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { MemoryFaults } from "./MemoryFaults.ts"
import { MemoryLog, type MemoryTopic, sizeOf } from "./MemoryLog.ts"

/** Kafka's own default of `max.message.bytes`. */
const defaultMaxRecordBytes = 1_048_588

/** The state all clients of one in-memory broker meet in: topics, and who waits for new records. */
export class MemoryBroker {
  readonly topics = new Map<string, MemoryTopic>()
  readonly faults = new MemoryFaults()
  /** Called after each append; consumers register to be woken. */
  readonly waiting = new Set<() => void>()
  /** Latest producer epoch per transactional id; an older producer is fenced. */
  readonly transactionEpochs = new Map<string, number>()
  private roundRobin = 0

  wakeConsumers(): void {
    for (const wake of this.waiting) wake()
  }

  createTopic(description: TopicDescription): void {
    if (this.topics.has(description.topic)) return
    this.topics.set(description.topic, {
      name: description.topic,
      replication: description.replication,
      config: { ...description.config },
      partitions: Array.from({ length: description.partitions }, () => new MemoryLog())
    })
  }

  log({ topic, partition }: TopicPartition): MemoryLog | undefined {
    return this.topics.get(topic)?.partitions[partition]
  }

  /** Finds each record's log, or says why the broker would refuse the records; nothing is written here. */
  place(operation: string, records: ReadonlyArray<ProducerRecord>): Effect.Effect<ReadonlyArray<Placed>, KafkaError> {
    const placed: Array<Placed> = []
    for (const record of records) {
      const topic = this.topics.get(record.topic)
      if (topic === undefined) {
        return Effect.fail(kafkaError(operation, "notFound", `Topic ${record.topic} does not exist; create it first`))
      }
      const log = topic.partitions[record.partition ?? this.partitionFor(record, topic.partitions.length)]
      if (log === undefined) {
        const found = `Topic ${record.topic} has ${topic.partitions.length} partitions, not a partition ${record.partition}`
        return Effect.fail(kafkaError(operation, "invalid", found))
      }
      const limit = Number(topic.config["max.message.bytes"] ?? defaultMaxRecordBytes)
      if (sizeOf(record) > limit) {
        const found = `A record of ${sizeOf(record)} bytes exceeds the ${limit} bytes that topic ${record.topic} allows`
        return Effect.fail(kafkaError(operation, "tooLarge", found))
      }
      placed.push({ log, record })
    }
    return Effect.succeed(placed)
  }

  private partitionFor(record: ProducerRecord, partitions: number): number {
    if (record.key !== null) return (murmur2(record.key) & 0x7fffffff) % partitions
    this.roundRobin += 1
    return this.roundRobin % partitions
  }
}

export interface Placed {
  readonly log: MemoryLog
  readonly record: ProducerRecord
}
