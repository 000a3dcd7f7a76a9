import type { Topic } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { kafkaFailed } from "./DeadLetterMarks.ts"
import { type StoredDeadLetter, storedDeadLetter } from "./StoredDeadLetter.ts"
import type { TriageFailed } from "./TriageFailed.ts"

/** A place in `<topic>.dlq`: reading goes on with the letter at or after it. */
export interface DeadLetterCursor {
  readonly partition: number
  readonly offset: number
}

/** How far a scan came in one partition. */
export interface ScannedPartition {
  readonly partition: number
  readonly start: number
  /** End of the partition when the scan began; letters above were not read. */
  readonly end: number
}

/** Begins a scan at a cursor. */
export const fromCursor =
  (cursor: DeadLetterCursor) =>
  ({ end, partition, start }: ScannedPartition): number =>
    partition < cursor.partition ? end : partition === cursor.partition ? cursor.offset : start

const pageBytes = 262_144

/**
 * Reads a topic's dead letters from their start to the end that they have now, partition by partition, each in its order,
 * which is that of its keys; joins no group and commits nothing. One page (256 KiB, or one record) is in memory at a time.
 *
 * `visit` gets each page and says whether to go on; `from` gives the offset to begin at in a partition. Returns the partitions with their bounds. Fails with `TriageFailed`.
 */
export const scanDeadLetters = Effect.fnUntraced(function* <E, R>(
  topic: Topic,
  visit: (page: ReadonlyArray<StoredDeadLetter>) => Effect.Effect<boolean, E, R>,
  from: (bounds: ScannedPartition) => number = ({ start }) => start
): Effect.fn.Return<ReadonlyArray<ScannedPartition>, E | TriageFailed, R | KafkaClient> {
  const { admin } = yield* KafkaClient
  const deadLetterTopic = topic.deadLetters.topic
  const bounds = yield* Effect.mapError(admin.offsets(deadLetterTopic), kafkaFailed(topic.name))
  for (const bound of bounds) {
    const { end, partition } = bound
    let position = Math.max(bound.start, from(bound))
    while (position < end) {
      const place = { topic: deadLetterTopic, partition, offset: position, maxBytes: pageBytes }
      const read = yield* Effect.mapError(admin.read(place), kafkaFailed(topic.name))
      const page = read.records.filter((record) => record.offset < end)
      const letters = page.map((record) => storedDeadLetter(topic, partition, record))
      if (letters.length > 0 && !(yield* visit(letters))) return bounds
      if (read.nextOffset <= position) break
      position = read.nextOffset
    }
  }
  return bounds
})
