/** What came of the records of one run. */
export interface Count {
  readonly handled: number
  readonly lost: number
  readonly doubled: number
  readonly outOfOrder: number
}

/** Counts each record of a run once, and sees those that are lost, doubled, or out of their key's order. */
export class Tally {
  readonly records: number
  readonly keys: number
  handled = 0
  private doubled = 0
  private outOfOrder = 0
  private readonly seen: Uint8Array
  private readonly lastOfKey: Int32Array
  private readonly all = Promise.withResolvers<void>()

  constructor(records: number, keys: number) {
    this.records = records
    this.keys = keys
    this.seen = new Uint8Array(records)
    this.lastOfKey = new Int32Array(keys).fill(-1)
  }

  /** Resolves with the last record. */
  get done(): Promise<void> {
    return this.all.promise
  }

  note(n: number): void {
    if (this.seen[n] !== 0) {
      this.doubled += 1
      return
    }
    this.seen[n] = 1
    const key = n % this.keys
    if (n < this.lastOfKey[key]!) this.outOfOrder += 1
    this.lastOfKey[key] = n
    this.handled += 1
    if (this.handled === this.records) this.all.resolve()
  }

  count(): Count {
    const { doubled, handled, outOfOrder, records } = this
    return { handled, lost: records - handled, doubled, outOfOrder }
  }
}

/** Throws when a run lost, doubled or reordered records: its time means nothing then. */
export const expectWhole = (who: string, count: Count): void => {
  if (count.lost === 0 && count.doubled === 0 && count.outOfOrder === 0) return
  throw new Error(
    `${who}: ${count.handled} records handled, ${count.lost} lost, ${count.doubled} doubled, ${count.outOfOrder} out of order`
  )
}
