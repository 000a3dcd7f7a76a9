import { partitionOfText, RecordCodec, type TopicContract } from "@millrace/contracts"
import { type ConsumedRecord, KafkaClient } from "@millrace/kafka"
import { headerText, workspaceHeader } from "@millrace/runtime"
import { Clock, Effect } from "effect"
import { type Direction, PartitionWalk, type WalkRange } from "./PartitionWalk.ts"
import { type ReadValue, readValue } from "./readValue.ts"
import { type SearchPlace, searchCursor } from "./SearchCursor.ts"
import { originKey, type SearchedTopic } from "./SearchedTopic.ts"
import { unreadable } from "./Section.ts"

/** Which records of a topic, and how much work may be done to find them. */
export interface RecordSearch {
  readonly order: Direction
  /** Lanes; absent: all. */
  readonly lane?: string
  readonly partition?: number
  /** Offsets in every partition that is read: from the first on, before the second. */
  readonly fromOffset?: number
  readonly toOffset?: number
  /** Wall times of records, in milliseconds: from the first on, before the second. */
  readonly fromMs?: number
  readonly toMs?: number
  /** The whole key; only the partition that it belongs to is read. */
  readonly key?: string
  /** Only records of this workspace, by their header. */
  readonly workspaceId?: string
  /** Whether a record is meant as far as it tells undecoded, which costs less. */
  readonly wanted?: (record: ConsumedRecord) => boolean
  /** Whether a record is meant; only those that pass the rest are decoded and asked. */
  readonly matches?: (found: FoundRecord) => boolean
  readonly limit: number
  /** Where an earlier search of the same kind ended. */
  readonly places?: ReadonlyArray<SearchPlace>
  /** Records looked at, and milliseconds, at most: one page may come on top. */
  readonly budget: { readonly records: number; readonly ms: number }
}

/** A record that was found. */
export interface FoundRecord {
  readonly topic: string
  readonly lane: string
  readonly partition: number
  readonly record: ConsumedRecord
  /** Of a parked record, the key that it had in its own topic. */
  readonly key: string | undefined
  readonly workspaceId: string | undefined
  readonly value: ReadValue
}

/** What a search found, and where it goes on. */
export interface SearchResult {
  readonly records: ReadonlyArray<FoundRecord>
  /** Absent: everything was looked at. */
  readonly next: string | undefined
  /** Where each partition was left: a later search goes on from there with what came since. */
  readonly places: ReadonlyArray<SearchPlace>
  readonly examined: number
  /** Wall time of the last record looked at. */
  readonly reachedMs: number | undefined
}

/**
 * Looks for records of a topic, all lanes and partitions together by their wall times, within a budget; an early end gives a cursor
 * with which the next call goes on, so that a topic of any size is searched in calls of bounded work. Records are read
 * without a group, one page of each partition in memory.
 *
 * Records of the same partition come in its order; those of different ones as their clocks say. Fails with
 * `HistoryUnreadable` while Kafka or the registry does not answer.
 */
export const searchRecords = Effect.fn("History.searchRecords")(function* (topic: SearchedTopic, search: RecordSearch) {
  const codec = yield* RecordCodec
  const ranges = yield* rangesOf(topic, search)
  const walks = ranges.map((range) => new PartitionWalk(range, search.order))
  const endMs = (yield* Clock.currentTimeMillis) + search.budget.ms
  const records: Array<FoundRecord> = []
  let examined = 0
  let reachedMs: number | undefined
  let late = false
  const goesOn = () => !late && records.length < search.limit && examined < search.budget.records
  while (goesOn()) {
    yield* fillAll(walks)
    const open = walks.filter((walk) => !walk.ended)
    if (open.length === 0) break
    late = (yield* Clock.currentTimeMillis) >= endMs
    // As long as every open walk has a head, the merge goes on without waiting for anything.
    while (goesOn() && open.some(({ head }) => head !== undefined) && open.every(hasHead)) {
      if (examined % lookAtClockEach === 0) late = (yield* Clock.currentTimeMillis) >= endMs
      const walk = nextOf(open, search.order)
      const record = walk.head!
      walk.advance()
      examined += 1
      reachedMs = record.timestampMs
      const found = yield* examine(codec, topic, search, walk.range, record)
      if (found !== undefined) records.push(found)
    }
  }
  const left = walks.filter((walk) => !walk.ended)
  const places = walks.map(placeOf)
  const next = left.length === 0 ? undefined : searchCursor(places)
  return { records, next, places, examined, reachedMs } satisfies SearchResult
})

