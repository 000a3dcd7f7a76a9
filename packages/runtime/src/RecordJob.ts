import type { AssignedPartition, RecordBatch } from "@millrace/kafka"
import type { Job } from "./KeyScheduler.ts"
import { OffsetTracker } from "./OffsetTracker.ts"
import { type Fetched, keyText } from "./RecordDecoder.ts"
import type { RetryWaits } from "./RetrySchedule.ts"
import { bytesOf } from "./WaitingRecords.ts"

/** One partition of one lane of an input, under one assignment. */
export interface InputPartition {
  readonly topic: string
  readonly partition: number
  /** Index of the lane. */
  readonly lane: number
  readonly tracker: OffsetTracker
  /** End offset at the last fetch. */
  endOffset: number
  /** False once the partition is given away or assigned anew: nothing may be published for its records any more. */
  owned: boolean
}

/** The state of a partition just assigned. */
export const inputPartition = (assigned: AssignedPartition, lane: number): InputPartition => ({
  topic: assigned.topic,
  partition: assigned.partition,
  lane,
  tracker: new OffsetTracker(assigned.startOffset),
  endOffset: assigned.endOffset,
  owned: true
})

/** A record on its way through an input. */
export interface RecordJob extends Job {
  readonly source: InputPartition
  readonly fetched: Fetched
  readonly ticket: number
  readonly bytes: number
  /** Failed attempts so far; held ones do not count. */
  failed: number
  firstFailureMs: number | undefined
  /** Waits of the retry policy, and of holding; made with the first failure. */
  retries: RetryWaits | undefined
  holds: RetryWaits | undefined
}

/** Notes a batch's records as read and makes their jobs; records read before are left out. */
export const jobsOf = (batch: RecordBatch, source: InputPartition, lane: string): ReadonlyArray<RecordJob> => {
  const jobs: Array<RecordJob> = []
  for (const record of batch.records) {
    if (record.offset < source.tracker.next) continue
    const fetched = { topic: batch.topic, lane, partition: batch.partition, record, fetchedAtMs: batch.fetchedAtMs }
    jobs.push({
      lane: source.lane,
      fetched,
      key: keyText(fetched),
      source,
      ticket: source.tracker.read(record.offset),
      bytes: bytesOf(record),
      failed: 0,
      firstFailureMs: undefined,
      retries: undefined,
      holds: undefined
    })
  }
  source.tracker.skipTo(batch.nextOffset)
  source.endOffset = Math.max(batch.highWatermark, batch.nextOffset)
  return jobs
}
