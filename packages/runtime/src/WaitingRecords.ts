import type { ConsumedRecord } from "@millrace/kafka"
import { Fifo } from "./Fifo.ts"

/** Bytes of a record that count against a buffer's bound. */
export const bytesOf = (record: ConsumedRecord): number => (record.key?.length ?? 0) + (record.value?.length ?? 0)

/** Records of one partition that wait for their turn, and their bytes. */
export class WaitingRecords {
  private readonly records = new Fifo<ConsumedRecord>()
  private held = 0

  get size(): number {
    return this.records.size
  }

  get bytes(): number {
    return this.held
  }

  push(record: ConsumedRecord): void {
    this.records.push(record)
    this.held += bytesOf(record)
  }

  peek(): ConsumedRecord | undefined {
    return this.records.peek()
  }

  /** Takes up to `most` records from the front. */
  take(most: number): ReadonlyArray<ConsumedRecord> {
    const taken: Array<ConsumedRecord> = []
    while (taken.length < most) {
      const record = this.records.shift()
      if (record === undefined) break
      this.held -= bytesOf(record)
      taken.push(record)
    }
    return taken
  }
}
