/** A price at a market time, in milliseconds. */
export type PricePoint = readonly [atMs: number, priceUsd: number]

const second = 1_000
const minute = 60_000
const seconds = 3_600
const minutes = 1_440

/** Keeps the last point of each slice of market time, as many as fit; an earlier time is left out. */
class Slices {
  private readonly sizeMs: number
  private readonly most: number
  private points: Array<PricePoint> = []

  constructor(sizeMs: number, most: number) {
    this.sizeMs = sizeMs
    this.most = most
  }

  add(point: PricePoint): void {
    const last = this.points.at(-1)
    if (last !== undefined && point[0] < last[0]) return
    const sameSlice = last !== undefined && Math.floor(point[0] / this.sizeMs) === Math.floor(last[0] / this.sizeMs)
    if (sameSlice) this.points[this.points.length - 1] = point
    else this.points.push(point)
    // Cut in one go once in a while, as cutting one off each time would move them all.
    if (this.points.length > this.most * 1.25) this.points = this.points.slice(-this.most)
  }

  all(): ReadonlyArray<PricePoint> {
    return this.points.slice(-this.most)
  }
}

/** How a price came to be what it is: the last hour by the second, the day before it by the minute, in market time. */
export class PriceTrail {
  private readonly near = new Slices(second, seconds)
  private readonly far = new Slices(minute, minutes)

  add(atMs: number, priceUsd: number): void {
    this.near.add([atMs, priceUsd])
    this.far.add([atMs, priceUsd])
  }

  /** The oldest first; at most one a second. */
  points(): ReadonlyArray<PricePoint> {
    const near = this.near.all()
    const from = near[0]?.[0] ?? 0
    return [...this.far.all().filter(([atMs]) => atMs < from), ...near]
  }
}
