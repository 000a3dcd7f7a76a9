import type { LaneReport } from "@millrace/contracts"
import { type Context, Effect, Metric, type Scope } from "effect"
import { countedSeries, observedSeries } from "./CountedSeries.ts"

/** Figures of one lane of one input, counted in place; cheap enough for each record. */
export interface LaneMetrics {
  readonly processed: (records: number) => void
  readonly retried: () => void
  readonly held: () => void
  readonly deadLettered: () => void
  readonly expired: () => void
  readonly handlerSeconds: (seconds: number) => void
  /** Time from a record's writing to its end. */
  readonly ageSeconds: (seconds: number) => void
  readonly lag: (records: number) => void
  readonly inFlight: (records: number) => void
  readonly buffered: (records: number) => void
  readonly paused: (paused: boolean) => void
  readonly parked: (records: number) => void
  readonly waiting: (keys: number) => void
  readonly oldestAge: (seconds: number) => void
  /** What was counted since the worker started. */
  readonly counts: () => LaneCounts
}

/** What of a lane was counted; grows only. */
export type LaneCounts = Pick<LaneReport, "processed" | "deadLettered" | "retried" | "held" | "expired" | "attempts">

const processedTotal = Metric.counter("millrace_runtime_processed_total", {
  description: "Records finished, dead letters included",
  incremental: true
})
const retriesTotal = Metric.counter("millrace_runtime_retries_total", {
  description: "Failed attempts that are followed by another",
  incremental: true
})
const heldTotal = Metric.counter("millrace_runtime_held_total", {
  description: "Attempts that ended as a dependency was down; they count as no failure of the record",
  incremental: true
})
const deadLettersTotal = Metric.counter("millrace_runtime_dead_letters_total", {
  description: "Records set aside",
  incremental: true
})
const expiredTotal = Metric.counter("millrace_runtime_expired_total", {
  description: "Records whose time had passed before they were handled",
  incremental: true
})
/** Upper bounds of the times of attempts, in seconds: 0.5 ms to 8 s, then infinity. */
export const handlerBoundaries = Metric.exponentialBoundaries({ start: 0.0005, factor: 2, count: 16 })
const handlerSecondsHistogram = Metric.histogram("millrace_runtime_handler_seconds", {
  description: "Time of one attempt, from its start to its outcome, in seconds",
  boundaries: handlerBoundaries
})
const ageBoundaries = Metric.exponentialBoundaries({ start: 0.001, factor: 4, count: 12 })
const ageSecondsHistogram = Metric.histogram("millrace_runtime_record_age_seconds", {
  description: "Time from a record's writing to its end here, the outcome included, in seconds",
  boundaries: ageBoundaries
})
const lagRecords = Metric.gauge("millrace_runtime_lag_records", {
  description: "End offset less committable offset, in records"
})
const inFlightRecords = Metric.gauge("millrace_runtime_in_flight_records", { description: "Handed to handlers" })
const bufferedRecords = Metric.gauge("millrace_runtime_buffered_records", { description: "Fetched and waiting" })
const lanePaused = Metric.gauge("millrace_runtime_lane_paused", { description: "1 while an operator pauses the lane" })

const parkedRecords = Metric.gauge("millrace_runtime_parked_records", {
  description: "Waiting for long, in the topic's parked records"
})
const waitingKeys = Metric.gauge("millrace_runtime_waiting_keys", {
  description: "Keys whose first record waits for its next attempt"
})
const oldestAgeSeconds = Metric.gauge("millrace_runtime_oldest_age_seconds", {
  description: "Time since the oldest unfinished record was written, in seconds; 0 where none is known"
})

const workerLive = Metric.gauge("millrace_runtime_worker_live", {
  description: "0 while the worker asks for a restart"
})
const workerReady = Metric.gauge("millrace_runtime_worker_ready", { description: "1 while the worker takes records" })

/** Sets whether a worker is live and ready. */
export const measureState = (worker: string, { live, ready }: { readonly live: boolean; readonly ready: boolean }) =>
  Effect.andThen(
    Metric.update(Metric.withAttributes(workerLive, { worker }), live ? 1 : 0),
    Metric.update(Metric.withAttributes(workerReady, { worker }), ready ? 1 : 0)
  )

/** The figures of a lane; the labels never hold an account. */
export const laneMetrics = (labels: {
  readonly worker: string
  readonly topic: string
  readonly lane: string
}): Effect.Effect<LaneMetrics, never, Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    const counter = (metric: Metric.Counter<number>) => countedSeries(Metric.withAttributes(metric, labels), context)
    const histogram = (metric: Metric.Histogram<number>, boundaries: ReadonlyArray<number>) =>
      observedSeries(Metric.withAttributes(metric, labels), boundaries, context)
    const setter = (metric: Metric.Gauge<number>) => setting(Metric.withAttributes(metric, labels), context)
    const processed = yield* counter(processedTotal)
    const retried = yield* counter(retriesTotal)
    const held = yield* counter(heldTotal)
    const deadLettered = yield* counter(deadLettersTotal)
    const expired = yield* counter(expiredTotal)
    const attempts = yield* histogram(handlerSecondsHistogram, handlerBoundaries)
    const ages = yield* histogram(ageSecondsHistogram, ageBoundaries)
    const paused = setter(lanePaused)
    return {
      processed: processed.add,
      retried: () => retried.add(1),
      held: () => held.add(1),
      deadLettered: () => deadLettered.add(1),
      expired: () => expired.add(1),
      handlerSeconds: attempts.observe,
      ageSeconds: ages.observe,
      lag: setter(lagRecords),
      inFlight: setter(inFlightRecords),
      buffered: setter(bufferedRecords),
      paused: (isPaused) => paused(isPaused ? 1 : 0),
      parked: setter(parkedRecords),
      waiting: setter(waitingKeys),
      oldestAge: setter(oldestAgeSeconds),
      counts: () => {
        const { count, counts, sum } = attempts.observed()
        return {
          processed: processed.total(),
          deadLettered: deadLettered.total(),
          retried: retried.total(),
          held: held.total(),
          expired: expired.total(),
          attempts: { count, sumSeconds: Math.max(0, sum), counts }
        }
      }
    }
  })

const setting =
  <I extends number, S>(metric: Metric.Metric<I, S>, context: Context.Context<never>) =>
  (value: number): void =>
    metric.updateUnsafe(value as I, context)
