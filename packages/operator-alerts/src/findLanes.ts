import type { AttemptTimes, LaneReport } from "@millrace/contracts"
import { attemptQuantile, type LaneRates, laneRates, type ReportedInstance } from "@millrace/runtime"
import type { Found } from "./AlertFacts.ts"
import type { RuleOf } from "./AlertRule.ts"
import { age, count, percent } from "./words.ts"

type Lanes = RuleOf<"backlog">["lanes"]

/** Lanes with more records, or an older one, than a rule allows; of all processes of a worker together. */
export const backlogs = (
  instances: ReadonlyArray<ReportedInstance>,
  { ageSeconds, lagRecords, lanes }: RuleOf<"backlog">
): ReadonlyArray<Found> => {
  const reports = instances.flatMap(({ active, report }) =>
    active ? report.workers.flatMap(({ lanes, name }) => lanes.map((lane) => ({ ...lane, worker: name }))) : []
  )
  return groupsOf(reports.filter(isOf(lanes))).flatMap(([subject, own]) => {
    const lag = own.reduce((sum, one) => sum + one.lag, 0)
    const oldestMs = Math.max(0, ...own.map(({ oldestAgeMs }) => oldestAgeMs ?? 0))
    if (lag < lagRecords && oldestMs < ageSeconds * 1000) return []
    const paused = own.some((one: LaneReport) => one.paused) ? ", paused" : ""
    return [{ subject, detail: `lag ${count(lag)} records, the oldest ${age(oldestMs)} old${paused}` }]
  })
}

/** Lanes of which more attempts fail than a rule allows. */
export const failureRates = (
  instances: ReadonlyArray<ReportedInstance>,
  { attempts, lanes, share }: RuleOf<"failure_rate">
): ReadonlyArray<Found> =>
  groupsOf(ratesOf(instances).filter(isOf(lanes))).flatMap(([subject, own]) => {
    const over = (perMinute: (one: LaneRates) => number) =>
      own.reduce((sum, one) => sum + (perMinute(one) * one.overMs) / 60_000, 0)
    const failed = Math.round(over((one) => one.failedPerMinute))
    const all = Math.round(over((one) => one.processedPerMinute + one.retriedPerMinute))
    if (all < Math.max(1, attempts) || failed / all < share || failed === 0) return []
    return [{ subject, detail: `${percent(failed / all)} of ${count(all)} attempts of the last minute failed` }]
  })

/** Lanes whose attempts take longer than a rule allows. */
export const slowLanes = (
  instances: ReadonlyArray<ReportedInstance>,
  { attempts, lanes, seconds }: RuleOf<"slow_processing">
): ReadonlyArray<Found> =>
  groupsOf(ratesOf(instances).filter(isOf(lanes))).flatMap(([subject, own]) => {
    const boundaries = own[0]!.boundaries
    const times = own.map((one) => one.attempts).reduce(together)
    if (times.count < Math.max(1, attempts)) return []
    const within = attemptQuantile(boundaries, times, 0.95)
    if (within === undefined || within <= seconds) return []
    const mean = times.sumSeconds / times.count
    const longest = Number.isFinite(within) ? `${within} s` : `more than ${boundaries.at(-1)} s`
    return [
      { subject, detail: `95 % of ${count(times.count)} attempts within ${longest}, ${mean.toFixed(2)} s on average` }
    ]
  })

type Rates = LaneRates & { readonly boundaries: ReadonlyArray<number> }

/** Rates of the active processes' lanes; during an upgrade with other boundaries only those of the newest are comparable. */
const ratesOf = (instances: ReadonlyArray<ReportedInstance>): ReadonlyArray<Rates> =>
  instances.flatMap(({ active, recent, report }) =>
    active ? laneRates(recent).map((rates) => ({ ...rates, boundaries: report.boundaries })) : []
  )

const together = (one: AttemptTimes, other: AttemptTimes): AttemptTimes =>
  one.counts.length === other.counts.length
    ? {
        count: one.count + other.count,
        sumSeconds: one.sumSeconds + other.sumSeconds,
        counts: one.counts.map((n, at) => n + other.counts[at]!)
      }
    : one

const isOf =
  (lanes: Lanes) =>
  ({ lane }: { readonly lane: string }): boolean =>
    lanes === undefined || lanes.some((name) => name === lane)

/** By worker and physical topic, in the order in which they are reported. */
const groupsOf = <A extends { readonly worker: string; readonly topic: string }>(
  all: ReadonlyArray<A>
): ReadonlyArray<readonly [string, ReadonlyArray<A>]> => {
  const groups = new Map<string, Array<A>>()
  for (const one of all) {
    const subject = `${one.worker}: ${one.topic}`
    const own = groups.get(subject)
    if (own === undefined) groups.set(subject, [one])
    else own.push(one)
  }
  return [...groups]
}
