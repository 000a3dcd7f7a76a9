import type { ConsumedRecord, ProducerRecord } from "./KafkaClient.ts"

/** A record as it lies in the log; an invisible one (aborted, or a transaction's end marker) only takes up its offset. */
interface StoredRecord {
  readonly record: ConsumedRecord
  readonly visible: boolean
}

export interface LogSlice {
  readonly records: ReadonlyArray<ConsumedRecord>
  /** Offset to read next: past what is invisible or compacted away. */
  readonly nextOffset: number
}

const encoder = new TextEncoder()

const headersOf = (record: ProducerRecord): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(record.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? encoder.encode(value) : value.slice()
    ])
  )

const copy = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : bytes.slice())

/** Bytes of a record as the broker's size limit counts them, roughly. */
export const sizeOf = (record: Pick<ProducerRecord, "key" | "value">): number =>
  (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0) + 64

/** One partition: records in offset order. Bytes are copied in, so that a caller's later change does no harm. */
export class MemoryLog {
  private stored: Array<StoredRecord> = []
  private next = 0
  private start = 0

  /** Records below were deleted; compaction does not move it. */
  get startOffset(): number {
    return this.start
  }

  get endOffset(): number {
    return this.next
  }

  append(record: ProducerRecord, timestampMs: number, visible = true): ConsumedRecord {
    const stored = {
      offset: this.next,
      timestampMs,
      key: copy(record.key),
      value: copy(record.value),
      headers: headersOf(record)
    }
    this.stored.push({ record: stored, visible })
    this.next += 1
    return stored
  }

  /** Deletes what lies below the offset, as retention does. */
  deleteBelow(offset: number): void {
    this.start = Math.max(this.start, Math.min(offset, this.next))
    this.stored = this.stored.slice(this.indexOf(this.start))
  }

  /** Takes up one offset, as the marker at a transaction's end does. */
  appendMarker(timestampMs: number): void {
    this.append({ topic: "", key: null, value: null }, timestampMs, false)
  }

  /** Visible records from `from` on, at least one when there is one, else at most `maxBytes`. */
  read(from: number, maxBytes: number): LogSlice {
    const records: Array<ConsumedRecord> = []
    let bytes = 0
    for (let at = this.indexOf(from); at < this.stored.length; at += 1) {
      const { record, visible } = this.stored[at]!
      if (!visible) continue
      bytes += sizeOf(record)
      if (records.length > 0 && bytes > maxBytes) return { records, nextOffset: record.offset }
      records.push(record)
    }
    return { records, nextOffset: Math.max(from, this.next) }
  }

  /** Offset of the first record at or after a time; the end where there is none. */
  offsetAt(timestampMs: number): number {
    return this.stored.find(({ record }) => record.timestampMs >= timestampMs)?.record.offset ?? this.next
  }

  /** Removes every record whose key has a later one; offsets stay. */
  compact(): void {
    const last = new Map<string, number>()
    for (const { record } of this.stored) {
      if (record.key !== null) last.set(Buffer.from(record.key).toString("base64"), record.offset)
    }
    this.stored = this.stored.filter(
      ({ record }) => record.key !== null && last.get(Buffer.from(record.key).toString("base64")) === record.offset
    )
  }

  /** Index of the first stored record at or above the offset. */
  private indexOf(offset: number): number {
    let low = 0
    let high = this.stored.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.stored[middle]!.record.offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

export interface MemoryTopic {
  readonly name: string
  readonly replication: number
  config: Readonly<Record<string, string>>
  readonly partitions: ReadonlyArray<MemoryLog>
}
