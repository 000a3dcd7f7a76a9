import type { LaneReport } from "@millrace/contracts"
import type { LaneRates } from "@millrace/runtime"

/** A lane of one worker as a process told of it, and its rates once there are two reports. */
export interface LaneNow {
  readonly worker: string
  readonly lane: LaneReport
  readonly rates: LaneRates | undefined
}

/** The same lane of several processes of a worker as one. At least one is given. */
export const mergedLane = (same: ReadonlyArray<LaneNow>): LaneNow =>
  same.reduce((one, other) => ({
    worker: one.worker,
    lane: mergedReport(one.lane, other.lane),
    rates:
      one.rates === undefined ? other.rates : other.rates === undefined ? one.rates : merged(one.rates, other.rates)
  }))

/** Each process tells of the partitions that it has, so that counts add up. */
const mergedReport = (one: LaneReport, other: LaneReport): LaneReport => {
  const ages = [one.oldestAgeMs, other.oldestAgeMs].flatMap((age) => age ?? [])
  return {
    ...one,
    lag: one.lag + other.lag,
    inFlight: one.inFlight + other.inFlight,
    buffered: one.buffered + other.buffered,
    waiting: one.waiting + other.waiting,
    parked: one.parked + other.parked,
    paused: one.paused || other.paused,
    ...(ages.length === 0 ? {} : { oldestAgeMs: Math.max(...ages) })
  }
}

const merged = (one: LaneRates, other: LaneRates): LaneRates => {
  const count = one.attempts.count + other.attempts.count
  const sumSeconds = one.attempts.sumSeconds + other.attempts.sumSeconds
  const attemptsPerMinute = one.attemptsPerMinute + other.attemptsPerMinute
  const failedPerMinute = one.failedPerMinute + other.failedPerMinute
  return {
    ...one,
    processedPerMinute: one.processedPerMinute + other.processedPerMinute,
    failedPerMinute,
    attemptsPerMinute,
    retriedPerMinute: one.retriedPerMinute + other.retriedPerMinute,
    heldPerMinute: one.heldPerMinute + other.heldPerMinute,
    deadLetteredPerMinute: one.deadLetteredPerMinute + other.deadLetteredPerMinute,
    failureRate: attemptsPerMinute === 0 ? undefined : failedPerMinute / attemptsPerMinute,
    meanSeconds: count === 0 ? undefined : sumSeconds / count,
    attempts: { count, sumSeconds, counts: addedCounts(one.attempts.counts, other.attempts.counts) }
  }
}

const addedCounts = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, at) => (one[at] ?? 0) + (other[at] ?? 0))
