import type { OffsetRange } from "./CommitNote.ts"

const initialSlots = 64

/**
 * The offset a partition may commit while its records finish in any order, and what is finished above it.
 *
 * Works from the offsets really read, so gaps left by compaction and transaction markers need no care. A ring of slots,
 * one for each record read and not yet below the committable offset; every call but `done` takes constant time (amortised).
 */
export class OffsetTracker {
  private offsets = new Float64Array(initialSlots)
  private finished = new Uint8Array(initialSlots)
  /** Tickets: the count of records read before. Slot = ticket modulo the ring's size. */
  private lowest = 0
  private highest = 0
  private unfinished = 0
  private nextOffset: number
  /** Finished under an earlier assignment and not met again yet, the lowest first. */
  private restored: ReadonlyArray<OffsetRange>

  /** `restored`: ranges above the start that an earlier owner finished. */
  constructor(startOffset: number, restored: ReadonlyArray<OffsetRange> = []) {
    this.nextOffset = startOffset
    this.restored = restored.filter(({ to }) => to > startOffset)
  }

  /**
   * Notes a record as read. Returns the ticket to finish it with, or -1 for one that an earlier owner finished. Offsets
   * must grow.
   */
  read(offset: number): number {
    if (this.highest - this.lowest === this.offsets.length) this.grow()
    const slot = this.highest & (this.offsets.length - 1)
    this.offsets[slot] = offset
    this.finished[slot] = 0
    this.nextOffset = offset + 1
    this.unfinished++
    const ticket = this.highest++
    if (!this.wasFinished(offset)) return ticket
    this.finish(ticket)
    return -1
  }

  /** Notes that offsets below this one hold no more records to read (markers, compacted away). */
  skipTo(nextOffset: number): void {
    if (nextOffset > this.nextOffset) this.nextOffset = nextOffset
  }

  /** Notes a record as finished; a second time changes nothing. */
  finish(ticket: number): void {
    if (ticket < this.lowest || ticket >= this.highest) return
    const mask = this.offsets.length - 1
    if (this.finished[ticket & mask] === 1) return
    this.finished[ticket & mask] = 1
    this.unfinished--
    while (this.lowest < this.highest && this.finished[this.lowest & mask] === 1) this.lowest++
  }

  /** Next offset to read after a restart: no unfinished record lies below it. */
  get committable(): number {
    return this.lowest < this.highest ? this.offsets[this.lowest & (this.offsets.length - 1)]! : this.nextOffset
  }

  /** Finished offsets above the committable one, in ascending order. */
  get done(): ReadonlyArray<OffsetRange> {
    const ranges: Array<OffsetRange> = []
    const mask = this.offsets.length - 1
    for (let ticket = this.lowest + 1; ticket < this.highest; ticket++) {
      if (this.finished[ticket & mask] === 0) continue
      const from = this.offsets[ticket & mask]!
      while (ticket + 1 < this.highest && this.finished[(ticket + 1) & mask] === 1) ticket++
      ranges.push({ from, to: this.offsets[ticket & mask]! + 1 })
    }
    for (const { from, to } of this.restored) {
      if (to > this.nextOffset) ranges.push({ from: Math.max(from, this.nextOffset), to })
    }
    return ranges
  }

  /** What could be committed if these records were finished, too. */
  preview(tickets: ReadonlyArray<number>): { readonly offset: number; readonly done: ReadonlyArray<OffsetRange> } {
    const mask = this.offsets.length - 1
    const open = tickets.filter((ticket) => ticket >= this.lowest && this.finished[ticket & mask] === 0)
    const { lowest } = this
    for (const ticket of open) this.finished[ticket & mask] = 1
    while (this.lowest < this.highest && this.finished[this.lowest & mask] === 1) this.lowest++
    const seen = { offset: this.committable, done: this.done }
    this.lowest = lowest
    for (const ticket of open) this.finished[ticket & mask] = 0
    return seen
  }

  /** Learns late what an earlier owner finished: records read meanwhile count as finished, later ones when they are read. */
  restore(ranges: ReadonlyArray<OffsetRange>): void {
    const mask = this.offsets.length - 1
    for (let ticket = this.lowest; ticket < this.highest; ticket++) {
      const offset = this.offsets[ticket & mask]!
      if (ranges.some(({ from, to }) => from <= offset && offset < to)) this.finish(ticket)
    }
    this.restored = ranges.filter(({ to }) => to > this.nextOffset)
  }

  /** Whether a record that was read is finished. */
  isFinished(ticket: number): boolean {
    return ticket < this.lowest || this.finished[ticket & (this.offsets.length - 1)] === 1
  }

  /** Records read and not finished. */
  get inFlight(): number {
    return this.unfinished
  }

  /** One past the highest offset read or skipped. */
  get next(): number {
    return this.nextOffset
  }

  private wasFinished(offset: number): boolean {
    let range = this.restored[0]
    while (range !== undefined && range.to <= offset) {
      this.restored = this.restored.slice(1)
      range = this.restored[0]
    }
    return range !== undefined && range.from <= offset
  }

  private grow(): void {
    const size = this.offsets.length
    const offsets = new Float64Array(size * 2)
    const finished = new Uint8Array(size * 2)
    for (let ticket = this.lowest; ticket < this.highest; ticket++) {
      offsets[ticket & (size * 2 - 1)] = this.offsets[ticket & (size - 1)]!
      finished[ticket & (size * 2 - 1)] = this.finished[ticket & (size - 1)]!
    }
    this.offsets = offsets
    this.finished = finished
  }
}
