import type { BenchTopic } from "../stage/records.ts"

/** Urgent records at an even pace, while records of a low lane wait (or none), and every handler waits `workMs`. */
export interface LanesTask {
  readonly topic: BenchTopic
  readonly group: string
  readonly concurrency: number
  /** Handlers that low records may not take; absent: the default. */
  readonly reserve?: number
  readonly workMs: number
  readonly ratePerSecond: number
  /** Sent before at the same pace, and not counted. */
  readonly warmUp: number
  readonly records: number
  /** Records of the low lane that are there. */
  readonly waiting: number
}

export interface LanesFound {
  /** From the intended time of the send to the start of the handler. */
  readonly latencies: Float64Array
  /** Low records begun while the urgent ones were counted, in a second. */
  readonly lowPerSecond: number
  /** Low ones of all records begun meanwhile. */
  readonly lowShare: number
  /** Age of the oldest low record at its start, since it was published; 0 when none was begun. */
  readonly oldestSeconds: number
}

/** Notes what is begun in both lanes. */
export class LanesTally {
  private readonly task: LanesTask
  private readonly startedAt: Float64Array
  private readonly all = Promise.withResolvers<void>()
  private urgent = 0
  private low = 0
  private lowBefore = 0
  private countedFrom = 0
  private oldestMs = 0
  private readonly lowSeen: Uint8Array

  constructor(task: LanesTask) {
    this.task = task
    this.startedAt = new Float64Array(task.warmUp + task.records)
    this.lowSeen = new Uint8Array(task.waiting)
  }

  get done(): Promise<void> {
    return this.all.promise
  }

  urgentBegan(n: number): void {
    if (this.startedAt[n] !== 0) this.all.reject(new Error(`Urgent record ${n} came twice`))
    this.startedAt[n] = performance.now()
    this.urgent += 1
    if (this.urgent === this.task.warmUp) {
      this.countedFrom = performance.now()
      this.lowBefore = this.low
    }
    if (this.urgent === this.startedAt.length) this.all.resolve()
  }

  lowBegan(n: number, publishedAtMs: number): void {
    if (this.lowSeen[n] !== 0) this.all.reject(new Error(`Low record ${n} came twice`))
    this.lowSeen[n] = 1
    this.low += 1
    this.oldestMs = Math.max(this.oldestMs, Date.now() - publishedAtMs)
  }

  found(intended: Float64Array): LanesFound {
    const low = this.low - this.lowBefore
    return {
      latencies: this.startedAt.map((at, n) => at - intended[n]!).slice(this.task.warmUp),
      lowPerSecond: low / ((performance.now() - this.countedFrom) / 1_000),
      lowShare: low / (low + this.task.records),
      oldestSeconds: this.oldestMs / 1_000
    }
  }
}
