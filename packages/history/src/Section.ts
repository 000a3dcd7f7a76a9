import { type Lane, partitionOfText, type Topic } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Clock, Duration, Effect } from "effect"
import { BeyondRetention, HistoryUnreadable } from "./HistoryError.ts"

/** Wall times of records, in milliseconds: from the first one on, up to and without the second. */
export interface WallRange {
  /** Absent: from the oldest record kept, however old that is. */
  readonly fromMs?: number
  /** Absent: to the end that the partition has when reading begins. */
  readonly toMs?: number
}

/** Which records of a topic. */
export interface RecordSelection extends WallRange {
  /** Only those of this account, market or workspace: the part of the key that chooses the partition. */
  readonly partitionKey?: string
  /** Only records with such keys; the others are not decoded. */
  readonly ofKey?: (key: string) => boolean
  /** Where older records were deleted, reads what is left instead of refusing. */
  readonly whatIsLeft?: boolean
}

/** Records of one partition that are to be read. */
export interface Section {
  readonly lane: Lane
  readonly partition: number
  readonly from: number
  readonly to: number
  /** First offset that is left. */
  readonly start: number
}

/**
 * Returns where a topic's records of a time lie, lane by lane.
 *
 * Fails with `BeyondRetention` when records from `fromMs` on may have been deleted: some of the partition are gone, and the
 * oldest one left is younger.
 */
export const sectionsOf = Effect.fnUntraced(function* (topic: Topic, selection: RecordSelection) {
  const { admin } = yield* KafkaClient
  const nowMs = yield* Clock.currentTimeMillis
  const { fromMs, partitionKey, toMs } = selection
  const offsetsOr = (timeMs: number | undefined, lane: Lane) =>
    timeMs === undefined ? Effect.succeed(undefined) : admin.offsetsAt(lane.topic, timeMs)
  const sections: Array<Section> = []
  for (const lane of topic.lanes) {
    const [bounds, froms, tos] = yield* Effect.all(
      [admin.offsets(lane.topic), offsetsOr(fromMs, lane), offsetsOr(toMs, lane)],
      { concurrency: 3 }
    ).pipe(Effect.mapError(unreadable(lane.topic)))
    const wanted = partitionKey === undefined ? undefined : partitionOfText(partitionKey, bounds.length)
    for (const { end, partition, start } of bounds) {
      if (wanted !== undefined && partition !== wanted) continue
      const at = (found: typeof froms) => found?.find((one) => one.partition === partition)?.offset
      const section = { lane, partition, start, from: Math.max(start, at(froms) ?? start), to: at(tos) ?? end }
      const mayLack = fromMs !== undefined && start > 0 && fromMs < keptFrom(topic, nowMs)
      if (mayLack && selection.whatIsLeft !== true) yield* checkKept(section, fromMs)
      sections.push(section)
    }
  }
  return sections
})

/** Time from which on no record is deleted for its age. */
const keptFrom = ({ keeping }: Topic, nowMs: number): number => {
  if (keeping._tag === "Compacted") return Number.NEGATIVE_INFINITY
  if (keeping.retention === "forever") return Number.POSITIVE_INFINITY
  return nowMs - Duration.toMillis(keeping.retention)
}

/** Records were deleted: the oldest one left must be at or before the time. */
const checkKept = Effect.fnUntraced(function* (section: Section, fromMs: number) {
  const oldestMs = yield* oldestOf(section)
  if (oldestMs !== undefined && oldestMs <= fromMs) return
  return yield* beyond("This range", section, fromMs, oldestMs)
})

/** Wall time of the oldest record left in a partition. */
export const oldestOf = Effect.fnUntraced(function* ({ lane, partition, start }: Section) {
  const { admin } = yield* KafkaClient
  const read = yield* Effect.mapError(
    admin.read({ topic: lane.topic, partition, offset: start, maxBytes: 1 }),
    unreadable(lane.topic)
  )
  return read.records[0]?.timestampMs
})

/** What is left of a topic: whether nothing was ever deleted, and the oldest record's wall time (infinite: there is none). */
export const leftOf = Effect.fnUntraced(function* (topic: Topic, selection: Pick<RecordSelection, "partitionKey">) {
  const sections = yield* sectionsOf(topic, selection)
  let oldestMs = Number.POSITIVE_INFINITY
  for (const section of sections) {
    if (section.from < section.to) oldestMs = Math.min(oldestMs, (yield* oldestOf(section)) ?? oldestMs)
  }
  return { complete: sections.every(({ start }) => start === 0), oldestMs }
})

export const beyond = (subject: string, { lane }: Section, wantedMs: number, oldestMs: number | undefined) =>
  new BeyondRetention({
    subject,
    topic: lane.topic,
    wantedMs,
    ...(oldestMs === undefined ? {} : { oldestMs })
  })

export const unreadable = (topic: string) => (cause: unknown) => new HistoryUnreadable({ topic, cause })
