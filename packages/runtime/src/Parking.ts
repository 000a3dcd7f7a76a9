import type { ProducerRecord } from "@millrace/kafka"
import { type Context, Effect } from "effect"
import type { InputParts } from "./InputIntake.ts"
import type { Sent } from "./Outlet.ts"
import { originKey, type ParkedRecord, parkedRecord, parkedTombstone } from "./ParkedRecord.ts"
import type { InputPartition, RecordJob } from "./RecordJob.ts"

/** A job's place among the parked records. */
export interface ParkedJob {
  /** Its parked record is with the broker, so it no longer holds up the commit. */
  written: boolean
  /** Attempts with which the process ended, and one that runs. */
  begun: number
}

/** What parking needs. */
export interface ParkingParts {
  readonly topic: string
  /** Sends one of these records; it has ended when the broker has it. */
  readonly send: (source: InputPartition, record: ProducerRecord) => Effect.Effect<Sent>
  readonly context: Context.Context<never>
  /** Bytes of all parked records in memory; beyond it records wait where they are. */
  readonly maxBytes: number
  /** The parked record is with the broker: the job may count as finished where it came from. */
  readonly written: (job: RecordJob) => void
  /** A write has ended. */
  readonly settled: () => void
}

// Outline of a parked record's life:
// 1. park: written to <topic>.parked under its origin; only then it counts as finished in its own topic.
// 2. begin: before each attempt the count of begun attempts is written, as a process that the record ends can't tell. The next
//    owner knows whether the partition was given back well; then the attempt that ran does not count.
// 3. park again after a failed attempt with a long wait: the later version replaces the earlier one.
// 4. finish: after the outcome is with the broker, a tombstone; only then the key goes on.
// Writes of a record go one after the other, or an early version that comes late would bring back what is finished.
// A crash between any two steps gives the record again, from here or from its own topic: then its origin tells that it is
// the same, and the parked one counts.

/** Something on its way to the broker; `then` is told whether it is there, and the partition still held. */
interface Write {
  readonly record: ProducerRecord
  readonly then: (sent: boolean) => void
}

/**
 * Keeps records that wait for long in a compacted topic, so that their wait outlives the process and does not hold up the
 * records behind them.
 */
export class Parking {
  private readonly parts: ParkingParts
  private readonly jobs = new Set<RecordJob>()
  private origins = new Set<string>()
  private bytes = 0
  /** Writes of each record that are not with the broker yet, the first under way. */
  private readonly writes = new Map<RecordJob, Array<Write>>()

  constructor(parts: ParkingParts) {
    this.parts = parts
  }

  /** Nothing is on its way to the broker. */
  get idle(): boolean {
    return this.writes.size === 0
  }

  get size(): number {
    return this.jobs.size
  }

  sizeOf(lane: number): number {
    let count = 0
    for (const job of this.jobs) if (job.lane === lane) count++
    return count
  }

  /** Writes the record with its state; `dueMs` 0: as soon as it is its turn. A record that finds no room stays as it is. */
  park(job: RecordJob, dueMs: number): void {
    if (job.parked === undefined && this.bytes + job.bytes > this.parts.maxBytes) return
    job.dueMs = dueMs
    const parked = this.keep(job, { written: false, begun: 0 })
    parked.begun = 0
    this.write(job, parked, false, (sent) => {
      if (!sent || !this.jobs.has(job)) return
      parked.written = true
      this.parts.written(job)
    })
  }

  /** Notes that an attempt begins; `then` is told how many began before without an end, or that the partition is lost. */
  begin(job: RecordJob, parked: ParkedJob, then: (begunBefore: number | undefined) => void): void {
    const before = parked.begun
    parked.begun++
    this.write(job, parked, true, (sent) => then(sent ? before : undefined))
  }

  /** Removes the record; `then` is told whether that is with the broker. */
  finish(job: RecordJob, then: (sent: boolean) => void): void {
    this.forget(job)
    this.send(job, parkedTombstone(this.parts.topic, job.fetched), then)
  }

  /** The tombstone of a parked record, for who sends it together with the outcome; it is parked no longer. */
  tombstoneOf(job: RecordJob): ReadonlyArray<ProducerRecord> {
    return job.parked === undefined ? [] : [parkedTombstone(this.parts.topic, job.fetched)]
  }

  /** The tombstone is with the broker. */
  removed(job: RecordJob): void {
    this.forget(job)
    job.parked = undefined
  }

  /** Takes over a record that an earlier owner parked; `ended`: that owner's process ended, so what ran then counts. */
  restore(job: RecordJob, { begun, running, topic, partition, record }: ParkedRecord, ended: boolean): void {
    const parked = this.keep(job, { written: true, begun: running && !ended ? Math.max(0, begun - 1) : begun })
    job.suspected = parked.begun > 0 ? 0 : undefined
    // Partitions may change hands again at once, and then well.
    if (running) this.write(job, parked, false, () => {})
    if (record.offset >= job.source.tracker.committable) this.origins.add(originKey(topic, partition, record.offset))
  }

  /** True for a record that is among the restored ones, and comes once more from its own topic. */
  isRestored({ fetched }: RecordJob): boolean {
    return (
      this.origins.size > 0 && this.origins.delete(originKey(fetched.topic, fetched.partition, fetched.record.offset))
    )
  }

  /** Forgets all; they lie in their topic. */
  release(): void {
    this.jobs.clear()
    this.origins = new Set()
    this.bytes = 0
  }

  private keep(job: RecordJob, parked: ParkedJob): ParkedJob {
    if (job.parked !== undefined) return job.parked
    job.parked = parked
    this.jobs.add(job)
    this.bytes += job.bytes
    return parked
  }

  private forget(job: RecordJob): void {
    if (this.jobs.delete(job)) this.bytes -= job.bytes
  }

  private write(job: RecordJob, { begun }: ParkedJob, running: boolean, then: Write["then"]): void {
    const { dueMs, failed, firstFailureMs, why } = job
    const state = { dueMs, failed, firstFailureMs, why, begun, running }
    this.send(job, parkedRecord(this.parts.topic, job.fetched, state), then)
  }

  private send(job: RecordJob, record: ProducerRecord, then: (sent: boolean) => void): void {
    const writes = this.writes.get(job) ?? []
    this.writes.set(job, writes)
    writes.push({ record, then })
    if (writes.length === 1) this.sendFirst(job, writes)
  }

  private sendFirst(job: RecordJob, writes: Array<Write>): void {
    const sending = this.parts.send(job.source, writes[0]!.record)
    Effect.runForkWith(this.parts.context)(sending).addObserver((exit) => {
      const { then } = writes.shift()!
      if (writes.length > 0) this.sendFirst(job, writes)
      else this.writes.delete(job)
      then(job.source.owned && exit._tag === "Success" && exit.value._tag === "Sent")
      this.parts.settled()
    })
  }
}

/** The parking of an input; undefined where its topic keeps no parked records. */
export const parkingOf = (
  { attempts, config, plan, transactions }: Pick<InputParts, "attempts" | "config" | "plan" | "transactions">,
  listener: Pick<ParkingParts, "written" | "settled">
): Parking | undefined =>
  plan.parkedTopic === undefined
    ? undefined
    : new Parking({
        topic: plan.parkedTopic,
        send: (source, record) =>
          transactions?.send(source, record) ?? attempts.outlet.send(source, record, "parked record not written yet"),
        context: attempts.context,
        maxBytes: config.parkedBytes,
        ...listener
      })
