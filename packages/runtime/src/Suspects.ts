import type { RecordJob } from "./RecordJob.ts"

/** How suspects reach the broker and the handlers. */
export interface SuspectParts {
  /** Commits; `done` is called once the commit is with the broker, and never after the assignment has ended. */
  readonly commit: (done: () => void) => void
  /** Begins an attempt. */
  readonly begin: (job: RecordJob) => void
  /** The attempt does not begin, as partitions are being given back. */
  readonly dropped: (job: RecordJob) => void
}

/**
 * Lets one suspect of an input begin at a time, in whatever lane, once its mark is with the broker, and beside it none of the
 * records that follow an unclean end; all others begin at once.
 *
 * A record comes here when its key and a place are free, so the one whose turn it is always gets on. A suspect stays one until
 * it is finished: a record may end the process at its second attempt only.
 */
export class Suspects {
  private readonly parts: SuspectParts
  private readonly line: Array<RecordJob> = []
  private readonly careful = new Set<RecordJob>()
  private behind: Array<RecordJob> = []
  private begun = false
  private clearing = false

  constructor(parts: SuspectParts) {
    this.parts = parts
  }

  begin(job: RecordJob): void {
    if (job.suspected !== undefined) {
      this.line.push(job)
      if (this.line.length === 1) this.markFirst()
    } else if (!job.careful) this.parts.begin(job)
    else if (this.line.length > 0 || this.clearing) this.behind.push(job)
    else {
      this.careful.add(job)
      this.parts.begin(job)
    }
  }

  /** An attempt of the record is over, and the process lives. */
  survived(job: RecordJob): void {
    if (this.careful.delete(job)) this.markFirst()
    if (this.line[0] !== job) return
    job.source.waiting.guard.nameAlone(undefined)
    this.line.shift()
    this.begun = false
    if (this.line.length > 0) this.markFirst()
    else this.clear()
  }

  /** Takes out those that have not begun. */
  drop(): void {
    const waiting = this.line.splice(this.begun ? 1 : 0)
    const dropped = [...waiting, ...this.behind]
    this.behind = []
    if (!this.begun) waiting[0]?.source.waiting.guard.nameAlone(undefined)
    for (const job of dropped) this.parts.dropped(job)
  }

  /** No mark may name the last suspect any more when the next record ends the process. */
  private clear(): void {
    this.clearing = true
    this.parts.commit(() => {
      if (this.line.length > 0) return
      this.clearing = false
      const { behind } = this
      this.behind = []
      for (const one of behind) this.begin(one)
    })
  }

  private markFirst(): void {
    const [job] = this.line
    if (job === undefined || this.begun || this.careful.size > 0) return
    const { offset } = job.fetched.record
    job.source.waiting.guard.nameAlone({ offset, crashes: (job.suspected ?? 0) + 1 })
    this.parts.commit(() => {
      if (this.line[0] !== job || this.begun) return
      this.begun = true
      this.parts.begin(job)
    })
  }
}
