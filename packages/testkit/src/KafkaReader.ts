import type { ConsumedRecord, ProducerRecord, RecordBatch, TopicPartition } from "@millrace/kafka"
import { type Assignment, type Consumer, type ConsumerOptions, KafkaClient, type KafkaError } from "@millrace/kafka"
import { Effect, Random, type Scope } from "effect"

/** What a consumer was told, in order, for a test to look at. */
export interface KafkaReader {
  readonly consumer: Consumer
  readonly assignments: ReadonlyArray<Assignment>
  readonly revoked: ReadonlyArray<{ readonly epoch: number; readonly partitions: ReadonlyArray<TopicPartition> }>
  /** How often it was told that what it held may have been another's. */
  readonly losses: () => number
  readonly batches: ReadonlyArray<RecordBatch>
  readonly failures: ReadonlyArray<KafkaError>
  /** Every record of the partition, in the order of delivery. */
  readonly recordsOf: (topic: string, partition: number) => ReadonlyArray<ConsumedRecord>
  /** Texts of all records' values, in the order of delivery. */
  readonly values: () => ReadonlyArray<string | null>
  readonly epoch: () => number
  /** Partitions held now, as `topic/partition`, sorted. */
  readonly held: () => ReadonlyArray<string>
}

export interface KafkaReaderHooks {
  readonly onAssigned?: (assignment: Assignment) => Effect.Effect<void>
  readonly onRevoked?: (epoch: number, consumer: () => Consumer) => Effect.Effect<void>
  readonly onBatch?: (batch: RecordBatch) => void
  readonly continueAt?: (partition: TopicPartition) => number | undefined
}

export const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("utf8")

export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

/** Joins a group and keeps what it is told; leaves with the scope. */
export const openReader = (
  options: ConsumerOptions,
  hooks: KafkaReaderHooks = {}
): Effect.Effect<KafkaReader, KafkaError, KafkaClient | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* KafkaClient
    const assignments: Array<Assignment> = []
    const revoked: Array<{ epoch: number; partitions: ReadonlyArray<TopicPartition> }> = []
    const batches: Array<RecordBatch> = []
    const failures: Array<KafkaError> = []
    let consumer: Consumer | undefined
    let losses = 0
    let held: ReadonlyArray<string> = []
    const opened = yield* client.consumer(options, {
      onAssigned: (assignment) =>
        Effect.suspend(() => {
          assignments.push(assignment)
          held = assignment.partitions.map(({ topic, partition }) => `${topic}/${partition}`).sort()
          return hooks.onAssigned?.(assignment) ?? Effect.void
        }),
      onRevoked: (epoch, partitions) =>
        Effect.suspend(() => {
          revoked.push({ epoch, partitions })
          held = []
          return hooks.onRevoked?.(epoch, () => consumer!) ?? Effect.void
        }),
      onLost: () => {
        losses += 1
      },
      onBatch: (batch) => {
        batches.push(batch)
        hooks.onBatch?.(batch)
      },
      ...(hooks.continueAt === undefined ? {} : { continueAt: hooks.continueAt }),
      onFailure: (error) => failures.push(error)
    })
    consumer = opened
    const recordsOf = (topic: string, partition: number) =>
      batches
        .filter((batch) => batch.topic === topic && batch.partition === partition)
        .flatMap((batch) => batch.records)
    return {
      consumer: opened,
      assignments,
      revoked,
      losses: () => losses,
      batches,
      failures,
      recordsOf,
      values: () => batches.flatMap((batch) => batch.records.map((record) => text(record.value))),
      epoch: () => assignments.at(-1)?.epoch ?? 0,
      held: () => held
    }
  })

/** Waits for a state, at most 30 seconds; then dies with what it waited for. */
export const until = (what: string, condition: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep("5 millis")
  }).pipe(
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Effect.die(new Error(`Waited 30 s in vain until ${what}`))
    })
  )

/** A name that no other run uses, starting with `it-`. */
export const freshName: Effect.Effect<string> = Effect.gen(function* () {
  const parts = yield* Effect.replicateEffect(Random.nextIntBetween(0, 0x7fffffff), 2)
  return `it-${parts.map((part) => part.toString(36)).join("")}`
})

/** Makes a topic with a fresh name. */
export const freshTopic = (
  partitions: number,
  config: Readonly<Record<string, string>> = {}
): Effect.Effect<string, KafkaError, KafkaClient> =>
  Effect.gen(function* () {
    const client = yield* KafkaClient
    const topic = yield* freshName
    yield* client.admin.createTopics([{ topic, partitions, replication: 1, config }])
    return topic
  })

/** Records `from`, `from + 1`… of a partition, as texts. */
export const numbered = (topic: string, partition: number, count: number, from = 0): ReadonlyArray<ProducerRecord> =>
  Array.from({ length: count }, (_, index) => ({
    topic,
    partition,
    key: bytes(`k${index % 7}`),
    value: bytes(`${from + index}`)
  }))

/** What `numbered` records look like when read. */
export const numbers = (count: number): Array<string | null> => Array.from({ length: count }, (_, index) => `${index}`)
