import type { TopicPartition } from "./KafkaClient.ts"

/** Offset of the first record, and one past the last. */
export interface PartitionBounds {
  readonly start: number
  readonly end: number
}

/** A partition as a key of a map. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/**
 * Moves an offset into the partition: records below its start are gone; one above its end belongs to a log that was lost, so
 * reading begins anew rather than passing over what has been written since.
 */
export const clampOffset = (offset: number, { start, end }: PartitionBounds): number =>
  offset < start || offset > end ? start : offset

/** Whether two lists name the same partitions, in whatever order. */
export const samePartitions = (one: ReadonlyArray<TopicPartition>, other: ReadonlyArray<TopicPartition>): boolean =>
  keysOf(one) === keysOf(other)

const keysOf = (partitions: ReadonlyArray<TopicPartition>): string => partitions.map(partitionKey).sort().join("\n")
