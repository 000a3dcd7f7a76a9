import type { AssignedPartition, RecordBatch, TopicPartition } from "@millrace/kafka"

/** Where an intake starts to read a topic, as the client port names it. */
export interface IntakeTopic {
  readonly topic: string
  readonly from: "committed" | "beginning" | "end"
}

/** How an intake reaches its consumer: it slows the fetching of its partitions, and asks for a commit ahead of its time. */
export interface Flow {
  readonly pause: (partitions: ReadonlyArray<TopicPartition>) => void
  readonly resume: (partitions: ReadonlyArray<TopicPartition>) => void
  /** Commits; `done` is called once that is with the broker, and never after the assignment has ended. */
  readonly commit: (done: () => void) => void
}

/** A partition's next offset to read after a restart, and what the next owner should know (`CommitNote`). */
export interface Committable extends TopicPartition {
  readonly offset: number
  readonly metadata: string
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
  /** The drain time is over, or nothing is in flight: the commit that follows is the last one. */
  readonly drained?: () => void
  /** Nothing is in flight. */
  readonly idle: () => boolean
  /** Interrupts what is still in flight and forgets the partitions: nothing is published for them afterwards. */
  readonly release: () => void
  /** Called after `release`, before `assign`: the partitions may have been another member's since, so nothing counts as kept. */
  readonly lost?: () => void
  /** What may be committed now. */
  readonly committable: () => ReadonlyArray<Committable>
}
