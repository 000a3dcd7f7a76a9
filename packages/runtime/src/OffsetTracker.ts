const initialSlots = 64

/**
 * The offset a partition may commit while its records finish in any order.
 *
 * Works from the offsets really read, so gaps left by compaction and transaction markers need no care. A ring of slots,
 * one for each record read and not yet below the committable offset; every call takes constant time (amortised).
 */
export class OffsetTracker {
  private offsets = new Float64Array(initialSlots)
  private finished = new Uint8Array(initialSlots)
  /** Tickets: the count of records read before. Slot = ticket modulo the ring's size. */
  private lowest = 0
  private highest = 0
  private unfinished = 0
  private nextOffset: number

  constructor(startOffset: number) {
    this.nextOffset = startOffset
  }

  /** Notes a record as read. Returns the ticket to finish it with. Offsets must grow. */
  read(offset: number): number {
    if (this.highest - this.lowest === this.offsets.length) this.grow()
    const slot = this.highest & (this.offsets.length - 1)
    this.offsets[slot] = offset
    this.finished[slot] = 0
    this.nextOffset = offset + 1
    this.unfinished++
    return this.highest++
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

  /** Records read and not finished. */
  get inFlight(): number {
    return this.unfinished
  }

  /** One past the highest offset read or skipped. */
  get next(): number {
    return this.nextOffset
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
