/** Numbers that follow from a seed alone, the same on every machine (mulberry32). */
export class SeededRandom {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number in [from, to). */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from))
  }

  shuffled<A>(values: ReadonlyArray<A>): ReadonlyArray<A> {
    const left = [...values]
    const taken: Array<A> = []
    while (left.length > 0) taken.push(...left.splice(this.between(0, left.length), 1))
    return taken
  }
}
