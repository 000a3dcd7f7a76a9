import { murmur2 } from "@millrace/contracts"
import { Context, Effect, type Exit, Random } from "effect"
import type {
  ConsumedRecord,
  KafkaError,
  OffsetCommit,
  ProducerRecord,
  TopicDescription,
  TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { MemoryFaults } from "./MemoryFaults.ts"
import { MemoryLog, type MemoryTopic, sizeOf } from "./MemoryLog.ts"

/** Kafka's own default of `max.message.bytes`. */
const defaultMaxRecordBytes = 1_048_588

/** What happened at the broker, in its order; `clientId` and `producer` say who asked. */
export type BrokerEvent =
  | {
      readonly _tag: "Appended"
      readonly topic: string
      readonly partition: number
      readonly record: ConsumedRecord
      readonly producer: string
    }
  | ({ readonly _tag: "Committed"; readonly groupId: string; readonly clientId: string } & OffsetCommit)
  | {
      readonly _tag: "Assigned"
      readonly groupId: string
      readonly generation: number
      readonly clientId: string
      readonly partitions: ReadonlyArray<TopicPartition>
    }

/** The state all clients of one in-memory broker meet in: topics, and who waits for new records. */
export class MemoryBroker {
  readonly topics = new Map<string, MemoryTopic>()
  readonly faults: MemoryFaults
  /** Told of each event as it happens; plain and immediate. */
  readonly observers = new Set<(event: BrokerEvent) => void>()
  /** Consumers register to be woken after an append to one of their topics. */
  readonly waiting = new Map<() => void, ReadonlySet<string>>()
  /** Latest producer epoch per transactional id; an older producer is fenced. */
  readonly transactionEpochs = new Map<string, number>()
  private readonly context: Context.Context<never>
  private roundRobin = 0

  /** The broker's own fibers run in this context: on its scheduler and clock, and with its Random. */
  constructor(context: Context.Context<never>) {
    this.context = context
    this.faults = new MemoryFaults(Context.get(context, Random.Random))
  }

  /** Runs something of the broker itself, whatever becomes of the process that asked for it. */
  run<A, E>(effect: Effect.Effect<A, E>, onEnd: (exit: Exit.Exit<A, E>) => void = () => {}): void {
    Effect.runForkWith(this.context)(effect).addObserver(onEnd)
  }

  tell(event: BrokerEvent): void {
    for (const observer of this.observers) observer(event)
  }

  /** Wakes the consumers of the topics, or all. */
  wakeConsumers(topics?: ReadonlySet<string>): void {
    for (const [wake, read] of this.waiting) if (topics === undefined || overlaps(read, topics)) wake()
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
      const partition = record.partition ?? this.partitionFor(record, topic.partitions.length)
      const log = topic.partitions[partition]
      if (log === undefined) {
        const found = `Topic ${record.topic} has ${topic.partitions.length} partitions, not a partition ${record.partition}`
        return Effect.fail(kafkaError(operation, "invalid", found))
      }
      const limit = Number(topic.config["max.message.bytes"] ?? defaultMaxRecordBytes)
      if (sizeOf(record) > limit) {
        const found = `A record of ${sizeOf(record)} bytes exceeds the ${limit} bytes that topic ${record.topic} allows`
        return Effect.fail(kafkaError(operation, "tooLarge", found))
      }
      placed.push({ log, partition, record })
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
  readonly partition: number
  readonly record: ProducerRecord
}

const overlaps = (read: ReadonlySet<string>, written: ReadonlySet<string>): boolean => {
  for (const topic of written) if (read.has(topic)) return true
  return false
}