const lookAtClockEach = 256

const hasHead = (walk: PartitionWalk): boolean => walk.head !== undefined || walk.ended

const placeOf = (walk: PartitionWalk): SearchPlace => ({
  topic: walk.range.topic,
  partition: walk.range.partition,
  offset: walk.place
})

const fillAll = (walks: ReadonlyArray<PartitionWalk>) =>
  Effect.forEach(walks, (walk) => walk.fill, { concurrency: 6, discard: true })

/** The walk whose head is next by wall time. One at least has a head. */
const nextOf = (walks: ReadonlyArray<PartitionWalk>, order: Direction): PartitionWalk => {
  let best: PartitionWalk | undefined
  for (const walk of walks) {
    const head = walk.head
    if (head === undefined) continue
    const other = best?.head
    const first =
      other === undefined ||
      (order === "newest" ? head.timestampMs > other.timestampMs : head.timestampMs < other.timestampMs)
    if (first) best = walk
  }
  return best!
}

const examine = (
  codec: RecordCodec["Service"],
  searched: SearchedTopic,
  search: RecordSearch,
  { lane, partition, topic }: WalkRange,
  record: ConsumedRecord
) => {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = search
  const nothing = Effect.succeed(undefined)
  if (record.timestampMs < fromMs || record.timestampMs >= toMs) return nothing
  const workspaceId = headerText(record.headers, workspaceHeader)
  if (search.workspaceId !== undefined && search.workspaceId !== workspaceId) return nothing
  const key = originKey(record, searched)
  if (search.key !== undefined && search.key !== key) return nothing
  if (search.wanted?.(record) === false) return nothing
  return Effect.map(readValue(codec, searched.contract, record.value), (value): FoundRecord | undefined => {
    const found = { topic, lane, partition, record, key, workspaceId, value }
    return search.matches?.(found) === false ? undefined : found
  })
}

/** What is to be read: the partitions' bounds, the time, the key's partition, and the cursor. */
const rangesOf = Effect.fnUntraced(function* ({ contract, keyed, lanes: all }: SearchedTopic, search: RecordSearch) {
  const { admin } = yield* KafkaClient
  const lanes = all.filter(({ name }) => search.lane === undefined || name === search.lane)
  const at = (physical: string, timeMs: number | undefined) =>
    timeMs === undefined ? Effect.succeed([]) : admin.offsetsAt(physical, timeMs)
  const found = yield* Effect.forEach(
    lanes,
    (lane) =>
      Effect.gen(function* () {
        const [bounds, froms, tos] = yield* Effect.all(
          [admin.offsets(lane.topic), at(lane.topic, search.fromMs), at(lane.topic, search.toMs)],
          { concurrency: 3 }
        )
        const only = search.partition ?? (keyed ? partitionOfKey(contract, search.key, bounds.length) : undefined)
        return bounds
          .filter(({ partition }) => only === undefined || partition === only)
          .map(({ end, partition, start }): WalkRange => {
            const offsetIn = (times: typeof froms) => times.find((one) => one.partition === partition)?.offset
            const from = Math.max(start, offsetIn(froms) ?? start, search.fromOffset ?? start)
            const to = Math.min(offsetIn(tos) ?? end, search.toOffset ?? end)
            const range = { from: Math.min(from, end), to }
            const place = search.places?.find((one) => one.topic === lane.topic && one.partition === partition)
            const rest = place === undefined ? range : goneOn(range, search.order, place.offset)
            return { topic: lane.topic, lane: lane.name, partition, ...rest }
          })
      }).pipe(Effect.mapError(unreadable(lane.topic))),
    { concurrency: 4 }
  )
  return found.flat()
})

const partitionOfKey = (contract: TopicContract<unknown> | undefined, key: string | undefined, partitions: number) =>
  contract === undefined || key === undefined ? undefined : partitionOfText(contract.partitionKey(key), partitions)

interface Range {
  readonly from: number
  readonly to: number
}

const goneOn = ({ from, to }: Range, order: Direction, offset: number): Range =>
  order === "newest" ? { from, to: Math.min(to, offset) } : { from: Math.max(from, offset), to }
