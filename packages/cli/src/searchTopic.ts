import { partitionOf, type TopicContract } from "@millrace/contracts"
import { HistoryUnreadable } from "@millrace/history"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Schedule, Stream } from "effect"
import { type FieldCondition, holds } from "./FieldCondition.ts"
import { makeShownDecoder, type ShownDecoder, type ShownRecord } from "./ShownRecord.ts"

/** A bound of a search: wall time in milliseconds, or an offset in every partition. */
export type Bound = { readonly timeMs: number } | { readonly offset: number }

/** Which records are looked for. */
export interface TopicSearch {
  /** Topics of the broker. */
  readonly topics: ReadonlyArray<string>
  /** Decodes their values; absent: as JSON without a schema. */
  readonly contract: TopicContract<unknown> | undefined
  readonly partition?: number
  /** Exactly this key; then only its partition is read. */
  readonly key?: string
  /** All must hold. */
  readonly where: ReadonlyArray<FieldCondition>
  readonly from?: Bound
  /** Up to and without. */
  readonly to?: Bound
  /** Without `from` the last ones that fit, else the first ones. */
  readonly limit: number
  /** Records read in all at most; a search that needs more ends incomplete. */
  readonly mostRead: number
}

/** What a search found, in the order of their times. */
export interface TopicFindings {
  readonly records: ReadonlyArray<ShownRecord>
  readonly read: number
  /** False: `mostRead` was reached, and records that fit may be missing. */
  readonly complete: boolean
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

const unreadable = (topic: string) => (cause: unknown) => new HistoryUnreadable({ topic, cause })

const pageBytes = 262_144
const firstWindow = 256

/** Reads every partition that may hold what is looked for: from its bound on, or backwards from its end. Fails with `HistoryUnreadable`. */
export const searchTopic = Effect.fn("cli.searchTopic")(function* (search: TopicSearch) {
  const decoder = yield* makeShownDecoder(search.contract)
  const places = yield* placesOf(search)
  const budget = { left: search.mostRead }
  const found: Array<ShownRecord> = []
  for (const place of places) {
    found.push(
      ...(yield* search.from === undefined
        ? lastIn(search, decoder, place, budget)
        : firstIn(search, decoder, place, budget))
    )
  }
  const ordered = found.toSorted((one, other) => one.timestampMs - other.timestampMs || one.offset - other.offset)
  return {
    records: search.from === undefined ? ordered.slice(-search.limit) : ordered.slice(0, search.limit),
    read: search.mostRead - budget.left,
    complete: budget.left > 0
  } satisfies TopicFindings
})

/** Records that fit and are written from now on, or from `search.from` on, for ever. */
export const followTopic = (search: TopicSearch) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const decoder = yield* makeShownDecoder(search.contract)
      const places = yield* placesOf(search)
      const next = new Map(places.map((place) => [place, search.from === undefined ? place.to : place.from]))
      const round = Effect.gen(function* () {
        const found: Array<ShownRecord> = []
        for (const [place, at] of next) {
          const page = yield* readPage(place, at)
          next.set(place, page.nextOffset)
          found.push(...(yield* fitting(search, decoder, place, page.records)))
        }
        if (found.length === 0) yield* Effect.sleep("250 millis")
        return found.toSorted((one, other) => one.timestampMs - other.timestampMs)
      })
      return Stream.fromEffect(round).pipe(Stream.repeat(Schedule.forever), Stream.flatMap(Stream.fromIterable))
    })
  )

const placesOf = Effect.fnUntraced(function* (search: TopicSearch) {
  const { admin } = yield* KafkaClient
  const places: Array<Place> = []
  for (const topic of search.topics) {
    const bounds = yield* Effect.mapError(admin.offsets(topic), unreadable(topic))
    const offsetsOf = (bound: Bound | undefined) =>
      bound === undefined || !("timeMs" in bound)
        ? Effect.succeed(undefined)
        : Effect.mapError(admin.offsetsAt(topic, bound.timeMs), unreadable(topic))
    const [froms, tos] = [yield* offsetsOf(search.from), yield* offsetsOf(search.to)]
    const { contract, key } = search
    const isOrigin = contract !== undefined && !topic.endsWith(".dlq") && !topic.endsWith(".parked")
    const wanted =
      search.partition ?? (key === undefined || !isOrigin ? undefined : partitionOf(contract, key, bounds.length))
    for (const { end, partition, start } of bounds) {
      if (wanted !== undefined && partition !== wanted) continue
      const at = (bound: Bound | undefined, times: typeof froms, otherwise: number) =>
        bound === undefined
          ? otherwise
          : "offset" in bound
            ? bound.offset
            : (times?.find((one) => one.partition === partition)?.offset ?? otherwise)
      const from = Math.max(start, at(search.from, froms, start))
      places.push({ topic, partition, from, to: Math.min(end, at(search.to, tos, end)) })
    }
  }
  return places
})

const readPage = Effect.fnUntraced(function* ({ partition, topic }: Place, offset: number) {
  const { admin } = yield* KafkaClient
  return yield* Effect.mapError(admin.read({ topic, partition, offset, maxBytes: pageBytes }), unreadable(topic))
})

interface Budget {
  left: number
}

/** The records of a range of one partition that fit, at most `limit`. */
const readRange = Effect.fnUntraced(function* (
  search: TopicSearch,
  decoder: ShownDecoder,
  place: Place,
  budget: Budget,
  limit: number
) {
  const found: Array<ShownRecord> = []
  for (let at = place.from; at < place.to && budget.left > 0 && found.length < limit; ) {
    const page = yield* readPage(place, at)
    const records = page.records.filter(({ offset }) => offset < place.to)
    budget.left -= records.length
    found.push(...(yield* fitting(search, decoder, place, records)))
    at = page.nextOffset > at ? page.nextOffset : place.to
  }
  return found
})

const firstIn = (search: TopicSearch, decoder: ShownDecoder, place: Place, budget: Budget) =>
  readRange(search, decoder, place, budget, search.limit)

/** Backwards window by window, each four times as long as the one before, until enough fit. */
const lastIn = Effect.fnUntraced(function* (search: TopicSearch, decoder: ShownDecoder, place: Place, budget: Budget) {
  let found: ReadonlyArray<ShownRecord> = []
  let to = place.to
  for (let length = firstWindow; to > place.from && found.length < search.limit && budget.left > 0; length *= 4) {
    const from = Math.max(place.from, to - length)
    const older = yield* readRange(search, decoder, { ...place, from, to }, budget, Number.POSITIVE_INFINITY)
    found = [...older, ...found]
    to = from
  }
  return found.slice(-search.limit)
})

const fitting = Effect.fnUntraced(function* (
  { key, where }: TopicSearch,
  decoder: ShownDecoder,
  { partition, topic }: Place,
  records: ReadonlyArray<Parameters<ShownDecoder["decode"]>[2]>
) {
  const found: Array<ShownRecord> = []
  for (const record of records) {
    const one = yield* decoder.decode(topic, partition, record)
    if (key !== undefined && originKeyOf(one) !== key) continue
    if (where.every((condition) => holds(condition, one as { readonly value: unknown } & ShownRecord))) found.push(one)
  }
  return found
})

/** The key that a record had in its own topic; dead letters and parked records lie under another one. */
const originKeyOf = ({ headers, key }: ShownRecord): string | null => headers["parked-key"] ?? key
