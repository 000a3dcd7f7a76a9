import type { TopicPartition } from "@millrace/kafka"
import type { Flow } from "./Intake.ts"

/** Bounds of what may wait in a lane. */
export interface LaneBounds {
  readonly records: number
  readonly bytes: number
}

/** What of one partition waits or is in flight. */
export interface GatedPartition extends TopicPartition {
  records: number
  bytes: number
  full: boolean
}

/**
 * Counts what waits in one lane and slows its fetching: a partition that holds its share of the lane's bounds is paused, and
 * goes on at half of it. So a partition whose handlers are slow does not keep the others from being read. A lane paused by
 * an operator stays paused whatever waits.
 */
export class LaneGate {
  private readonly bounds: LaneBounds
  private partitions: ReadonlyArray<GatedPartition> = []
  private flow: Flow | undefined
  private held = false

  constructor(bounds: LaneBounds) {
    this.bounds = bounds
  }

  get paused(): boolean {
    return this.held
  }

  /** Starts anew with other partitions, and gives one to count with for each; an operator's pause is kept. */
  assign(partitions: ReadonlyArray<TopicPartition>, flow: Flow): ReadonlyArray<GatedPartition> {
    this.partitions = partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      records: 0,
      bytes: 0,
      full: false
    }))
    this.flow = flow
    if (this.held) flow.pause(partitions)
    return this.partitions
  }

  release(): void {
    this.partitions = []
    this.flow = undefined
  }

  entered(partition: GatedPartition, bytes: number, records: number): void {
    partition.records += records
    partition.bytes += bytes
    if (partition.full || !this.exceeds(partition, 1)) return
    partition.full = true
    this.flow?.pause([partition])
  }

  left(partition: GatedPartition, bytes: number, records: number): void {
    partition.records -= records
    partition.bytes -= bytes
    if (!partition.full || this.exceeds(partition, 0.5)) return
    partition.full = false
    if (!this.held) this.flow?.resume([partition])
  }

  /** An operator's pause, or its end. */
  setPaused(paused: boolean): void {
    if (this.held === paused) return
    this.held = paused
    if (paused) this.flow?.pause(this.partitions)
    else this.flow?.resume(this.partitions.filter(({ full }) => !full))
  }

  private exceeds({ records, bytes }: GatedPartition, part: number): boolean {
    const share = part / this.partitions.length
    return records >= this.bounds.records * share || bytes >= this.bounds.bytes * share
  }
}
