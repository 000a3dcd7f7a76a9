import { showFromStart, wallClockMsOf } from "@millrace/telemetry"
import { Clock, Duration, Effect, Latch, Metric } from "effect"
import type { ExchangeError } from "./Exchange.ts"

/** The exchange's clock as far as it is known: our wall clock corrected by the measured skew. */
export interface ExchangeClock {
  /** Milliseconds, whole, for signatures. Waits for the first measurement, but not long. */
  readonly timestampMs: Effect.Effect<number>
  /** Exchange's clock less ours, in milliseconds. */
  readonly skewMs: () => number
}

export interface ExchangeClockOptions {
  readonly read: Effect.Effect<number, ExchangeError>
  readonly interval: Duration.Duration
  readonly alarm: Duration.Duration
}

/** Longest wait of the first signature for the first measurement. */
const firstMeasurement = Duration.seconds(2)

/** A measurement that is off by this much at most is taken as it is; others only where they prove the present value wrong. */
const preciseMs = 250

const skewSeconds = Metric.gauge("millrace_exchange_clock_skew_seconds", {
  description: "exchange's clock less ours"
})
const measurements = Metric.counter("millrace_exchange_clock_measurements_total", {
  description: "readings of the exchange's clock, by result: precise, imprecise or failed",
  incremental: true
})
const alarms = Metric.counter("millrace_exchange_clock_alarms_total", {
  description: "readings by which our clock and the exchange's differ by more than EXCHANGE_CLOCK_ALARM",
  incremental: true
})
const count = (result: "precise" | "imprecise" | "failed") =>
  Metric.update(Metric.withAttributes(measurements, { result }), 1)

/**
 * The skew after a measurement. The exchange read its clock at some time between question and answer, so the measured
 * value is off by half of that time at most; a wait for the request's turn is part of it.
 */
export const skewAfter = (knownMs: number, measuredMs: number, uncertaintyMs: number): number =>
  uncertaintyMs <= preciseMs
    ? measuredMs
    : Math.min(measuredMs + uncertaintyMs, Math.max(measuredMs - uncertaintyMs, knownMs))

/** Measures at once and then at each interval, in the background; a failed measurement keeps the last one. */
export const makeExchangeClock = Effect.fnUntraced(function* (options: ExchangeClockOptions) {
  const clock = yield* Clock.Clock
  const measured = yield* Latch.make(false)
  yield* showFromStart(alarms)
  let skewMs = 0
  const wallMs = () => wallClockMsOf(clock)

  const measure = Effect.gen(function* () {
    const before = wallMs()
    const exchangeMs = yield* options.read
    const after = wallMs()
    const uncertaintyMs = (after - before) / 2
    skewMs = skewAfter(skewMs, exchangeMs - (before + after) / 2, uncertaintyMs)
    yield* count(uncertaintyMs <= preciseMs ? "precise" : "imprecise")
    yield* Metric.update(skewSeconds, skewMs / 1000)
    yield* Latch.open(measured)
    if (Math.abs(skewMs) > Duration.toMillis(options.alarm)) {
      yield* Metric.update(alarms, 1)
      yield* Effect.logWarning("our clock and the exchange's differ; signatures are corrected").pipe(
        Effect.annotateLogs({ skewMs: Math.round(skewMs) })
      )
    }
  })
  const keepMeasuring = measure.pipe(
    Effect.as(options.interval),
    Effect.catch((error) =>
      Effect.logDebug("the exchange's clock was not read").pipe(
        Effect.annotateLogs({ error: error.message }),
        Effect.andThen(count("failed")),
        Effect.as(Duration.min(options.interval, Duration.seconds(5)))
      )
    ),
    Effect.flatMap((wait) => Effect.sleep(wait)),
    Effect.forever
  )
  yield* Effect.forkScoped(keepMeasuring)

  const now = Effect.sync(() => Math.floor(wallMs() + skewMs))
  let waited = false
  const timestampMs = Effect.suspend(() => {
    if (waited || Latch.isOpen(measured)) return now
    return Latch.await(measured).pipe(
      Effect.timeoutOption(firstMeasurement),
      Effect.andThen(() => {
        waited = true
        return now
      })
    )
  })
  return { timestampMs, skewMs: () => skewMs } satisfies ExchangeClock
})
