import type { TopicPartition } from "@millrace/kafka"
import type { Flow } from "./Intake.ts"

/** Bounds of what may wait in a lane. */
export interface LaneBounds {
  readonly records: number
  readonly bytes: number
}

/**
 * Counts what waits in one lane and slows its fetching: above a bound its partitions are paused, below half of it they go
 * on. A lane paused by an operator stays paused whatever waits.
 */
export class LaneGate {
  private readonly bounds: LaneBounds
  private partitions: ReadonlyArray<TopicPartition> = []
  private flow: Flow | undefined
  private records = 0
  private bytes = 0
  private full = false
  private held = false

  constructor(bounds: LaneBounds) {
    this.bounds = bounds
  }

  /** Records that wait or are in flight. */
  get size(): number {
    return this.records
  }

  get paused(): boolean {
    return this.held
  }

  /** Starts anew with other partitions; an operator's pause is kept. */
  assign(partitions: ReadonlyArray<TopicPartition>, flow: Flow): void {
    this.partitions = partitions
    this.flow = flow
    this.records = 0
    this.bytes = 0
    this.full = false
    if (this.held) flow.pause(partitions)
  }

  release(): void {
    this.partitions = []
    this.flow = undefined
  }

  entered(bytes: number, records: number): void {
    this.records += records
    this.bytes += bytes
    if (this.full || (this.records < this.bounds.records && this.bytes < this.bounds.bytes)) return
    this.full = true
    this.flow?.pause(this.partitions)
  }

  left(bytes: number, records: number): void {
    this.records -= records
    this.bytes -= bytes
    if (!this.full || this.records > this.bounds.records / 2 || this.bytes > this.bounds.bytes / 2) return
    this.full = false
    if (!this.held) this.flow?.resume(this.partitions)
  }

  /** An operator's pause, or its end. */
  setPaused(paused: boolean): void {
    if (this.held === paused) return
    this.held = paused
    if (paused) this.flow?.pause(this.partitions)
    else if (!this.full) this.flow?.resume(this.partitions)
  }
}
