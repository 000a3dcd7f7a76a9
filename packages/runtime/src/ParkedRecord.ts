import type { ConsumedRecord, ProducerRecord } from "@millrace/kafka"
import { headerText } from "./Headers.ts"

/** What is known of a parked record besides its bytes. */
export interface ParkedState {
  /** Wall time in milliseconds at which it is due; 0: as soon as it is its turn. */
  readonly dueMs: number
  /** Failed attempts so far. */
  readonly failed: number
  readonly firstFailureMs: number | undefined
  /** Why it waits: its last failure, in a line; undefined: it waits for what is before it. */
  readonly why?: string | undefined
  /** Attempts with which the process ended, and one that runs. */
  readonly begun: number
  /** An attempt runs, as far as is known. */
  readonly running: boolean
}

/** A parked record as it was fetched first, and its state. */
export interface ParkedRecord extends ParkedState {
  readonly topic: string
  readonly partition: number
  readonly record: ConsumedRecord
}

const prefix = "parked-"
/** What a date can hold, in milliseconds; also exact as a number. */
const latestDateMs = 8_640_000_000_000_000
const encoder = new TextEncoder()

/** Key of the parked record: where it came from, so that a later version replaces it and a tombstone removes it. */
export const originKey = (topic: string, partition: number, offset: number): string => `${topic}/${partition}/${offset}`

/** The parked record: key, value and headers are the original bytes, the rest is in `parked-…` headers. */
export const parkedRecord = (
  parkedTopic: string,
  origin: { readonly topic: string; readonly partition: number; readonly record: ConsumedRecord },
  state: ParkedState
): ProducerRecord => {
  const { topic, partition, record } = origin
  const own: Record<string, string | Uint8Array> = {
    topic,
    offset: String(record.offset),
    timestamp: String(record.timestampMs),
    due: String(Math.ceil(state.dueMs)),
    failed: String(state.failed),
    begun: String(state.begun),
    running: state.running ? "1" : "0",
    ...(state.firstFailureMs === undefined ? {} : { "first-failure": String(state.firstFailureMs) }),
    ...(state.why === undefined ? {} : { why: state.why }),
    ...(record.key === null ? {} : { key: record.key })
  }
  const headers: Record<string, string | Uint8Array> = { ...record.headers }
  for (const name in own) headers[`${prefix}${name}`] = own[name]!
  return {
    topic: parkedTopic,
    partition,
    key: encoder.encode(originKey(topic, partition, record.offset)),
    value: record.value,
    headers
  }
}

/** Removes a parked record once its outcome is with the broker. */
export const parkedTombstone = (
  parkedTopic: string,
  origin: { readonly topic: string; readonly partition: number; readonly record: ConsumedRecord }
): ProducerRecord => ({
  topic: parkedTopic,
  partition: origin.partition,
  key: encoder.encode(originKey(origin.topic, origin.partition, origin.record.offset)),
  value: null
})

/** Reads a parked record back; undefined for one that is not of this form. */
export const readParked = (partition: number, { headers, value }: ConsumedRecord): ParkedRecord | undefined => {
  const topic = headerText(headers, `${prefix}topic`)
  const offset = number(headers, "offset")
  const timestampMs = number(headers, "timestamp")
  const dueMs = number(headers, "due")
  if (topic === undefined || offset === undefined || timestampMs === undefined || dueMs === undefined) return undefined
  const original: Record<string, Uint8Array> = {}
  for (const name in headers) if (!name.startsWith(prefix)) original[name] = headers[name]!
  return {
    topic,
    partition,
    record: { offset, timestampMs, key: headers[`${prefix}key`] ?? null, value, headers: original },
    dueMs,
    failed: number(headers, "failed") ?? 0,
    begun: number(headers, "begun") ?? 0,
    running: number(headers, "running") === 1,
    firstFailureMs: number(headers, "first-failure"),
    why: headerText(headers, `${prefix}why`)
  }
}

const number = (headers: ConsumedRecord["headers"], name: string): number | undefined => {
  const text = headerText(headers, `${prefix}${name}`)
  const value = text !== undefined && /^\d+$/u.test(text) ? Number(text) : undefined
  return value !== undefined && value <= latestDateMs ? value : undefined
}
