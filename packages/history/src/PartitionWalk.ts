import { type ConsumedRecord, KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import type { HistoryUnreadable } from "./HistoryError.ts"
import { unreadable } from "./Section.ts"

/** Where a walk is in its partition. */
export interface WalkRange {
  readonly topic: string
  readonly lane: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

export type Direction = "newest" | "oldest"

/** Bytes of a page, about; the records of a window backwards are as many as had room in it so far. */
const pageBytes = 262_144
const firstWindow = 16
const mostWindow = 4_096

/**
 * Reads a partition record by record, from either end. One page is in memory at a time; going backwards, the records of one
 * window, which is sized by the records met so far.
 */
export class PartitionWalk {
  readonly range: WalkRange
  private readonly direction: Direction
  private from: number
  private to: number
  private page: ReadonlyArray<ConsumedRecord> = []
  private at = 0
  private window = firstWindow

  constructor(range: WalkRange, direction: Direction) {
    this.range = range
    this.direction = direction
    this.from = range.from
    this.to = range.to
  }

  /** The next record, when its page was read. */
  get head(): ConsumedRecord | undefined {
    return this.page[this.at]
  }

  /** Nothing is left, read or not. */
  get ended(): boolean {
    return this.head === undefined && this.from >= this.to
  }

  /** The end that is left backwards, or the next offset forwards: where another walk goes on. */
  get place(): number {
    const head = this.head
    if (this.direction === "oldest") return head?.offset ?? this.from
    return head === undefined ? this.to : head.offset + 1
  }

  /** Takes the next record off. */
  advance(): void {
    this.at += 1
  }

  /** Reads one page where there is no head. It may hold nothing: what was compacted away, and what transactions left. */
  readonly fill: Effect.Effect<void, HistoryUnreadable, KafkaClient> = Effect.suspend(() => {
    if (this.head !== undefined || this.ended) return Effect.void
    return this.direction === "oldest" ? this.readOn : this.readBack
  })

  private readonly readOn = Effect.gen({ self: this }, function* () {
    const read = yield* this.read(this.from)
    this.show(read.records.filter(({ offset }) => offset < this.to))
    this.from = read.nextOffset > this.from ? Math.min(read.nextOffset, this.to) : this.to
  })

  private readonly readBack = Effect.gen({ self: this }, function* () {
    const begin = Math.max(this.from, this.to - this.window)
    const found: Array<ConsumedRecord> = []
    let position = begin
    while (position < this.to) {
      const read = yield* this.read(position)
      for (const record of read.records) if (record.offset < this.to) found.push(record)
      if (read.nextOffset <= position) break
      position = read.nextOffset
    }
    this.window = windowFor(found)
    this.show(found.reverse())
    this.to = begin
  })

  private show(page: ReadonlyArray<ConsumedRecord>): void {
    this.page = page
    this.at = 0
  }

  private read(offset: number) {
    const { partition, topic } = this.range
    return Effect.flatMap(KafkaClient, ({ admin }) =>
      Effect.mapError(admin.read({ topic, partition, offset, maxBytes: pageBytes }), unreadable(topic))
    )
  }
}

const windowFor = (records: ReadonlyArray<ConsumedRecord>): number => {
  if (records.length === 0) return mostWindow
  const bytes = records.reduce((sum, { key, value }) => sum + 100 + (key?.length ?? 0) + (value?.length ?? 0), 0)
  return Math.min(mostWindow, Math.max(1, Math.floor((pageBytes * records.length) / bytes)))
}
