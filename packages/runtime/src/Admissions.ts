import type { CrashGuard } from "./CrashGuard.ts"
import { Fifo } from "./Fifo.ts"
import type { InputPartition, RecordJob } from "./RecordJob.ts"

/** A partition's records that wait to be admitted, in their order. */
export interface Waiting {
  readonly guard: CrashGuard
  readonly held: Fifo<RecordJob>
  /** The mark of this assignment is with the broker. */
  marked: boolean
  /** A mark is on its way. */
  marking: boolean
}

export const waitingBehind = (guard: CrashGuard): Waiting => ({
  guard,
  held: new Fifo(),
  marked: false,
  marking: false
})

/** How admissions reach the broker and the scheduler. */
export interface AdmissionParts {
  /** Records that share one marker while care is taken. */
  readonly chunk: number
  /** Commits; `done` is called once the commit is with the broker, and never after the assignment has ended. */
  readonly commit: (done: () => void) => void
  readonly admitted: (job: RecordJob) => void
}

/**
 * Lets records through to the scheduler as the crash guards of their partitions say: at once as a rule; after an unclean
 * end in chunks whose marker is with the broker, and suspects as such (see `Suspects`).
 */
export class Admissions {
  private readonly parts: AdmissionParts
  private readonly partitions: ReadonlyArray<InputPartition>

  constructor(partitions: ReadonlyArray<InputPartition>, parts: AdmissionParts) {
    this.partitions = partitions
    this.parts = parts
  }

  /** Marks all partitions as held; nothing is admitted before. */
  begin(): void {
    if (this.partitions.length === 0) return
    for (const { waiting } of this.partitions) waiting.marking = true
    this.parts.commit(() => {
      for (const { waiting } of this.partitions) {
        waiting.marked = true
        waiting.marking = false
      }
      this.advanceAll()
    })
  }

  /** Takes a record in. Records of a partition come in their order. */
  offer(job: RecordJob): void {
    const { waiting } = job.source
    if (waiting.marked && waiting.held.size === 0 && waiting.guard.isCalmAt(job.fetched.record.offset)) {
      this.parts.admitted(job)
      return
    }
    waiting.held.push(job)
    if (waiting.held.size === 1) this.advance(job.source)
  }

  private advanceAll(): void {
    for (const partition of this.partitions) this.advance(partition)
  }

  private advance(partition: InputPartition): void {
    const { waiting } = partition
    const { guard, held } = waiting
    while (waiting.marked && !waiting.marking) {
      const job = held.peek()
      if (job === undefined) return
      const { offset } = job.fetched.record
      const admission = guard.admit(offset)
      if (admission._tag === "Mark") {
        guard.nameTo(held.at(Math.min(this.parts.chunk, held.size) - 1)!.fetched.record.offset + 1)
        this.mark(waiting, () => this.advance(partition))
        return
      }
      if (admission._tag === "Alone") {
        job.suspected = admission.crashes
        job.single = true
      }
      job.careful = !guard.isCalmAt(offset)
      if (admission._tag === "SetAside") job.crashes = admission.crashes
      this.admit(waiting)
    }
  }

  private mark(waiting: Waiting, then: () => void): void {
    waiting.marking = true
    this.parts.commit(() => {
      waiting.marking = false
      then()
    })
  }

  private admit({ held }: Waiting): void {
    const job = held.shift()
    if (job !== undefined) this.parts.admitted(job)
  }
}
