import type { Stamp } from "./Member.ts"

/** Returns the longest time between two stamps of one partition inside a span, in milliseconds, over the partitions asked. */
export const longestGap = (
  stamps: ReadonlyArray<Stamp>,
  partitions: Iterable<number>,
  fromMs: number,
  toMs: number
): number => {
  const times = new Map<number, Array<number>>([...partitions].map((partition) => [partition, [fromMs]]))
  for (const { at, partition } of stamps) if (at > fromMs && at < toMs) times.get(partition)?.push(at)
  let longest = 0
  for (const list of times.values()) {
    list.push(toMs)
    list.sort((one, other) => one - other)
    for (let n = 1; n < list.length; n += 1) longest = Math.max(longest, list[n]! - list[n - 1]!)
  }
  return longest
}

/** Half of the figures are at most this. */
export const median = (figures: ReadonlyArray<number>): number =>
  [...figures].sort((one, other) => one - other)[Math.max(0, Math.ceil(figures.length / 2) - 1)] ?? Number.NaN

export const spread = (figures: ReadonlyArray<number>, digits = 0) => ({
  p50: Number(median(figures).toFixed(digits)),
  max: Number(Math.max(...figures).toFixed(digits)),
  runs: figures.length
})
export type Spread = ReturnType<typeof spread>
