import type { ErrorKind } from "@millrace/contracts"
import { Context, type Effect, Schema, type Scope } from "effect"

/** The broker refused or did not answer. `fenced` and `staleEpoch` mean that somebody else owns the partition now. */
export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  /** What was attempted, for example `send to market-ticks`. */
  operation: Schema.String,
  reason: Schema.Literals(["unavailable", "fenced", "staleEpoch", "tooLarge", "notFound", "invalid", "closed"]),
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    const cause =
      this.cause instanceof Error
        ? this.cause.message
        : typeof this.cause === "string"
          ? this.cause
          : "no further cause"
    return `Kafka: ${this.operation} failed (${this.reason}): ${cause}`
  }
}

/** Offsets are numbers: exact below 2^53, a driver refuses more. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface ConsumedRecord {
  readonly offset: number
  /** Broker's record timestamp, in milliseconds. */
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** Records of one partition, in offset order, as one fetch gave them. */
export interface RecordBatch extends TopicPartition {
  /** Epoch of the assignment they were fetched under. */
  readonly epoch: number
  readonly records: ReadonlyArray<ConsumedRecord>
  /** Offset to read next; above the last record's where compaction or transaction markers left gaps. */
  readonly nextOffset: number
  /** End offset of the partition at the fetch. */
  readonly highWatermark: number
  /** Wall time of the fetch's answer, in milliseconds with a fraction. */
  readonly fetchedAtMs: number
}

export interface AssignedPartition extends TopicPartition {
  /** Next offset to read as the group committed it, with its metadata. */
  readonly committed: { readonly offset: number; readonly metadata: string } | undefined
  /** Where reading starts, and the end of the partition at the assignment. */
  readonly startOffset: number
  readonly endOffset: number
}

/** What a member reads from now on; a higher epoch replaces a lower one. */
export interface Assignment {
  readonly epoch: number
  readonly partitions: ReadonlyArray<AssignedPartition>
}

/**
 * Where the driver hands over; all but `onAssigned` and `onRevoked` are plain functions that must not block.
 *
 * Every partition is revoked before it is assigned again, also a kept one; a rebalance that leaves all partitions of a member as
 * they are may go unnoticed. Reading begins when `onAssigned` has returned, with no
 * partition paused but those it paused; it has stopped when `onRevoked` is called, and commits of that epoch are taken until
 * `onRevoked` returns. The two run one after the other, never at once. A batch may hold no records and only move `nextOffset`.
 */
