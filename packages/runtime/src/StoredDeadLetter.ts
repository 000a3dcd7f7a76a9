import { deterministicId, type Topic } from "@millrace/contracts"
import type { ConsumedRecord } from "@millrace/kafka"
import { Result, Schema } from "effect"
import { deadLetterPrefix } from "./DeadLetters.ts"
import { headerText, headerTexts, workspaceHeader } from "./Headers.ts"

/** How often a record was sent back to its lane, and the id of the last time; both stay with it from then on. */
export const replayCountHeader = "replay-count"
export const replayIdHeader = "replay-id"

const Whole = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))
const text = Schema.String.check(Schema.isNonEmpty())

const CauseHeaders = Schema.Struct({
  kind: text,
  tag: Schema.String,
  message: Schema.String,
  stack: Schema.optionalKey(Schema.String),
  fingerprint: text,
  attempts: Whole,
  "first-failure": Schema.DateTimeUtcFromString,
  "last-failure": Schema.DateTimeUtcFromString,
  service: Schema.String,
  version: Schema.String,
  "trace-id": Schema.optionalKey(Schema.String),
  lane: Schema.String,
  "origin-topic": text,
  "origin-partition": Whole,
  "origin-offset": Whole,
  "origin-timestamp": Schema.FiniteFromString
})

/** Why a record was set aside, and where it was read, as its `dlq-…` headers tell. */
export interface DeadLetterCause {
  readonly _tag: "Known"
  readonly kind: string
  readonly tag: string
  readonly message: string
  readonly stack: string | undefined
  readonly fingerprint: string
  readonly attempts: number
  /** Wall time of the first and of the last failure, in milliseconds. */
  readonly firstFailureMs: number
  readonly lastFailureMs: number
  readonly service: string
  readonly version: string
  readonly traceId: string | undefined
  readonly origin: {
    readonly topic: string
    readonly lane: string
    readonly partition: number
    readonly offset: number
    readonly timestampMs: number
  }
}

/** The headers do not tell the cause: somebody else wrote the record, or its headers were damaged. */
export interface MalformedCause {
  readonly _tag: "Malformed"
  readonly issue: string
}

/** A record of `<topic>.dlq`. */
export interface StoredDeadLetter {
  /**
   * Made of the origin, so that a letter which a crash had written twice is one. 16 hexadecimal characters; of one whose
   * cause is malformed, made of its place in the dead letters.
   */
  readonly id: string
  /** Logical topic. */
  readonly topic: string
  /** Place in `<topic>.dlq`. */
  readonly partition: number
  readonly offset: number
  readonly writtenMs: number
  readonly record: ConsumedRecord
  readonly workspaceId: string | undefined
  /** 0 for one that failed for the first time. */
  readonly replayCount: number
  readonly cause: DeadLetterCause | MalformedCause
}

/** Fingerprint that stands for all letters with a malformed cause. */
export const malformedFingerprint = "malformed"

const decodeCause = Schema.decodeUnknownResult(CauseHeaders)

const causeOf = (headers: Readonly<Record<string, string>>): DeadLetterCause | MalformedCause => {
  const named: Record<string, string> = {}
  for (const name in headers) {
    if (name.startsWith(deadLetterPrefix)) named[name.slice(deadLetterPrefix.length)] = headers[name]!
  }
  const decoded = decodeCause(named)
  if (Result.isFailure(decoded)) return { _tag: "Malformed", issue: decoded.failure.message }
  const found = decoded.success
  return {
    _tag: "Known",
    kind: found.kind,
    tag: found.tag,
    message: found.message,
    stack: found.stack,
    fingerprint: found.fingerprint,
    attempts: found.attempts,
    firstFailureMs: found["first-failure"].epochMilliseconds,
    lastFailureMs: found["last-failure"].epochMilliseconds,
    service: found.service,
    version: found.version,
    traceId: found["trace-id"],
    origin: {
      topic: found["origin-topic"],
      lane: found.lane,
      partition: found["origin-partition"],
      offset: found["origin-offset"],
      timestampMs: found["origin-timestamp"]
    }
  }
}

const idOf = (topic: Topic, place: readonly [number, number], cause: DeadLetterCause | MalformedCause): string => {
  const parts =
    cause._tag === "Known"
      ? [cause.origin.topic, cause.origin.partition, cause.origin.offset, cause.origin.timestampMs]
      : ["place", topic.deadLetters.topic, ...place]
  return deterministicId(...parts.map(String)).slice(0, 16)
}

/** Reads a record of a topic's dead letters; never fails, whatever the record holds. */
export const storedDeadLetter = (topic: Topic, partition: number, record: ConsumedRecord): StoredDeadLetter => {
  const cause = causeOf(headerTexts(record.headers))
  const replays = Number(headerText(record.headers, replayCountHeader) ?? 0)
  return {
    id: idOf(topic, [partition, record.offset], cause),
    topic: topic.name,
    partition,
    offset: record.offset,
    writtenMs: record.timestampMs,
    record,
    workspaceId: headerText(record.headers, workspaceHeader),
    replayCount: Number.isSafeInteger(replays) && replays > 0 ? replays : 0,
    cause
  }
}

/** The group that a letter belongs to. */
export const fingerprintOf = ({ cause }: StoredDeadLetter): string =>
  cause._tag === "Known" ? cause.fingerprint : malformedFingerprint

/** Wall time of the last failure, in milliseconds; of a malformed cause, the time it was written. */
export const failedAtMs = ({ cause, writtenMs }: StoredDeadLetter): number =>
  cause._tag === "Known" ? cause.lastFailureMs : writtenMs

const decoder = new TextDecoder()

/** The key's text; undefined without a key. */
export const letterKey = ({ record }: StoredDeadLetter): string | undefined =>
  record.key === null ? undefined : decoder.decode(record.key)
