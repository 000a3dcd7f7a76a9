import { TimerStore } from "@millrace/store"
import { Effect, Metric } from "effect"
import type { Delivery } from "./deliveryOf.ts"

const firedTotal = Metric.counter("millrace_scheduler_fired_total", {
  description: "Timers ended, by outcome: delivered, skipped, refused",
  incremental: true
})
const repeatedTotal = Metric.counter("millrace_scheduler_repeated_total", {
  description: "Timers delivered that an earlier claim may have delivered already, under the same id",
  incremental: true
})
const lateSeconds = Metric.histogram("millrace_scheduler_late_seconds", {
  description: "Time from due to claimed, in seconds",
  boundaries: Metric.exponentialBoundaries({ start: 0.001, factor: 4, count: 12 })
})
const missedTotal = Metric.counter("millrace_scheduler_missed_total", {
  description: "Times that a recurring schedule left out occurrences by its policy for missed runs",
  incremental: true
})
const waitingTimers = Metric.gauge("millrace_scheduler_waiting_timers", { description: "Timers that wait, due or not" })
const dueTimers = Metric.gauge("millrace_scheduler_due_timers", {
  description: "Timers that are due and not delivered yet; above zero for long, nothing is delivered"
})

/** Counts what was delivered and marked. */
export const countDeliveries = Effect.fnUntraced(function* (deliveries: ReadonlyArray<Delivery>, nowMs: number) {
  for (const { timer, end } of deliveries) {
    yield* Metric.update(Metric.withAttributes(firedTotal, { outcome: end.outcome }), 1)
    yield* Metric.update(lateSeconds, Math.max(0, nowMs - timer.dueAtMs) / 1000)
    if (timer.claims > 1) yield* Metric.update(repeatedTotal, 1)
  }
})

/** Counts schedules that left out occurrences. */
export const countMissed = (schedules: number) => Metric.update(missedTotal, schedules)

/** Asks the store how much waits; a store that does not answer leaves the figures as they were. */
export const sampleTimers = Effect.gen(function* () {
  const { waiting, due } = yield* TimerStore.use((store) => store.counts)
  yield* Metric.update(waitingTimers, waiting)
  yield* Metric.update(dueTimers, due)
}).pipe(Effect.ignore)
