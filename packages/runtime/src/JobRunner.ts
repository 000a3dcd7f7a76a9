import { Effect } from "effect"
import { type AttemptEnd, abandoned } from "./AttemptEnd.ts"
import type { Sent } from "./Outlet.ts"
import type { Parking } from "./Parking.ts"
import { type AttemptListener, type AttemptParts, RecordAttempts } from "./RecordAttempts.ts"
import type { RecordJob } from "./RecordJob.ts"
import type { Transactions } from "./Transactions.ts"
import type { Outgoing } from "./Worker.ts"

/** What running jobs needs. */
export interface RunnerParts {
  readonly attempts: Omit<AttemptParts, "publish">
  readonly parking: Parking | undefined
  readonly transactions: Transactions | undefined
  /** Ends of the process with one record alone after which that record is set aside. */
  readonly crashesAlone: number
}

/**
 * Runs a job to the end of its attempt, with all that must be with the broker before and after: the count of begun attempts of
 * a parked record and its tombstone, and the transaction of a transactional input.
 */
export class JobRunner {
  private readonly parts: RunnerParts
  private readonly listener: AttemptListener
  private readonly attempts: RecordAttempts

  constructor(parts: RunnerParts, listener: AttemptListener) {
    this.parts = parts
    this.listener = listener
    this.attempts = new RecordAttempts(
      { ...parts.attempts, publish: (job, records) => this.publish(job, records) },
      { ended: (job, end) => this.ended(job, end), defect: listener.defect }
    )
  }

  /** Handlers that were interrupted for their time and have not ended yet. */
  get overdue(): ReadonlyArray<object> {
    return this.attempts.overdue
  }

  /** Begins an attempt. The listener is told its end, within this call when nothing had to be waited for. */
  begin(job: RecordJob): void {
    const { crashesAlone, parking } = this.parts
    const { parked } = job
    if (parked === undefined || parking === undefined) this.attempts.begin(job)
    else {
      parking.begin(job, parked, (begunBefore) => {
        if (begunBefore === undefined) this.listener.ended(job, abandoned)
        else {
          if (begunBefore > crashesAlone) job.crashes = begunBefore
          this.attempts.begin(job)
        }
      })
    }
  }

  private ended(job: RecordJob, end: AttemptEnd): void {
    const { parking } = this.parts
    if (end._tag === "Finished" && job.parked !== undefined && parking !== undefined) {
      parking.finish(job, (sent) => this.listener.ended(job, sent ? end : abandoned))
      return
    }
    this.listener.ended(job, end)
  }

  private publish(job: RecordJob, records: ReadonlyArray<Outgoing>): Effect.Effect<Sent> {
    const { attempts, parking, transactions } = this.parts
    if (transactions === undefined) return attempts.outlet.publish(job.source, records)
    const tombstone = parking?.tombstoneOf(job) ?? []
    return Effect.tap(transactions.publish(job, records, tombstone), (end) =>
      Effect.sync(() => {
        // One that was parked meanwhile, as the commit was full, gets its tombstone afterwards.
        if (end._tag === "Sent" && tombstone.length > 0) parking?.removed(job)
      })
    )
  }
}
