import type { LaneFigures, Overview, Quantile, ServiceInstance, ServiceState } from "@millrace/api"
import type { Topics } from "@millrace/contracts"
import { attemptQuantile, type LaneRates, laneRates, type ReportedInstance } from "@millrace/runtime"
import { type LaneNow, mergedLane } from "./mergedLane.ts"

/** The lanes of one process, each with its rates; in the order of its report. */
const lanesNow = ({ recent, report }: ReportedInstance): ReadonlyArray<LaneNow> => {
  const rates = laneRates(recent)
  return report.workers.flatMap(({ lanes, name }) =>
    lanes.map((lane) => ({ worker: name, lane, rates: rates.find((one) => isOf(one, name, lane)) }))
  )
}

const isOf = (rates: LaneRates, worker: string, { lane, topic }: { readonly lane: string; readonly topic: string }) =>
  rates.worker === worker && rates.topic === topic && rates.lane === lane

const quantile = (
  boundaries: ReadonlyArray<number>,
  rates: Pick<LaneRates, "attempts">,
  share: number
): Quantile | undefined => {
  const seconds = attemptQuantile(boundaries, rates.attempts, share)
  if (seconds === undefined) return undefined
  return Number.isFinite(seconds) ? { seconds, orMore: false } : { seconds: boundaries.at(-1) ?? 0, orMore: true }
}

const figuresOf = (boundaries: ReadonlyArray<number>, { lane, rates, worker }: LaneNow): LaneFigures => {
  const [p50, p99] = rates === undefined ? [] : [0.5, 0.99].map((share) => quantile(boundaries, rates, share))
  return {
    worker,
    topic: lane.topic,
    lane: lane.lane,
    processedPerMinute: rates?.processedPerMinute ?? 0,
    failedPerMinute: rates?.failedPerMinute ?? 0,
    retriedPerMinute: rates?.retriedPerMinute ?? 0,
    heldPerMinute: rates?.heldPerMinute ?? 0,
    deadLetteredPerMinute: rates?.deadLetteredPerMinute ?? 0,
    ...(rates?.failureRate === undefined ? {} : { failureRate: rates.failureRate }),
    ...(rates?.meanSeconds === undefined ? {} : { meanSeconds: rates.meanSeconds }),
    ...(p50 === undefined ? {} : { p50 }),
    ...(p99 === undefined ? {} : { p99 }),
    lag: lane.lag,
    inFlight: lane.inFlight,
    buffered: lane.buffered,
    waiting: lane.waiting,
    parked: lane.parked,
    paused: lane.paused,
    ...(lane.oldestAgeMs === undefined ? {} : { oldestAgeMs: lane.oldestAgeMs })
  }
}

const cpuShare = ({ recent }: ReportedInstance): number | undefined => {
  const [first, last] = [recent[0], recent.at(-1)]
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined
  return Math.max(0, (last.cpuSeconds - first.cpuSeconds) / ((last.atMs - first.atMs) / 1000))
}

/** A process with all that it tells of itself. */
export const instanceOf = (one: ReportedInstance): ServiceInstance => {
  const { _tag, boundaries, deadLetters, workers, ...facts } = one.report
  const lanes = lanesNow(one).map((lane) => figuresOf(boundaries, lane))
  const share = cpuShare(one)
  return {
    ...facts,
    active: one.active,
    heardAtMs: one.heardAtMs,
    ...(share === undefined ? {} : { cpuShare: share }),
    workers: workers.map((worker) => ({ ...worker, lanes: lanes.filter((lane) => lane.worker === worker.name) }))
  }
}

const stateOf = (service: string, processes: ReadonlyArray<ReportedInstance>): ServiceState => {
  const active = processes.filter((one) => one.active)
  return {
    service,
    processes: processes.length,
    inactive: processes.length - active.length,
    notReady: active.filter(({ report }) => !report.ready).length,
    notLive: active.filter(({ report }) => !report.live).length,
    versions: [...new Set(active.map(({ report }) => report.version))].sort()
  }
}

