import type { AttemptTimes, LaneReport, ServiceReport } from "@millrace/contracts"

/** What a worker did with a lane between two reports. */
export interface LaneRates {
  readonly worker: string
  readonly topic: string
  readonly lane: string
  /** Time between the two reports. */
  readonly overMs: number
  readonly processedPerMinute: number
  /** Attempts that ended one way or the other; those that were held do not count. */
  readonly attemptsPerMinute: number
  /** Failed attempts, those that another one follows and those that set the record aside. */
  readonly failedPerMinute: number
  readonly retriedPerMinute: number
  readonly heldPerMinute: number
  readonly deadLetteredPerMinute: number
  /** Share of the attempts that failed, 0 to 1; undefined without an attempt. */
  readonly failureRate: number | undefined
  /** Mean time of an attempt, in seconds; undefined without an attempt. */
  readonly meanSeconds: number | undefined
  /** Times of the attempts between the two reports. */
  readonly attempts: AttemptTimes
}

/**
 * Rates of each lane of a process over its recent reports, the oldest first; none before the second report that has the lane: a
 * process reports itself before its workers run.
 */
export const laneRates = (recent: ReadonlyArray<ServiceReport>): ReadonlyArray<LaneRates> => {
  const last = recent.at(-1)
  if (last === undefined) return []
  return last.workers.flatMap(({ lanes, name }) =>
    lanes.flatMap((lane) => {
      const first = recent.find((report) => laneOf(report, name, lane) !== undefined)
      const before = first === undefined ? undefined : laneOf(first, name, lane)
      if (first === undefined || before === undefined || last.atMs <= first.atMs) return []
      return [ratesOf(name, before, lane, last.atMs - first.atMs)]
    })
  )
}

const laneOf = (report: ServiceReport, worker: string, { lane, topic }: LaneReport): LaneReport | undefined =>
  report.workers
    .find(({ name }) => name === worker)
    ?.lanes.find((other) => other.topic === topic && other.lane === lane)

const ratesOf = (worker: string, before: LaneReport, now: LaneReport, overMs: number): LaneRates => {
  const perMinute = (of: (lane: LaneReport) => number) => ((of(now) - of(before)) * 60_000) / overMs
  const count = now.attempts.count - before.attempts.count
  const sumSeconds = now.attempts.sumSeconds - before.attempts.sumSeconds
  const failed = failuresOf(now) - failuresOf(before)
  const attempts = now.processed - before.processed + (now.retried - before.retried)
  return {
    worker,
    topic: now.topic,
    lane: now.lane,
    overMs,
    processedPerMinute: perMinute(({ processed }) => processed),
    attemptsPerMinute: (attempts * 60_000) / overMs,
    failedPerMinute: perMinute(failuresOf),
    retriedPerMinute: perMinute(({ retried }) => retried),
    heldPerMinute: perMinute(({ held }) => held),
    deadLetteredPerMinute: perMinute(({ deadLettered }) => deadLettered),
    failureRate: attempts === 0 ? undefined : failed / attempts,
    meanSeconds: count === 0 ? undefined : sumSeconds / count,
    attempts: { count, sumSeconds, counts: now.attempts.counts.map((n, at) => n - (before.attempts.counts[at] ?? 0)) }
  }
}

const failuresOf = ({ deadLettered, retried }: LaneReport): number => deadLettered + retried

/**
 * The time within which a share of the attempts ended, in seconds: the upper boundary of its bucket, infinite above the last
 * one; undefined without an attempt.
 */
export const attemptQuantile = (
  boundaries: ReadonlyArray<number>,
  { counts }: Pick<AttemptTimes, "counts">,
  share: number
): number | undefined => {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return undefined
  let below = 0
  const bucket = counts.findIndex((count) => {
    below += count
    return count > 0 && below >= share * all
  })
  return boundaries[bucket] ?? Number.POSITIVE_INFINITY
}
