import { deterministicId, partitionOf, type Topic, type TopicContract, type Topics } from "@millrace/contracts"
import type { ProducerRecord } from "@millrace/kafka"
import { Result } from "effect"
import { deadLetterPrefix } from "./DeadLetters.ts"
import { letterKey, replayCountHeader, replayIdHeader, type StoredDeadLetter } from "./StoredDeadLetter.ts"

/** Where letters may go back to: the lanes of their topic, with the partitions that the broker has now. */
export interface ReplayTargets {
  readonly topic: Topic
  readonly topics: Pick<Topics, "laneOf">
  /** By physical topic. */
  readonly partitions: ReadonlyMap<string, number>
  /** Absent: the topic's keys are not known in this code; the origin partition is taken as it is. */
  readonly contract: TopicContract<unknown> | undefined
}

/** The same for every replay of a letter. */
export const replayIdOf = (letterId: string): string => deterministicId("replay", letterId)

/**
 * The record that goes back to its lane: key, value and headers as they were, less the `dlq-…` headers; `replay-count`
 * one higher, and `replay-id`. Or says why it can't go back: its origin is unknown, or its key's partition has moved, so
 * that two workers could hold the key at once.
 */
export const replayedRecord = (
  letter: StoredDeadLetter,
  targets: ReplayTargets,
  edited?: Uint8Array
): Result.Result<ProducerRecord, string> => {
  const { cause, record } = letter
  if (cause._tag === "Malformed") return Result.fail(`its headers do not tell where it came from: ${cause.issue}`)
  const { origin } = cause
  if (targets.topic.keeping._tag === "Compacted") {
    return Result.fail(
      `${targets.topic.name} is a table, whose newer row it would overwrite; write the row anew instead`
    )
  }
  if (targets.topics.laneOf(origin.topic)?.topic.name !== targets.topic.name) {
    return Result.fail(`it came from ${origin.topic}, which is no lane of ${targets.topic.name}`)
  }
  const partitions = targets.partitions.get(origin.topic) ?? 0
  if (origin.partition >= partitions) {
    return Result.fail(`it came from partition ${origin.partition}, and ${origin.topic} has ${partitions}`)
  }
  const headers = headersOf(letter)
  const replayed = { topic: origin.topic, partition: origin.partition, key: record.key, value: edited ?? record.value }
  const size = recordBytes({ ...replayed, headers })
  if (size > targets.topic.maxMessageBytes) {
    return Result.fail(`it would have ${size} bytes, and ${origin.topic} allows ${targets.topic.maxMessageBytes}`)
  }
  const key = letterKey(letter)
  if (key !== undefined && targets.contract !== undefined) {
    const own = partitionOf(targets.contract, key, partitions)
    if (own !== origin.partition) {
      return Result.fail(
        `it came from partition ${origin.partition}, and its key belongs to ${own} of ${partitions} now`
      )
    }
  }
  return Result.succeed({ ...replayed, headers })
}

/** What a record's frame and its batch's add to its bytes, at most. */
const frameBytes = 100

/** Bytes of a record as the broker counts them, rounded up. */
export const recordBytes = ({ key, value, headers }: ProducerRecord): number =>
  Object.entries(headers ?? {}).reduce(
    (sum, [name, header]) => sum + 10 + Buffer.byteLength(name) + Buffer.byteLength(header),
    frameBytes + (key?.length ?? 0) + (value?.length ?? 0)
  )

const headersOf = (letter: StoredDeadLetter): Record<string, string | Uint8Array> => {
  const headers: Record<string, string | Uint8Array> = {}
  for (const [name, value] of Object.entries(letter.record.headers)) {
    if (!name.startsWith(deadLetterPrefix)) headers[name] = value
  }
  headers[replayCountHeader] = String(letter.replayCount + 1)
  headers[replayIdHeader] = replayIdOf(letter.id)
  return headers
}