const breakersOf = (active: ReadonlyArray<ReportedInstance>): Overview["breakers"] =>
  [
    ...Map.groupBy(
      active.flatMap(({ report }) => report.breakers),
      ({ kind }) => kind
    )
  ].map(([kind, all]) => ({
    kind,
    closed: sum(all, (one) => one.closed),
    open: sum(all, (one) => one.open),
    halfOpen: sum(all, (one) => one.halfOpen)
  }))

/** Several processes may watch the dead letters, all of them the same ones: the last to have told counts. */
const waitingLetters = (active: ReadonlyArray<ReportedInstance>) =>
  active
    .filter(({ report }) => report.deadLetters !== undefined)
    .toSorted((one, other) => other.report.atMs - one.report.atMs)[0]
    ?.report.deadLetters?.filter(({ open, quarantined }) => open + quarantined > 0)

/** The installation as its processes tell of it; lanes in the order of topics.yaml. `whole`: with what only members of the installation see. */
export const overviewOf = (
  instances: ReadonlyArray<ReportedInstance>,
  { topics, atMs, whole }: { readonly topics: Topics; readonly atMs: number; readonly whole: boolean }
): Overview => {
  const active = instances.filter((one) => one.active)
  const order = new Map(topics.physicalTopics().map(({ topic }, place) => [topic, place]))
  const placeOf = ({ topic }: LaneFigures): number => order.get(topic) ?? Number.MAX_SAFE_INTEGER
  const boundaries = active[0]?.report.boundaries ?? []
  // Processes of another version may count in other classes: their times are left out, not mixed in.
  const comparable = (one: ReportedInstance, lane: LaneNow): LaneNow =>
    one.report.boundaries.join() === boundaries.join() ? lane : { ...lane, rates: withoutTimes(lane.rates) }
  const all = active.flatMap((one) => lanesNow(one).map((lane) => comparable(one, lane)))
  const merged = Map.groupBy(all, ({ lane, worker }) => `${worker} ${lane.topic} ${lane.lane}`)
  const lanes = [...merged.values()]
    .map((same) => figuresOf(boundaries, mergedLane(same)))
    .toSorted((one, other) => placeOf(one) - placeOf(other))
  const letters = whole ? waitingLetters(active) : undefined
  return {
    atMs,
    services: [...Map.groupBy(instances, ({ report }) => report.service)].map(([service, of]) => stateOf(service, of)),
    lanes,
    totals: totalsOf(lanes, all),
    breakers: breakersOf(active),
    ...(letters === undefined ? {} : { deadLetters: letters })
  }
}

const withoutTimes = (rates: LaneRates | undefined): LaneRates | undefined =>
  rates === undefined ? undefined : { ...rates, attempts: { count: 0, sumSeconds: 0, counts: [] } }

const totalsOf = (lanes: ReadonlyArray<LaneFigures>, all: ReadonlyArray<LaneNow>): Overview["totals"] => {
  const attempts = sum(all, ({ rates }) => rates?.attemptsPerMinute ?? 0)
  const failedPerMinute = sum(lanes, (lane) => lane.failedPerMinute)
  const ages = lanes.flatMap(({ oldestAgeMs }) => oldestAgeMs ?? [])
  return {
    processedPerMinute: sum(lanes, (lane) => lane.processedPerMinute),
    failedPerMinute,
    ...(attempts === 0 ? {} : { failureRate: failedPerMinute / attempts }),
    lag: sum(lanes, ({ lag }) => lag),
    parked: sum(lanes, ({ parked }) => parked),
    pausedLanes: lanes.filter(({ paused }) => paused).length,
    ...(ages.length === 0 ? {} : { oldestAgeMs: Math.max(...ages) })
  }
}

const sum = <A>(all: ReadonlyArray<A>, of: (one: A) => number): number => all.reduce((total, one) => total + of(one), 0)
