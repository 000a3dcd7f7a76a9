import type { AssignedPartition, ConsumedRecord, RecordBatch } from "@millrace/kafka"
import { textOf } from "./Headers.ts"
import type { Committable, Flow, Intake, IntakeTopic } from "./Intake.ts"
import { type ParkedRecord, readParked } from "./ParkedRecord.ts"

/** What is told when all partitions were read to the end that they had at the assignment. */
export interface RestoreListener {
  readonly restored: (records: ReadonlyArray<ParkedRecord>) => void
  /** A parked record that can't be read back; it stays in its topic. */
  readonly unreadable: (partition: number, offset: number) => void
}

interface Restoring {
  readonly end: number
  readonly rows: Map<string, ConsumedRecord>
}

/**
 * Reads the parked records of the partitions just assigned, from the start to their end, and then no further: what is
 * parked from then on is written by this instance, which has it in memory.
 */
export class ParkedIntake implements Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  private readonly listener: RestoreListener
  private readonly restoring = new Map<number, Restoring>()
  private records: Array<ParkedRecord> = []
  private flow: Flow | undefined

  constructor(topic: string, listener: RestoreListener) {
    this.topics = [{ topic, from: "beginning" }]
    this.listener = listener
  }

  continueAt(): undefined {
    return undefined
  }

  assign(_epoch: number, partitions: ReadonlyArray<AssignedPartition>, flow: Flow): void {
    this.flow = flow
    this.records = []
    this.restoring.clear()
    for (const { partition, endOffset } of partitions)
      this.restoring.set(partition, { end: endOffset, rows: new Map() })
    for (const { partition, startOffset } of partitions) this.read(partition, startOffset)
    if (partitions.length === 0) this.tell()
  }

  batch(batch: RecordBatch): void {
    const restoring = this.restoring.get(batch.partition)
    if (restoring === undefined) return
    for (const record of batch.records) {
      if (record.key === null || record.offset >= restoring.end) continue
      const key = textOf(record.key)
      if (record.value === null) restoring.rows.delete(key)
      else restoring.rows.set(key, record)
    }
    this.read(batch.partition, batch.nextOffset)
  }

  stop(): void {}

  idle(): boolean {
    return true
  }

  release(): void {
    this.restoring.clear()
    this.records = []
  }

  committable(): ReadonlyArray<Committable> {
    return []
  }

  private read(partition: number, nextOffset: number): void {
    const restoring = this.restoring.get(partition)
    if (restoring === undefined || nextOffset < restoring.end) return
    this.restoring.delete(partition)
    for (const row of restoring.rows.values()) {
      const record = readParked(partition, row)
      if (record === undefined) this.listener.unreadable(partition, row.offset)
      else this.records.push(record)
    }
    for (const { topic } of this.topics) this.flow?.pause([{ topic, partition }])
    this.tell()
  }

  private tell(): void {
    if (this.restoring.size > 0) return
    const { records } = this
    this.records = []
    this.listener.restored(records)
  }
}
