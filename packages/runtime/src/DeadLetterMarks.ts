import {
  type DeadLetterMark,
  deadLetterMarks,
  partitionOf,
  type RecordCodec,
  type Topic,
  TopicsFile
} from "@millrace/contracts"
import { type ConsumedRecord, KafkaClient, type KafkaError } from "@millrace/kafka"
import { Clock, Effect } from "effect"
import { type Fetched, makeRecordDecoder } from "./RecordDecoder.ts"
import { TriageFailed } from "./TriageFailed.ts"

/** What became of a topic's dead letters, as far as it was read. Letters without a mark are open. */
export interface DeadLetterMarks {
  readonly get: (letterId: string) => DeadLetterMark | undefined
  readonly ids: () => IterableIterator<string>
  /** Takes a mark over that was just written, or forgets one. */
  readonly put: (letterId: string, mark: DeadLetterMark | undefined) => void
  /**
   * Reads on to the end. `settled`: waits for transactions that were open when it began, which may be those of other
   * topics, so that no mark written before is missed; fails with `unavailable` when they stay open for 70 s.
   */
  readonly refresh: (how: "settled" | "visible") => Effect.Effect<void, TriageFailed>
}

/** Where the marks of a topic's letters lie. */
export interface MarksPlace {
  readonly topic: string
  readonly partition: number
}

const prefixOf = (topic: string): string => `${topic}/`

/** Key of a letter's mark. */
export const markKey = (topic: string, letterId: string): string => `${prefixOf(topic)}${letterId}`

const settleWaitMs = 20
/** Above the 60 s after which the broker ends an abandoned transaction. */
const settleLimitMs = 70_000

/** All marks of a topic lie in one partition. Fails with `unknownTopic` when topics.yaml does not declare the marks. */
export const marksPlace = (topic: Topic): Effect.Effect<MarksPlace, TriageFailed, TopicsFile> =>
  Effect.gen(function* () {
    const topics = yield* TopicsFile
    const declared = yield* topics
      .declared(deadLetterMarks.name)
      .pipe(Effect.mapError((cause) => failed(topic.name, "unknownTopic", cause.message, cause)))
    return {
      topic: declared.name,
      partition: partitionOf(deadLetterMarks, prefixOf(topic.name), declared.partitions)
    }
  })

/** The marks of a topic; nothing is read before `refresh`. */
export const makeDeadLetterMarks = (
  topic: Topic
): Effect.Effect<DeadLetterMarks, TriageFailed, KafkaClient | TopicsFile | RecordCodec> =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const decoder = yield* makeRecordDecoder(deadLetterMarks)
    const place = yield* marksPlace(topic)
    const marks = new Map<string, DeadLetterMark>()
    let position = 0

    const take = Effect.fnUntraced(function* (record: ConsumedRecord) {
      const key = Buffer.from(record.key ?? []).toString("utf8")
      if (!key.startsWith(prefixOf(topic.name))) return
      const fetched: Fetched = { ...place, lane: "", record, fetchedAtMs: record.timestampMs }
      const { value } = yield* Effect.mapError(decoder.decode(fetched, 1), (cause) =>
        cause._tag === "RegistryUnavailable"
          ? failed(topic.name, "unavailable", cause.message, cause)
          : failed(topic.name, "unreadable", `the mark at ${place.topic}/${place.partition}@${record.offset}`, cause)
      )
      if (value === null) marks.delete(key.slice(prefixOf(topic.name).length))
      else marks.set(value.letterId, value)
    })

    const refresh = Effect.fnUntraced(function* (how: "settled" | "visible") {
      const startedMs = yield* Clock.currentTimeMillis
      let goal: number | undefined
      while (true) {
        const read = yield* Effect.mapError(admin.read({ ...place, offset: position }), kafkaFailed(topic.name))
        yield* Effect.forEach(read.records, take, { discard: true })
        position = read.nextOffset
        goal ??= how === "settled" ? read.highWatermark : read.endOffset
        if (position >= goal) return
        if (position < read.endOffset) continue
        if ((yield* Clock.currentTimeMillis) - startedMs > settleLimitMs) {
          const detail = `a transaction on ${place.topic} has stayed open for ${settleLimitMs / 1000} s; try again`
          return yield* failed(topic.name, "unavailable", detail, undefined)
        }
        yield* Effect.sleep(settleWaitMs)
      }
    })

    return {
      get: (letterId) => marks.get(letterId),
      ids: () => marks.keys(),
      put: (letterId, mark) => {
        if (mark === undefined) marks.delete(letterId)
        else marks.set(letterId, mark)
      },
      refresh
    }
  })

/** Builds the failure of a call on a topic's dead letters. */
export const failed = (topic: string, reason: TriageFailed["reason"], detail: string, cause: unknown): TriageFailed =>
  new TriageFailed({ topic, reason, detail, cause })

/** What a failure of Kafka means for the call. */
export const kafkaFailed =
  (topic: string) =>
  (cause: KafkaError): TriageFailed => {
    if (cause.reason === "fenced") {
      const detail = "another call works on them by now and goes on where this one stopped; only one does at a time"
      return failed(topic, "takenOver", detail, cause)
    }
    const refused = cause.reason === "tooLarge" || cause.reason === "invalid" || cause.reason === "notFound"
    const hint = cause.reason === "notFound" ? ". Run `millrace topics apply`" : ""
    return failed(topic, refused ? "refused" : "unavailable", `${cause.message}${hint}`, cause)
  }
