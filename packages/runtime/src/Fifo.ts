const keepSpare = 32

/** A first-in-first-out list with constant-time ends (amortised) and no allocation per item. */
export class Fifo<A> {
  private items: Array<A> = []
  private head = 0

  get size(): number {
    return this.items.length - this.head
  }

  push(item: A): void {
    this.items.push(item)
  }

  peek(): A | undefined {
    return this.items[this.head]
  }

  /** The item at a place, 0 for the first. */
  at(place: number): A | undefined {
    return this.items[this.head + place]
  }

  shift(): A | undefined {
    if (this.head === this.items.length) return undefined
    const item = this.items[this.head]
    this.head++
    if (this.head === this.items.length) {
      this.items.length = 0
      this.head = 0
    } else if (this.head > keepSpare && this.head * 2 > this.items.length) {
      this.items.splice(0, this.head)
      this.head = 0
    }
    return item
  }

  toArray(): ReadonlyArray<A> {
    return this.items.slice(this.head)
  }

  /** Puts an item back in front. */
  unshift(item: A): void {
    if (this.head > 0) {
      this.head--
      this.items[this.head] = item
    } else {
      this.items.unshift(item)
    }
  }

  /** Keeps only the items that `keep` accepts. */
  filter(keep: (item: A) => boolean): void {
    this.items = this.items.slice(this.head).filter(keep)
    this.head = 0
  }
}
