import type { Topic } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { headerText, type ParkedRecord, readParked, textOf, workspaceHeader } from "@millrace/runtime"
import { Effect } from "effect"
import { unreadable } from "./Section.ts"

/** A parked record without its value. */
export interface ParkedEntry
  extends Pick<ParkedRecord, "topic" | "partition" | "dueMs" | "failed" | "running" | "firstFailureMs" | "why"> {
  readonly offset: number
  readonly key: string | undefined
  readonly workspaceId: string | undefined
}

/** What is parked, and whether all of it was read. */
export interface ParkedEntries {
  readonly entries: ReadonlyArray<ParkedEntry>
  readonly complete: boolean
}

const pageBytes = 262_144

/**
 * Returns the records of a topic that are parked now: the last version of each that no tombstone follows. Reads at most so
 * many records of `<topic>.parked`; values are not kept. Fails with `HistoryUnreadable`.
 */
export const parkedRecords = Effect.fn("History.parkedRecords")(function* (topic: Topic, mostRecords: number) {
  const { parkedTopic } = topic
  if (parkedTopic === undefined) return { entries: [], complete: true } satisfies ParkedEntries
  const { admin } = yield* KafkaClient
  const found = new Map<string, ParkedEntry>()
  const bounds = yield* Effect.mapError(admin.offsets(parkedTopic), unreadable(parkedTopic))
  let left = mostRecords
  for (const { end, partition, start } of bounds) {
    let position = start
    while (position < end && left > 0) {
      const place = { topic: parkedTopic, partition, offset: position, maxBytes: pageBytes }
      const read = yield* Effect.mapError(admin.read(place), unreadable(parkedTopic))
      for (const record of read.records) {
        left -= 1
        const origin = record.key === null ? "" : textOf(record.key)
        const parked = readParked(partition, record)
        if (parked === undefined) found.delete(origin)
        else found.set(origin, entryOf(parked))
      }
      if (read.nextOffset <= position) break
      position = read.nextOffset
    }
  }
  return { entries: [...found.values()], complete: left > 0 } satisfies ParkedEntries
})

const entryOf = ({
  dueMs,
  failed,
  firstFailureMs,
  partition,
  record,
  running,
  topic,
  why
}: ParkedRecord): ParkedEntry => ({
  topic,
  partition,
  offset: record.offset,
  key: record.key === null ? undefined : textOf(record.key),
  workspaceId: headerText(record.headers, workspaceHeader),
  dueMs,
  failed,
  running,
  firstFailureMs,
  why
})
