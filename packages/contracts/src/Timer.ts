import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

/** A record's key: not empty, without control characters, short enough for every store. */
export const RecordKey = Schema.String.check(Schema.isPattern(/^\P{Cc}{1,500}$/u))

/** A logical topic or a lane of topics.yaml. */
const TopicWord = Schema.String.check(Schema.isPattern(/^[a-z0-9]+(-[a-z0-9]+)*$/u))

/** Where a timer delivers its record. */
export const TimerTarget = Schema.Struct({
  /** Logical topic. Its declared writers in topics.yaml must include the timer's owner. */
  topic: TopicWord,
  /** Absent: the topic's default lane. */
  lane: Schema.optionalKey(TopicWord),
  key: RecordKey,
  workspaceId: Id
})
export type TimerTarget = typeof TimerTarget.Type

const timerFields = {
  /** Package that asks; it must be a declared writer of the topic `timers`. Ids are its own: others never meet them. */
  owner: TopicWord,
  timerId: Id,
  /**
   * Grows with each change that the owner makes to this timer, from 1. What is not above the revision known is a repeat
   * and changes nothing, whenever it comes.
   */
  revision: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_147_483_647 }))
}

/** "Deliver this record at time T." A higher revision replaces what was asked before; one in the past is due at once. */
export const TimerRequested = Schema.TaggedStruct("TimerRequested", {
  ...timerFields,
  dueAtMs: EpochMs,
  target: TimerTarget,
  /** The record's value, as the target topic's schema has it. */
  payload: Schema.Json,
  /** Longest delay after which the record is still of use; later it is left out and told. Absent: it is always delivered. */
  skipWhenLaterMs: Schema.optionalKey(EpochMs)
})
export type TimerRequested = typeof TimerRequested.Type

/** The record is not wanted any more. Too late once it was delivered, which its `TimerFired` tells. */
export const TimerCancelled = Schema.TaggedStruct("TimerCancelled", timerFields)
export type TimerCancelled = typeof TimerCancelled.Type

/**
 * What became of a timer that was due.
 *
 * - `delivered`: the record is in its topic.
 * - `skipped`: it was later than `skipWhenLaterMs`.
 * - `refused`: its topic or schema had changed since it was asked for (`reason` says how); it is kept in the store.
 */
export const TimerOutcome = Schema.Literals(["delivered", "skipped", "refused"])
export type TimerOutcome = typeof TimerOutcome.Type

/** A timer was due. Repeated after a crash, with the same `deliveryId`. */
export const TimerFired = Schema.TaggedStruct("TimerFired", {
  ...timerFields,
  /** Deterministic in owner, timer and revision; the delivered record carries it in the header `delivery-id`. */
  deliveryId: Schema.String,
  /** The recurring schedule whose occurrence it is. */
  scheduleId: Schema.optionalKey(Id),
  dueAtMs: EpochMs,
  /** By the store's clock, which decides what is due. */
  firedAtMs: EpochMs,
  target: TimerTarget,
  outcome: TimerOutcome,
  reason: Schema.optionalKey(Schema.String)
})
export type TimerFired = typeof TimerFired.Type

/** Headers of a delivered record: the same each time that it is delivered. */
export const deliveryHeaders = {
  /** Deterministic in owner, timer and revision: who has seen it may drop the record. */
  deliveryId: "delivery-id",
  timerId: "timer-id",
  /** Milliseconds since the epoch. */
  dueAtMs: "due-at-ms",
  /** Of an occurrence of a recurring schedule. */
  scheduleId: "schedule-id"
} as const

/** Value of topic `timers`, key: timer id. Writers: each owner its requests, scheduler what became of them. */
export const TimerRecord = Schema.Union([TimerRequested, TimerCancelled, TimerFired])
export type TimerRecord = typeof TimerRecord.Type
