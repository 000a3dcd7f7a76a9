import type {
  ActiveJob,
  DetailedStats,
  QueueLane,
  QueueStats,
  WorkerHealth,
  WorkerStats,
  WorkersHealth
} from "@millrace/api"
import { laneRates, type ReportedInstance } from "@millrace/runtime"
import type { ScheduleRow } from "@millrace/store"
import { mergedLane } from "./mergedLane.ts"
import { type CountedQueue, type LaneCounts, summaryOf } from "./QueueFigures.ts"
import { scheduleInfo } from "./timerAnswers.ts"
import type { WorkQueue } from "./workQueues.ts"

const success = <D>(data: D) => ({ status: "success" as const, data })

const byName = <A>(queues: ReadonlyArray<CountedQueue>, of: (one: CountedQueue, at: number) => A) =>
  Object.fromEntries(queues.map((one, at) => [one.queue.name, of(one, at)]))

/** Figures with active jobs; `jobs` in the order of the queues. */
export const queueStats = (
  queues: ReadonlyArray<CountedQueue>,
  jobs: ReadonlyArray<ReadonlyArray<ActiveJob>>
): typeof QueueStats.Type =>
  success({
    queues: byName(queues, ({ counts }, at) => ({ ...counts, activeJobs: jobs[at] ?? [] })),
    summary: summaryOf(queues)
  })

export const workerStats = (queues: ReadonlyArray<CountedQueue>, timestamp: string): typeof WorkerStats.Type =>
  success({ queues: byName(queues, ({ counts }) => counts), summary: summaryOf(queues), timestamp })

/** The worker of each queue, as its processes report themselves. */
export const workersHealth = (
  queues: ReadonlyArray<WorkQueue>,
  instances: ReadonlyArray<ReportedInstance>,
  timestamp: string
): typeof WorkersHealth.Type => {
  const workers = Object.fromEntries(
    queues.flatMap((queue) => queue.workers.map((name) => [name, healthOf(name, queue, instances)] as const))
  )
  return success({ healthy: Object.values(workers).every(({ isRunning }) => isRunning), workers, timestamp })
}

const healthOf = (name: string, queue: WorkQueue, instances: ReadonlyArray<ReportedInstance>): WorkerHealth => {
  const told = instances
    .filter(({ active }) => active)
    .flatMap(({ report }) => report.workers.filter((worker) => worker.name === name))
  const sound = told.filter(({ live, ready }) => live && ready)
  const reason = told.length === 0 ? "no process of it reports itself" : (told[0]?.reason ?? "it is not ready")
  return {
    isRunning: sound.length > 0,
    queueName: queue.name,
    concurrency: sound.reduce((sum, { concurrency }) => sum + concurrency, 0),
    processes: told.length,
    ...(sound.length > 0 ? {} : { reason })
  }
}

/** Figures by lane, with rates of the last minute and the schedules that deliver to each queue. */
export const detailedStats = (
  queues: ReadonlyArray<CountedQueue>,
  seen: {
    readonly instances: ReadonlyArray<ReportedInstance>
    readonly schedules: ReadonlyArray<ScheduleRow>
    readonly timestamp: string
  }
): typeof DetailedStats.Type =>
  success({
    queues: byName(queues, ({ counts, lanes, queue }) => ({
      ...counts,
      topic: queue.topic.name,
      workers: queue.workers,
      lanes: lanes.map((lane) => laneOf(lane, queue, seen.instances)),
      recurring: seen.schedules
        .filter(({ target }) => target.topic === queue.topic.name)
        .map((row) => scheduleInfo(row, undefined, Date.parse(seen.timestamp)))
    })),
    summary: summaryOf(queues),
    timestamp: seen.timestamp
  })

const laneOf = (
  counts: LaneCounts,
  { topic, workers }: WorkQueue,
  instances: ReadonlyArray<ReportedInstance>
): QueueLane => {
  const physical = topic.lanes.find(({ name }) => name === counts.lane)?.topic
  const told = instances
    .filter(({ active }) => active)
    .flatMap(({ recent, report }) => {
      const rates = laneRates(recent)
      return report.workers
        .filter(({ name }) => workers.includes(name))
        .flatMap(({ lanes, name }) =>
          lanes
            .filter((lane) => lane.topic === physical)
            .map((lane) => ({
              worker: name,
              lane,
              rates: rates.find((one) => one.worker === name && one.topic === lane.topic && one.lane === lane.lane)
            }))
        )
    })
  const idle = { ...counts, paused: false, processedPerMinute: 0, failedPerMinute: 0 }
  if (told.length === 0) return idle
  const { lane, rates } = mergedLane(told)
  return {
    ...counts,
    paused: lane.paused,
    processedPerMinute: rates?.processedPerMinute ?? 0,
    failedPerMinute: rates?.failedPerMinute ?? 0,
    ...(rates?.meanSeconds === undefined ? {} : { meanSeconds: rates.meanSeconds })
  }
}
