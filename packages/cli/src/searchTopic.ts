import { RecordCodec, type RegistryUnavailable, type TopicContract, Undecodable } from "@millrace/contracts"
import { type RecordSearch, type SearchPlace, searchRecords } from "@millrace/history"
import type { ConsumedRecord } from "@millrace/kafka"
import { Effect, Result, Schedule, Stream } from "effect"
import { type FieldCondition, holds } from "./FieldCondition.ts"
import { type ShownRecord, shownHeaders, shownRecord, shownValue } from "./ShownRecord.ts"

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

/** Reads what may hold what is looked for: from its bound on, or backwards from its end. Fails with `HistoryUnreadable`. */
export const searchTopic = Effect.fn("cli.searchTopic")(function* (search: TopicSearch) {
  const { from, limit, mostRead } = search
  const order = from === undefined ? "newest" : "oldest"
  const budget = { records: mostRead, ms: Number.POSITIVE_INFINITY }
  const found = yield* searched(search, { order, limit, budget, ...fromOf(from), ...toOf(search.to) })
  const records = found.records.map((one) => shownRecord(one, search.contract !== undefined))
  return {
    records: order === "newest" ? records.reverse() : records,
    read: found.examined,
    complete: found.next === undefined || records.length >= limit
  } satisfies TopicFindings
})

/** How many records a round of following reads at most. */
const roundRecords = 10_000

/** Records that fit and are written from now on, or from `search.from` on, for ever. */
export const followTopic = (search: TopicSearch) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const budget = { records: roundRecords, ms: Number.POSITIVE_INFINITY }
      const bounds = { order: "oldest", limit: roundRecords, budget } as const
      const end = { fromOffset: Number.MAX_SAFE_INTEGER }
      const start = search.from === undefined ? end : fromOf(search.from)
      let places: ReadonlyArray<SearchPlace> = (yield* searched(search, { ...bounds, ...start, limit: 0 })).places
      const round = Effect.gen(function* () {
        const found = yield* searched(search, { ...bounds, places })
        places = found.places
        if (found.next === undefined && found.records.length === 0) yield* Effect.sleep("250 millis")
        return found.records.map((one) => shownRecord(one, search.contract !== undefined))
      })
      return Stream.fromEffect(round).pipe(Stream.repeat(Schedule.forever), Stream.flatMap(Stream.fromIterable))
    })
  )

/** The search of history, with conditions on what is shown, and going on where the registry does not answer. */
const searched = Effect.fnUntraced(function* (
  { contract, key, partition, topics, where }: TopicSearch,
  bounds: Omit<RecordSearch, "wanted" | "matches" | "key" | "partition">
) {
  const codec = yield* RecordCodec
  const lanes = topics.map((topic) => ({ name: topic, topic }))
  const keyed = !topics.some((topic) => topic.endsWith(".dlq") || topic.endsWith(".parked"))
  return yield* searchRecords(
    { lanes, contract, keyed },
    {
      ...bounds,
      ...(key === undefined ? {} : { key }),
      ...(partition === undefined ? {} : { partition }),
      ...(where.length === 0 ? {} : { wanted: (record: ConsumedRecord) => fits(where, record) })
    }
  ).pipe(Effect.provideService(RecordCodec, askingOnce(codec)))
})

/** Conditions are asked of what is shown: a secret is neither shown nor guessed. */
const fits = (where: ReadonlyArray<FieldCondition>, record: ConsumedRecord): boolean => {
  const asksHeaders = where.some(({ path }) => path[0] === "header")
  const headers = asksHeaders ? shownHeaders(record) : {}
  const json = shownValue(record)
  const subject = { value: Result.isSuccess(json) ? json.success : undefined, headers }
  return where.every((condition) => holds(condition, subject))
}

const fromOf = (bound: Bound | undefined): Pick<RecordSearch, "fromMs" | "fromOffset"> =>
  bound === undefined ? {} : "timeMs" in bound ? { fromMs: bound.timeMs } : { fromOffset: bound.offset }

const toOf = (bound: Bound | undefined): Pick<RecordSearch, "toMs" | "toOffset"> =>
  bound === undefined ? {} : "timeMs" in bound ? { toMs: bound.timeMs } : { toOffset: bound.offset }

/**
 * A codec that asks the registry once for each schema id, and takes no answer for a value that can't be read by its schema: it is
 * shown all the same, with the reason.
 */
const askingOnce = (codec: RecordCodec["Service"]): RecordCodec["Service"] => {
  const asked = new Map<number, Effect.Effect<void, Undecodable>>()
  const unread = (topic: string) => (failure: Undecodable | RegistryUnavailable) =>
    failure._tag === "Undecodable" ? failure : new Undecodable({ topic, issue: failure.message })
  return {
    ...codec,
    learn: (contract, schemaId) => {
      const before = asked.get(schemaId)
      if (before !== undefined) return before
      return Effect.exit(Effect.mapError(codec.learn(contract, schemaId), unread(contract.name))).pipe(
        Effect.tap((exit) => Effect.sync(() => asked.set(schemaId, exit))),
        Effect.flatten
      )
    }
  }
}
