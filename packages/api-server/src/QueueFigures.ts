import type { Conflict, NotFound, QueueCounts, QueueSummary, TopicInfo, Unavailable } from "@millrace/api"
import { type RecordCodec, TopicsFile } from "@millrace/contracts"
import { type ParkedEntry, parkedRecords } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { DeadLetterBox, ServiceReports } from "@millrace/runtime"
import { TimerStore } from "@millrace/store"
import { Cache, Context, Effect, Exit, Layer } from "effect"
import { orUnavailable } from "./answers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { orTriageRefused } from "./letterAnswers.ts"
import { orKafkaUnavailable } from "./recordAnswers.ts"
import { TopicFigures } from "./TopicFigures.ts"
import { type WorkQueue, workQueues } from "./workQueues.ts"

/** A lane of a queue, of all workspaces. */
export interface LaneCounts extends Pick<QueueCounts, "waiting" | "active" | "completed"> {
  readonly lane: string
}

/** A queue with its figures, as one workspace sees it. */
export interface CountedQueue {
  readonly queue: WorkQueue
  readonly counts: QueueCounts
  readonly lanes: ReadonlyArray<LaneCounts>
}

/** Figures are this old at most. */
const keptFor = "3 seconds"
const keptWorkspaces = 200
const readParkedRecords = 100_000
const countedTimers = 10_000

/** Of one workspace, by logical topic. */
interface OwnCounts {
  readonly failed: ReadonlyMap<string, number>
  readonly timers: ReadonlyMap<string, number>
}

/**
 * The queues of the old clients, counted on Kafka and PostgreSQL. Waiting, active and completed are those of all workspaces, as
 * the lanes are shared; failed and delayed are the workspace's own.
 */
export class QueueFigures extends Context.Service<
  QueueFigures,
  {
    /** `workspaceId` undefined: of all workspaces. Queues whose topic the broker does not have are left out. */
    readonly of: (
      workspaceId: string | undefined
    ) => Effect.Effect<ReadonlyArray<CountedQueue>, Conflict | NotFound | Unavailable>
  }
>()("@millrace/api-server/QueueFigures") {
  static readonly layer = Layer.effect(
    QueueFigures,
    Effect.gen(function* () {
      const topics = yield* TopicsFile
      const figures = yield* TopicFigures
      const reports = yield* ServiceReports
      const box = yield* DeadLetterBox
      const timers = yield* TimerStore
      const services = yield* Effect.context<KafkaClient | RecordCodec>()
      const queues = workQueues(topics)

      const parked = yield* Effect.forEach(queues, ({ topic }) =>
        Effect.map(parkedRecords(topic, readParkedRecords), ({ entries }) => [topic.name, entries] as const)
      ).pipe(
        Effect.provideContext(services),
        Effect.map((found): ReadonlyMap<string, ReadonlyArray<ParkedEntry>> => new Map(found)),
        orHistoryUnavailable,
        Effect.cachedWithTTL(keptFor)
      )
      const ownCounts = Effect.fnUntraced(function* (workspaceId: string | undefined) {
        const letters = yield* box.countsOf(workspaceId === undefined ? {} : { workspaceId }).pipe(orTriageRefused)
        const { rows: waiting } = yield* timers.list({ limit: countedTimers, workspaceId }).pipe(orUnavailable)
        const ofTopic = Map.groupBy(
          waiting.filter(({ state }) => state === "waiting"),
          ({ topic }) => topic ?? ""
        )
        return {
          failed: new Map(letters.map(({ counts, topic }) => [topic, counts.open + counts.quarantined])),
          timers: new Map([...ofTopic].map(([topic, all]) => [topic, all.length]))
        } satisfies OwnCounts
      })
      const own = yield* Cache.makeWith(ownCounts, {
        capacity: keptWorkspaces,
        timeToLive: (exit) => (Exit.isSuccess(exit) ? keptFor : 0)
      })

      const of = Effect.fnUntraced(function* (workspaceId: string | undefined) {
        const infos = yield* figures.all.pipe(orKafkaUnavailable)
        const waitingLater = yield* parked
        const { failed, timers: later } = yield* Cache.get(own, workspaceId)
        return queues.flatMap((queue): ReadonlyArray<CountedQueue> => {
          const { name } = queue.topic
          const info = infos.find(({ topic }) => topic === name)
          if (info === undefined) return []
          const entries = waitingLater.get(name) ?? []
          const lanes = laneCounts(info, queue, entries, inFlightIn(reports, queue))
          const mine = entries.filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
          const counts = {
            waiting: sum(lanes, ({ waiting }) => waiting),
            active: sum(lanes, ({ active }) => active),
            completed: sum(lanes, ({ completed }) => completed),
            failed: failed.get(name) ?? 0,
            delayed: mine.length + (later.get(name) ?? 0)
          }
          return [{ queue, counts, lanes }]
        })
      })
      return QueueFigures.of({ of })
    })
  )
}

/** Records that a queue's workers handle now, by physical topic, as their processes report it. */
const inFlightIn = (reports: ServiceReports["Service"], { workers }: WorkQueue): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (const { active, report } of reports.instances()) {
    if (!active) continue
    for (const worker of report.workers.filter(({ name }) => workers.includes(name)))
      for (const { inFlight, topic } of worker.lanes) found.set(topic, (found.get(topic) ?? 0) + inFlight)
  }
  return found
}

/** Without a group that committed something, everything in the lane waits. A parked record is finished for its lane only. */
const laneCounts = (
  info: TopicInfo,
  { workers }: WorkQueue,
  parked: ReadonlyArray<ParkedEntry>,
  inFlight: ReadonlyMap<string, number>
): ReadonlyArray<LaneCounts> =>
  info.lanes.map(({ lane, records, topic }) => {
    const lags = info.lag.filter((one) => one.lane === lane && workers.includes(one.group)).map(({ lag }) => lag)
    const unfinished = Math.min(records, lags.length === 0 ? records : Math.max(...lags))
    const active = Math.min(inFlight.get(topic) ?? 0, unfinished)
    const later = parked.filter((one) => one.topic === topic).length
    return { lane, active, waiting: unfinished - active, completed: Math.max(0, records - unfinished - later) }
  })

/** The sums that the old clients show. */
export const summaryOf = (queues: ReadonlyArray<CountedQueue>): QueueSummary => ({
  totalWaiting: sum(queues, ({ counts }) => counts.waiting),
  totalActive: sum(queues, ({ counts }) => counts.active),
  totalCompleted: sum(queues, ({ counts }) => counts.completed),
  totalFailed: sum(queues, ({ counts }) => counts.failed)
})

const sum = <A>(all: ReadonlyArray<A>, of: (one: A) => number): number => all.reduce((total, one) => total + of(one), 0)
