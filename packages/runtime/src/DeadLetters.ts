import type { ConsumedRecord, ProducerRecord } from "@millrace/kafka"
import { redactText, ServiceVersion } from "@millrace/telemetry"
import { Context, DateTime, Effect, Layer } from "effect"
import { type FailureReport, fingerprint } from "./ErrorFingerprint.ts"
import { headerText, traceHeader } from "./Headers.ts"
import { Publisher } from "./Publisher.ts"
import type { PublishFailed } from "./RuntimeError.ts"

/** A record nobody can handle, with its history. */
export interface DeadLetter {
  readonly record: ConsumedRecord
  readonly origin: { readonly topic: string; readonly partition: number; readonly lane: string }
  readonly deadLetterTopic: string
  readonly failure: FailureReport
  readonly attempts: number
  /** Wall time of the first and of the last failure, in milliseconds. */
  readonly firstFailureMs: number
  readonly lastFailureMs: number
  readonly service: string
}

/** Prefix of the headers that a dead letter adds to the original ones. */
export const deadLetterPrefix = "dlq-"

const longestText = 4_000

/**
 * The dead letter as a record: key, value and headers are the original bytes, the cause is in `dlq-…` headers.
 *
 * The headers of an earlier stay in the dead letters are replaced.
 */
export const deadLetterRecord = (letter: DeadLetter, version: string): ProducerRecord => {
  const schemaId = schemaIdOf(letter.record.value)
  const headers: Record<string, string | Uint8Array> = {}
  for (const name in letter.record.headers) {
    const value = letter.record.headers[name]
    if (value !== undefined && !name.startsWith(deadLetterPrefix)) headers[name] = value
  }
  const trace = headerText(letter.record.headers, traceHeader)?.split("-")[1]
  const causes: Record<string, string | undefined> = {
    kind: letter.failure.kind,
    tag: letter.failure.tag,
    message: redactText(letter.failure.message).slice(0, longestText),
    stack: letter.failure.stack && redactText(letter.failure.stack).slice(0, longestText),
    fingerprint: fingerprint(letter.failure, schemaId),
    attempts: String(letter.attempts),
    "first-failure": isoTime(letter.firstFailureMs),
    "last-failure": isoTime(letter.lastFailureMs),
    service: letter.service,
    version,
    "trace-id": trace,
    lane: letter.origin.lane,
    "origin-topic": letter.origin.topic,
    "origin-partition": String(letter.origin.partition),
    "origin-offset": String(letter.record.offset),
    "origin-timestamp": String(letter.record.timestampMs)
  }
  for (const name in causes) {
    const value = causes[name]
    if (value !== undefined) headers[`${deadLetterPrefix}${name}`] = value
  }
  return { topic: letter.deadLetterTopic, key: letter.record.key, value: letter.record.value, headers }
}

const isoTime = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))

/** Id in the Confluent wire format: magic byte 0, then four bytes. */
const schemaIdOf = (value: Uint8Array | null): number | undefined =>
  value === null || value.length < 5 || value[0] !== 0
    ? undefined
    : new DataView(value.buffer, value.byteOffset).getUint32(1)

/** Sets aside records that cannot be handled, each with its reason. */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /**
     * Writes the record to its topic's dead letters. Returns once the broker has it; until then the offset must not be
     * committed. A crash in between writes it again, with the same origin.
     */
    readonly send: (letter: DeadLetter) => Effect.Effect<void, PublishFailed>
  }
>()("@millrace/runtime/DeadLetters") {
  static readonly layer = Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const publisher = yield* Publisher
      const version = yield* ServiceVersion
      return DeadLetters.of({ send: (letter) => publisher.sendRaw([deadLetterRecord(letter, version)]) })
    })
  )
}
