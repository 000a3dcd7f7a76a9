import type { FoundRecord } from "@millrace/history"
import type { ConsumedRecord } from "@millrace/kafka"
import { headerTexts } from "@millrace/runtime"
import { Result } from "effect"
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

const frameBytes = 5

const jsonIn = (bytes: Uint8Array): Result.Result<unknown, string> => {
  const text = new TextDecoder().decode(bytes[0] === 0 ? bytes.subarray(frameBytes) : bytes)
  return Result.try({ try: () => JSON.parse(text) as unknown, catch: () => `no JSON, ${bytes.length} bytes` })
}

/** Headers as texts, without secrets. */
export const shownHeaders = (record: ConsumedRecord): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headerTexts(record.headers)).map(([name, text]) => [name, isHidden(name) ? hidden : text] as const)
  )

/** The value as it was written, whatever the schema leaves out, without secrets; fails with why it is none. */
export const shownValue = ({ value }: ConsumedRecord): Result.Result<unknown, string> =>
  value === null ? Result.succeed(null) : Result.map(jsonIn(value), withoutSecrets)

/** A record that was found, as it is shown. `checked`: whether its topic has a schema. */
export const shownRecord = (found: FoundRecord, checked: boolean): ShownRecord => {
  const { partition, record, topic, value } = found
  const json = shownValue(record)
  const unfit = checked && value._tag === "Undecodable" ? value.issue : undefined
  const problem = unfit ?? (Result.isFailure(json) ? json.failure : undefined)
  return {
    topic,
    partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    key: record.key === null ? null : new TextDecoder().decode(record.key),
    headers: shownHeaders(record),
    bytes: record.value?.length ?? 0,
    ...(Result.isSuccess(json) ? { value: json.success } : {}),
    ...(problem === undefined ? {} : { problem })
  }
}
