import type { AssignedPartition, RecordBatch, TopicPartition } from "@millrace/kafka"

/** Where an intake starts to read a topic, as the client port names it. */
export interface IntakeTopic {
  readonly topic: string
  readonly from: "committed" | "beginning" | "end"
}

/** How an intake slows the fetching of its partitions. */
export interface Flow {
  readonly pause: (partitions: ReadonlyArray<TopicPartition>) => void
  readonly resume: (partitions: ReadonlyArray<TopicPartition>) => void
}

/** A partition's next offset to read after a restart. */
export interface Committable extends TopicPartition {
  readonly offset: number
}

/**
 * Takes over what one group consumer fetched for one purpose: an input with its lanes, a table or a broadcast.
 *
 * The membership calls `assign` and `batch` while partitions are held, then `stop`, waits until `idle`, commits and calls
 * `release`. All are plain and immediate; `batch` must not block.
 */
export interface Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  /** Partitions of this intake's topics under a new assignment; they replace the earlier ones. */
  readonly assign: (epoch: number, partitions: ReadonlyArray<AssignedPartition>, flow: Flow) => void
  /** Asked before `assign`: where to go on, for a partition whose earlier records this intake still holds. */
  readonly continueAt: (partition: TopicPartition) => number | undefined
  readonly batch: (batch: RecordBatch) => void
  /** Starts nothing new. */
  readonly stop: () => void
  /** Nothing is in flight. */
  readonly idle: () => boolean
  /** Interrupts what is still in flight and forgets the partitions: nothing is published for them afterwards. */
  readonly release: () => void
  /** What may be committed now. */
  readonly committable: () => ReadonlyArray<Committable>
}
