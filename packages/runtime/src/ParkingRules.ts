import { Duration } from "effect"
import type { KeyScheduler } from "./KeyScheduler.ts"
import type { Parking } from "./Parking.ts"
import type { InputPartition, RecordJob } from "./RecordJob.ts"

/** Decides which records are parked: those that wait for long, what comes behind them, and what a full commit needs. */
export class ParkingRules {
  private readonly parking: Parking
  private readonly scheduler: KeyScheduler<RecordJob>
  private readonly parkAfterMs: number

  constructor(parking: Parking, scheduler: KeyScheduler<RecordJob>, parkAfter: Duration.Duration) {
    this.parking = parking
    this.scheduler = scheduler
    this.parkAfterMs = Duration.toMillis(parkAfter)
  }

  /** A record waits for its next attempt from now on. */
  waits(job: RecordJob, afterMs: number): void {
    // A parked one is written again: its attempt ended, which the next owner must know.
    if (afterMs >= this.parkAfterMs || job.parked !== undefined) this.parking.park(job, job.dueMs)
  }

  /** A record was added to the scheduler. */
  added(job: RecordJob): void {
    if (this.parking.size > 0) this.parkNext(job.key, job.lane)
  }

  /** A parked record is with the broker. */
  written(job: RecordJob): void {
    this.parkNext(job.key, job.lane)
  }

  /** The commit can't remember all that is finished above its offset: the lowest unfinished record is parked. */
  relieve(source: InputPartition): void {
    let lowest: RecordJob | undefined
    for (const job of this.scheduler.all()) {
      if (job.source !== source || job.left || job.parked !== undefined) continue
      if (lowest === undefined || job.ticket < lowest.ticket) lowest = job
    }
    if (lowest !== undefined) this.parking.park(lowest, lowest.dueMs)
  }

  /**
   * While the first of a key and lane waits and is parked, the next one behind is, too; each once the one before it is with the
   * broker, so that after a crash none is there without those that come before it.
   */
  private parkNext(key: string, lane: number): void {
    const head = this.scheduler.waitingHead(key, lane)
    if (head?.parked === undefined) return
    for (const job of this.scheduler.queuedOf(key, lane)) {
      if (job.parked === undefined) this.parking.park(job, 0)
      if (job.parked?.written !== true) return
    }
  }
}
