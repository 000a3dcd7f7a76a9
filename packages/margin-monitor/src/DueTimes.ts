import { PriceHeap } from "@millrace/trading"

/** Items by the market time at which they are due; O(log n) to set and clear, one comparison when nothing is due. */
export class DueTimes<A> {
  private readonly heap = new PriceHeap()
  private readonly items: Array<A | undefined> = []
  private readonly free: Array<number> = []

  /** Returns the handle to clear it by. */
  set(item: A, dueAtMs: number): number {
    const handle = this.free.pop() ?? this.items.length
    this.items[handle] = item
    this.heap.insert(handle, -dueAtMs)
    return handle
  }

  /** −1 is left alone. Returns −1, for the owner to keep. */
  clear(handle: number): -1 {
    if (handle >= 0) {
      this.heap.remove(handle)
      this.items[handle] = undefined
      this.free.push(handle)
    }
    return -1
  }

  /** Returns the items due at or before a market time, in no particular order; they stay set. */
  dueAt(marketTimeMs: number): ReadonlyArray<A> {
    const found: Array<A> = []
    this.heap.visitFrom(-marketTimeMs, (handle) => found.push(this.items[handle] as A))
    return found
  }
}