export interface ConsumerListener {
  readonly onAssigned: (assignment: Assignment) => Effect.Effect<void>
  /** Called before anybody else gets the partitions where the client can tell, else as soon as it is known. */
  readonly onRevoked: (epoch: number, partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /**
   * Called right after `onRevoked`, and before the next assignment, when the group has put this member out or did not answer for
   * its session, or was too late in a rebalance: what it held may be another's from now on, so that nothing counts as kept.
   */
  readonly onLost?: () => void
  readonly onBatch: (batch: RecordBatch) => void
  /**
   * Asked once per partition of a new assignment, before `onAssigned`: the offset to go on at, when the listener still
   * holds everything it read below (a kept partition). Absent or `undefined`: reading starts anew where `from` says,
   * so what was read and not committed comes again.
   */
  readonly continueAt?: (partition: TopicPartition) => number | undefined
  /** The consumer can't go on; its scope should close. */
  readonly onFailure: (error: KafkaError) => void
}

export interface ConsumerOptions {
  readonly groupId: string
  /** `committed`: from the committed offset, else the beginning. `beginning` (tables) and `end` ignore commits. */
  readonly topics: ReadonlyArray<{ readonly topic: string; readonly from: "committed" | "beginning" | "end" }>
  /** Member name in the broker's lists. */
  readonly clientId: string
  readonly sessionTimeoutMs?: number
  readonly heartbeatIntervalMs?: number
  readonly rebalanceTimeoutMs?: number
  /** Bytes of one partition in one fetch; default 256 KiB. */
  readonly maxBytesPerPartition?: number
  /** Longest wait of the broker for data; default 500 ms. Data at hand is answered at once. */
  readonly maxWaitMs?: number
}

export interface OffsetCommit extends TopicPartition {
  /** Next offset to read. */
  readonly offset: number
  readonly metadata: string
}

/**
 * How often the loops of a consumer have come round, so that a stuck one can be told from a broker that does not answer: what
 * fails has ended, too, and is counted.
 */
export interface ConsumerProgress {
  /** Heartbeats, and attempts to join, that ended. */
  readonly heartbeats: number
  /** Fetches that ended. */
  readonly fetches: number
  /** Whether fetches are due: partitions are held of which one at least is not paused. */
  readonly fetching: boolean
  /** Wall time, in milliseconds, of the last one that went well. */
  readonly lastHeartbeatMs: number | undefined
  readonly lastFetchMs: number | undefined
}

export interface Consumer {
  readonly pause: (partitions: ReadonlyArray<TopicPartition>) => void
  readonly resume: (partitions: ReadonlyArray<TopicPartition>) => void
  /** Fails with `staleEpoch` when the epoch is no longer the current one; nothing is committed then. */
  readonly commit: (epoch: number, offsets: ReadonlyArray<OffsetCommit>) => Effect.Effect<void, KafkaError>
  /** Leaves the group after `onRevoked` ran; also done by the scope. */
  readonly leave: Effect.Effect<void>
  /** Plain and immediate. */
  readonly progress: () => ConsumerProgress
}

export interface ProducerRecord {
  readonly topic: string
  /** Absent: chosen by murmur2 of the key, as Kafka does. */
  readonly partition?: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
}

export interface Producer {
  /** Idempotent, acks of all replicas; returns once the broker has all. Order of one partition is the order of calls. */
  readonly send: (records: ReadonlyArray<ProducerRecord>) => Effect.Effect<void, KafkaError>
}

export interface TransactionalProducer {
  /** Records and input offsets become visible together or not at all. */
  readonly transact: (
    records: ReadonlyArray<ProducerRecord>,
    input: { readonly groupId: string; readonly offsets: ReadonlyArray<OffsetCommit> }
  ) => Effect.Effect<void, KafkaError>
}

export interface TopicDescription {
  readonly topic: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

/** Committed records of one partition, read outside of any group. */
export interface PartitionRead {
  readonly records: ReadonlyArray<ConsumedRecord>
  /** Offset to read next; it also passes gaps that compaction or transactions left. */
  readonly nextOffset: number
  /** Bounds of the partition at the read: it is read to its end once `nextOffset` is at `endOffset`. */
  readonly startOffset: number
  readonly endOffset: number
  /** End of all that is written; above `endOffset` while a transaction is open. */
  readonly highWatermark: number
}

export interface Admin {
  readonly listTopics: Effect.Effect<ReadonlyArray<string>, KafkaError>
  readonly describeTopics: (topics: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<TopicDescription>, KafkaError>
  /** Returns once every broker asked knows the topics. An existing topic is left alone. */
  readonly createTopics: (topics: ReadonlyArray<TopicDescription>) => Effect.Effect<void, KafkaError>
  readonly alterTopicConfig: (
    topic: string,
    config: Readonly<Record<string, string>>
  ) => Effect.Effect<void, KafkaError>
  readonly deleteTopics: (topics: ReadonlyArray<string>) => Effect.Effect<void, KafkaError>
  /** Start and end offset per partition. */
  readonly offsets: (
    topic: string
  ) => Effect.Effect<ReadonlyArray<{ partition: number; start: number; end: number }>, KafkaError>
  /**
   * Per partition the offset of the first record whose timestamp (broker's record timestamp, in milliseconds) is at or after
   * the time; the end where there is none. Timestamps need not rise with the offsets.
   */
  readonly offsetsAt: (
    topic: string,
    timestampMs: number
  ) => Effect.Effect<ReadonlyArray<{ partition: number; offset: number }>, KafkaError>
  /**
   * Reads once from the offset on, without waiting for more: at least one record when there is one, else some `maxBytes`
   * (default 1 MiB). An offset outside of the partition reads from its start. Fails with `notFound` or `invalid` for a
   * place that does not exist.
   */
  readonly read: (
    from: TopicPartition & { readonly offset: number; readonly maxBytes?: number }
  ) => Effect.Effect<PartitionRead, KafkaError>
  /** Deletes what lies below the offsets, for good. Fails with `invalid` for an offset above the partition's end. */
  readonly deleteRecords: (
    topic: string,
    below: ReadonlyArray<{ readonly partition: number; readonly offset: number }>
  ) => Effect.Effect<void, KafkaError>
  readonly committed: (
    groupId: string,
    topics: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<OffsetCommit>, KafkaError>
}

/** The little of Kafka that Millrace needs. Layers: `KafkaJsClient.layer` and `MemoryKafka.layer`, one conformance suite. */
export class KafkaClient extends Context.Service<
  KafkaClient,
  {
    readonly admin: Admin
    readonly producer: (options: { readonly clientId: string }) => Effect.Effect<Producer, KafkaError, Scope.Scope>
    readonly transactionalProducer: (options: {
      readonly clientId: string
      readonly transactionalId: string
    }) => Effect.Effect<TransactionalProducer, KafkaError, Scope.Scope>
    /** Joins the group; the first `onAssigned` follows. Closing the scope stops intake, calls `onRevoked` and leaves. */
    readonly consumer: (
      options: ConsumerOptions,
      listener: ConsumerListener
    ) => Effect.Effect<Consumer, KafkaError, Scope.Scope>
  }
>()("@millrace/kafka/KafkaClient") {}
