import { RecordCodec, type TopicContract } from "@millrace/contracts"
import type { ConsumedRecord } from "@millrace/kafka"
import { headerTexts, keyText } from "@millrace/runtime"
import { Effect, Result } from "effect"
import { hidden, isHidden, withoutSecrets } from "./hiddenFields.ts"

/** A record for people and programs: its value as JSON with secrets hidden, whether or not it fits its schema. */
export interface ShownRecord {
  /** Topic of the broker. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  readonly headers: Readonly<Record<string, string>>
  /** Absent for what is no JSON; null for a tombstone. */
  readonly value?: unknown
  /** Why it can't be read by the topic's schema. */
  readonly problem?: string
  readonly bytes: number
}

/** Decodes records of one topic; a schema id that is new is asked for once. */
export interface ShownDecoder {
  readonly decode: (topic: string, partition: number, record: ConsumedRecord) => Effect.Effect<ShownRecord>
}

const frameBytes = 5

const jsonIn = (bytes: Uint8Array): Result.Result<unknown, string> => {
  const text = new TextDecoder().decode(bytes[0] === 0 ? bytes.subarray(frameBytes) : bytes)
  return Result.try({ try: () => JSON.parse(text) as unknown, catch: () => `no JSON, ${bytes.length} bytes` })
}

/** Makes the decoder of a topic; without a contract values are shown as JSON, unchecked. */
export const makeShownDecoder = (contract: TopicContract<unknown> | undefined) =>
  Effect.map(RecordCodec, (codec): ShownDecoder => {
    const asked = new Map<number, string | undefined>()
    const learn = Effect.fnUntraced(function* (of: TopicContract<unknown>, schemaId: number) {
      if (asked.has(schemaId)) return asked.get(schemaId)
      const learned = yield* Effect.result(codec.learn(of, schemaId))
      const issue = Result.isSuccess(learned)
        ? undefined
        : learned.failure._tag === "Undecodable"
          ? learned.failure.issue
          : learned.failure.message
      asked.set(schemaId, issue)
      return issue
    })
    const problemOf = Effect.fnUntraced(function* (value: Uint8Array) {
      if (contract === undefined) return undefined
      const first = codec.decode(contract, value)
      if (Result.isSuccess(first)) return undefined
      if (first.failure._tag === "Undecodable") return first.failure.issue
      const issue = yield* learn(contract, first.failure.schemaId)
      if (issue !== undefined) return issue
      const again = codec.decode(contract, value)
      if (Result.isSuccess(again)) return undefined
      return again.failure._tag === "Undecodable" ? again.failure.issue : "its schema id stays unknown"
    })
    const decode = Effect.fnUntraced(function* (topic: string, partition: number, record: ConsumedRecord) {
      const { key, offset, timestampMs, value } = record
      const headers = Object.entries(headerTexts(record.headers)).map(
        ([name, text]) => [name, isHidden(name) ? hidden : text] as const
      )
      const place = {
        topic,
        partition,
        offset,
        timestampMs,
        key: key === null ? null : keyText({ topic, partition, record }),
        headers: Object.fromEntries(headers),
        bytes: value?.length ?? 0
      }
      if (value === null) return { ...place, value: null } satisfies ShownRecord as ShownRecord
      const json = jsonIn(value)
      const problem = (yield* problemOf(value)) ?? (Result.isFailure(json) ? json.failure : undefined)
      return {
        ...place,
        ...(Result.isSuccess(json) ? { value: withoutSecrets(json.success) } : {}),
        ...(problem === undefined ? {} : { problem })
      } satisfies ShownRecord as ShownRecord
    })
    return { decode }
  })
