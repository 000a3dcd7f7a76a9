import { type Context, Effect, Metric } from "effect"

/** Figures of one lane of one input, counted in place; cheap enough for each record. */
export interface LaneMetrics {
  readonly processed: () => void
  readonly retried: () => void
  readonly deadLettered: () => void
  readonly handlerSeconds: (seconds: number) => void
  readonly lag: (records: number) => void
  readonly inFlight: (records: number) => void
  readonly buffered: (records: number) => void
}

const processedTotal = Metric.counter("millrace_runtime_processed_total", {
  description: "Records finished, dead letters included",
  incremental: true
})
const retriesTotal = Metric.counter("millrace_runtime_retries_total", {
  description: "Failed attempts that are followed by another",
  incremental: true
})
const deadLettersTotal = Metric.counter("millrace_runtime_dead_letters_total", {
  description: "Records set aside",
  incremental: true
})
const handlerSecondsHistogram = Metric.histogram("millrace_runtime_handler_seconds", {
  description: "Time of one attempt, from its start to its outcome, in seconds",
  boundaries: Metric.exponentialBoundaries({ start: 0.0005, factor: 2, count: 16 })
})
const lagRecords = Metric.gauge("millrace_runtime_lag_records", {
  description: "End offset less committable offset, in records"
})
const inFlightRecords = Metric.gauge("millrace_runtime_in_flight_records", { description: "Handed to handlers" })
const bufferedRecords = Metric.gauge("millrace_runtime_buffered_records", { description: "Fetched and waiting" })

/** The figures of a lane; the labels never hold an account. */
export const laneMetrics = (labels: {
  readonly worker: string
  readonly topic: string
  readonly lane: string
}): Effect.Effect<LaneMetrics> =>
  Effect.map(Effect.context<never>(), (context) => {
    const counter = (metric: Metric.Counter<number>) => counting(Metric.withAttributes(metric, labels), context)
    const setter = (metric: Metric.Gauge<number>) => setting(Metric.withAttributes(metric, labels), context)
    const processed = counter(processedTotal)
    const retried = counter(retriesTotal)
    const deadLettered = counter(deadLettersTotal)
    const seconds = Metric.withAttributes(handlerSecondsHistogram, labels)
    return {
      processed,
      retried,
      deadLettered,
      handlerSeconds: (value) => seconds.updateUnsafe(value, context),
      lag: setter(lagRecords),
      inFlight: setter(inFlightRecords),
      buffered: setter(bufferedRecords)
    }
  })

const counting =
  <I extends number, S>(metric: Metric.Metric<I, S>, context: Context.Context<never>) =>
  (): void =>
    metric.updateUnsafe(1 as I, context)

const setting =
  <I extends number, S>(metric: Metric.Metric<I, S>, context: Context.Context<never>) =>
  (value: number): void =>
    metric.updateUnsafe(value as I, context)
