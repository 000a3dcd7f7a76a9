/** Three percentiles of a set of figures; `null` where there are none. */
export interface Percentiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** Nearest-rank percentiles, rounded to a thousandth. */
export const percentiles = (figures: ReadonlyArray<number>): Percentiles => {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = (share: number): number | null => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    return value === undefined ? null : Math.round(value * 1000) / 1000
  }
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
