import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Ms = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Bytes = Count

/**
 * Times of attempts as a histogram: `counts[n]` of them took longer than the boundary below and at most `boundaries[n]` of the
 * report; the last one counts those above all boundaries.
 */
export const AttemptTimes = Schema.Struct({ count: Count, sumSeconds: Ms, counts: Schema.Array(Count) })
export type AttemptTimes = typeof AttemptTimes.Type

/**
 * One lane that a worker reads. What is counted grows from the start of the process and never falls; all else is as at the
 * moment of the report.
 */
export const LaneReport = Schema.Struct({
  /** Physical topic. */
  topic: Schema.String,
  lane: Schema.String,
  /** Records finished, those set aside included. */
  processed: Count,
  /** Records set aside as dead letters. */
  deadLettered: Count,
  /** Failed attempts that another attempt follows. */
  retried: Count,
  /** Attempts that ended as a dependency was down; they are no failures of the record and use up no attempt. */
  held: Count,
  /** Records whose time had passed before they were handled. */
  expired: Count,
  attempts: AttemptTimes,
  /** Records from the committable offset to the end; those in flight and buffered are part of it. */
  lag: Count,
  inFlight: Count,
  /** Fetched, and waiting for their turn or their next attempt. */
  buffered: Count,
  /** Of the buffered ones, keys whose first record waits for its next attempt. */
  waiting: Count,
  /** In `<topic>.parked`, which is no part of the lag. */
  parked: Count,
  paused: Schema.Boolean,
  /** Since the oldest unfinished record that is known was written; absent where there is none, or nothing was fetched yet. */
  oldestAgeMs: Schema.optionalKey(Ms)
})
export type LaneReport = typeof LaneReport.Type

const state = {
  live: Schema.Boolean,
  ready: Schema.Boolean,
  /** Why it is not live or not ready, in words for an operator. */
  reason: Schema.optionalKey(Schema.String)
}

/** One worker of a process: a consumer group's member. */
export const WorkerReport = Schema.Struct({
  name: Schema.String,
  ...state,
  /** Keys that it handles at the same time at most. */
  concurrency: Count,
  lanes: Schema.Array(LaneReport),
  tables: Schema.Array(Schema.Struct({ topic: Schema.String, rows: Count, ready: Schema.Boolean, undecodable: Count })),
  /** Absent where there are no controls. */
  controls: Schema.optionalKey(Schema.Struct({ readable: Schema.Boolean, heartbeatAgeMs: Ms }))
})
export type WorkerReport = typeof WorkerReport.Type

/** Breakers of one kind of dependency, by state; which account's they are stays in the process. */
export const BreakerReport = Schema.Struct({
  kind: Schema.String,
  closed: Count,
  open: Count,
  halfOpen: Count
})
export type BreakerReport = typeof BreakerReport.Type

/** What a process tells of itself. Topic `service-reports`, key: `<service>/<instance>`. Writer: every process, each few seconds. */
export const ServiceReport = Schema.TaggedStruct("ServiceReport", {
  service: Id,
  instance: Schema.NonEmptyString,
  version: Schema.String,
  pid: Count,
  startedAtMs: EpochMs,
  atMs: EpochMs,
  /** Time until the next report; one that is silent for three times as long counts as inactive. */
  everyMs: Ms,
  /** Of the process as a whole: its workers and its event loop. */
  ...state,
  memory: Schema.Struct({ residentBytes: Bytes, heapUsedBytes: Bytes, heapLimitBytes: Bytes }),
  /** Processor time used since the start, in seconds. */
  cpuSeconds: Ms,
  /** Longest time of the last half minute in which the event loop did not turn. */
  longestBlockMs: Schema.optionalKey(Ms),
  /** Upper bounds of the lanes' attempt times, in seconds. */
  boundaries: Schema.Array(Schema.Finite),
  workers: Schema.Array(WorkerReport),
  breakers: Schema.Array(BreakerReport),
  /** Dead letters that wait, by logical topic; only of a process that watches them. */
  deadLetters: Schema.optionalKey(
    Schema.Array(Schema.Struct({ topic: Schema.String, open: Count, quarantined: Count }))
  )
})
export type ServiceReport = typeof ServiceReport.Type

/** Key of a process's reports. */
export const serviceReportKey = ({ instance, service }: Pick<ServiceReport, "service" | "instance">): string =>
  `${service}/${instance}`
