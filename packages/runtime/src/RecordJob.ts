import type { AssignedPartition, ConsumedRecord, RecordBatch } from "@millrace/kafka"
import type { Fiber } from "effect"
import { type Waiting, waitingBehind } from "./Admissions.ts"
import { type CommitNote, decodeNote } from "./CommitNote.ts"
import { CrashGuard, type CrashLimits } from "./CrashGuard.ts"
import type { Job } from "./KeyScheduler.ts"
import type { GatedPartition } from "./LaneGate.ts"
import { OffsetTracker } from "./OffsetTracker.ts"
import type { ParkedRecord } from "./ParkedRecord.ts"
import type { ParkedJob } from "./Parking.ts"
import { type Fetched, keyText } from "./RecordDecoder.ts"
import type { RetryWaits } from "./RetrySchedule.ts"
import { bytesOf } from "./WaitingRecords.ts"

/** One partition of one lane of an input, under one assignment. */
export interface InputPartition {
  readonly topic: string
  readonly partition: number
  /** Index of the lane. */
  readonly lane: number
  /** Where reading began. */
  readonly startOffset: number
  readonly tracker: OffsetTracker
  readonly gated: GatedPartition
  readonly waiting: Waiting
  /** End offset at the last fetch. */
  endOffset: number
  /** False once the partition is given away or assigned anew: nothing may be published for its records any more. */
  owned: boolean
}

/** The state of a partition just assigned: it goes on behind what its earlier owner finished. */
export const inputPartition = (
  assigned: AssignedPartition,
  lane: number,
  gated: GatedPartition,
  limits: CrashLimits
): InputPartition => {
  const note = noteOf(assigned)
  return {
    topic: assigned.topic,
    partition: assigned.partition,
    lane,
    gated,
    startOffset: assigned.startOffset,
    tracker: new OffsetTracker(assigned.startOffset, note.done),
    waiting: waitingBehind(new CrashGuard(note, assigned, limits)),
    endOffset: assigned.endOffset,
    owned: true
  }
}

/** What the earlier owner of a partition noted with its commit. */
export const noteOf = ({ committed }: Pick<AssignedPartition, "committed">): CommitNote =>
  committed === undefined ? { done: [] } : decodeNote(committed.metadata, committed.offset)

/** A record on its way through an input. */
export interface RecordJob extends Job {
  readonly source: InputPartition
  readonly fetched: Fetched
  readonly ticket: number
  readonly bytes: number
  /** Failed attempts so far; held ones do not count. */
  failed: number
  firstFailureMs: number | undefined
  /** Its last failure, in a line. */
  why: string | undefined
  /** Waits of the retry policy, and of holding; made with the first failure. */
  retries: RetryWaits | undefined
  holds: RetryWaits | undefined
  /** Its place in the parked records; undefined for one that only waits in memory. */
  parked: ParkedJob | undefined
  /** Wall time in milliseconds at which its next attempt is due; 0: as soon as it is its turn. */
  dueMs: number
  /** It no longer counts in its partition: finished there, or parked. */
  left: boolean
  /** It may have ended the process: how often that happened with it alone; undefined for all others. */
  suspected: number | undefined
  /** It follows an unclean end, and does not run beside a suspect. */
  careful: boolean
  /** The process ended so often with this record alone that it is set aside unseen. */
  crashes: number | undefined
  /** Later records of its key and lane that are handled with it. */
  companions: ReadonlyArray<RecordJob>
  /** Handled by itself, without companions and not as one. */
  single: boolean
  /** An attempt has begun and not ended. */
  begun: boolean
  /** What the attempt waits for, to be interrupted when the record is given up. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

/** Notes a batch's records as read and makes their jobs; records read before, or finished by an earlier owner, are left out. */
export const jobsOf = (batch: RecordBatch, source: InputPartition, lane: string): ReadonlyArray<RecordJob> => {
  const jobs: Array<RecordJob> = []
  for (const record of batch.records) {
    if (record.offset < source.tracker.next) continue
    const ticket = source.tracker.read(record.offset)
    if (ticket < 0) continue
    jobs.push(jobOf(source, lane, record, batch.fetchedAtMs, ticket))
  }
  source.tracker.skipTo(batch.nextOffset)
  source.endOffset = Math.max(batch.highWatermark, batch.nextOffset)
  return jobs
}

/** The job of a record that an earlier owner parked; in its own topic it counts as finished. */
export const parkedJob = (parked: ParkedRecord, source: InputPartition, lane: string): RecordJob => {
  const { dueMs, failed, firstFailureMs, record, why } = parked
  const job = jobOf(source, lane, record, record.timestampMs, noTicket)
  const careful = source.waiting.guard.uncleanEnds > 0
  return Object.assign(job, { left: true, dueMs, failed, firstFailureMs, why, careful })
}

const noTicket = -1
const nobody: ReadonlyArray<RecordJob> = []

/** Only records without a history of their own are handled together. */
export const mayJoin = (job: RecordJob): boolean => !job.single && job.parked === undefined && job.crashes === undefined

/** A job and those that are handled with it. */
export const together = (job: RecordJob): ReadonlyArray<RecordJob> => [job, ...job.companions]

const jobOf = (
  source: InputPartition,
  lane: string,
  record: ConsumedRecord,
  fetchedAtMs: number,
  ticket: number
): RecordJob => {
  const fetched = { topic: source.topic, lane, partition: source.partition, record, fetchedAtMs }
  return {
    lane: source.lane,
    fetched,
    key: keyText(fetched),
    source,
    ticket,
    bytes: bytesOf(record),
    failed: 0,
    firstFailureMs: undefined,
    why: undefined,
    retries: undefined,
    holds: undefined,
    parked: undefined,
    dueMs: 0,
    left: false,
    suspected: undefined,
    careful: false,
    crashes: undefined,
    companions: nobody,
    single: false,
    begun: false,
    fiber: undefined
  }
}
