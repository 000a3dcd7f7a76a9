import { type TimerRecord, type TopicContract, TopicsFile, timers, topicContracts } from "@millrace/contracts"
import { input, runWorker } from "@millrace/runtime"
import { TimerStore } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Effect, Layer, Schedule } from "effect"
import { startFiringLoop } from "./FiringLoop.ts"
import { makeHandleRequest } from "./handleRequest.ts"
import { SchedulerConfig } from "./SchedulerConfig.ts"
import { sampleTimers } from "./SchedulerMetrics.ts"
import { timerTargets } from "./TimerTargets.ts"

/** Topics of one scheduler, and its consumer group; a test gives its own. */
export interface SchedulerTopics {
  readonly group: string
  readonly requests: TopicContract<TimerRecord>
  readonly targets: ReadonlyArray<TopicContract<unknown>>
}

const ours: SchedulerTopics = { group: "scheduler", requests: timers, targets: topicContracts }

/**
 * Reads: timers (by timer id): requests and cancellations.
 * Writes: timers (firings), and to any topic what its declared writer asked to be delivered later.
 * Keeps: timers and recurring schedules in PostgreSQL.
 */
export const runScheduler = Effect.fnUntraced(function* ({ group, requests, targets }: SchedulerTopics = ours) {
  const settings = yield* SchedulerConfig
  const store = yield* TimerStore
  const contracts = { requests: requests as TopicContract<unknown>, targets }
  const judged = timerTargets(yield* TopicsFile, contracts)
  const loop = yield* startFiringLoop(settings, judged, contracts.requests)
  const running = yield* runWorker({
    name: group,
    instance: settings.instance,
    inputs: [input({ contract: requests, handle: yield* makeHandleRequest(judged, loop.onStored) })],
    publishes: [contracts.requests, ...targets]
  })
  const health = yield* Health
  yield* health.beforeMetrics(sampleTimers.pipe(Effect.provideService(TimerStore, store)))
  yield* store.prune(settings.keep).pipe(
    Effect.catch((error) => Effect.logWarning(`Ended timers not forgotten: ${error.message}`)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )
  return running
})

/** Needs Kafka, the codec, topics.yaml, the publisher, and the stores of timers and schedules. */
export const layer = Layer.effectDiscard(runScheduler())
