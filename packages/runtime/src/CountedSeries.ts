import { type Context, Effect, Metric, type Scope } from "effect"

/** What a process counts in a plain variable. */
export interface CountedSeries {
  readonly add: (more: number) => void
  readonly total: () => number
}

/** A counter in a plain variable, read when metrics are; an update through the registry costs some 70 ns for each record. */
export const countedSeries = (
  metric: Metric.Counter<number>,
  context: Context.Context<never>
): Effect.Effect<CountedSeries, never, Scope.Scope> =>
  Effect.gen(function* () {
    let count = 0
    yield* registered(metric, context, () => ({ count, incremental: true }))
    return {
      add: (more) => {
        count += more
      },
      total: () => count
    }
  })

/** Values by their size: `counts[n]` were at most the n-th boundary, the last of which is infinite, and above the one before. */
export interface ObservedCounts {
  readonly count: number
  readonly sum: number
  readonly counts: ReadonlyArray<number>
}

export interface ObservedSeries {
  readonly observe: (value: number) => void
  readonly observed: () => ObservedCounts
}

/** A histogram in plain variables, likewise. Values are the same as an update through the registry would give. */
export const observedSeries = (
  metric: Metric.Histogram<number>,
  boundaries: ReadonlyArray<number>,
  context: Context.Context<never>
): Effect.Effect<ObservedSeries, never, Scope.Scope> =>
  Effect.gen(function* () {
    const counts = new Float64Array(boundaries.length)
    let count = 0
    let sum = 0
    let min = Number.MAX_VALUE
    let max = -Number.MAX_VALUE
    yield* registered(metric, context, () => {
      let below = 0
      const buckets = boundaries.map((boundary, n): [number, number] => {
        below += counts[n]!
        return [boundary, below]
      })
      return { buckets, count, min, max, sum }
    })
    const observe = (value: number) => {
      count++
      sum += value
      if (value < min) min = value
      if (value > max) max = value
      for (let n = 0; n < boundaries.length; n++) {
        if (value > boundaries[n]!) continue
        counts[n]!++
        return
      }
    }
    return { observe, observed: () => ({ count, sum, counts: [...counts] }) }
  })

const registered = <I, S>(metric: Metric.Metric<I, S>, context: Context.Context<never>, get: () => S) =>
  Effect.acquireRelease(
    Effect.sync(() => Metric.registerUnsafe(metric, context, { get, update: () => {}, modify: () => {} })),
    (registration) => Effect.sync(() => registration.remove())
  )
