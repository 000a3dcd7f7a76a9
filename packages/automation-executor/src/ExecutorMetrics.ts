import type { TradeOutcome } from "@millrace/contracts"
import { type CommandList, ListedStatus } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Effect, Metric } from "effect"

const outcomesTotal = Metric.counter("millrace_automation_executor_outcomes_total", {
  description: "Commands ended, by status",
  incremental: true
})
const tickToReply = Metric.histogram("millrace_automation_executor_tick_to_reply_seconds", {
  description: "Time from the receipt of the deciding tick to the exchange's answer, of completed commands",
  boundaries: Metric.exponentialBoundaries({ start: 0.001, factor: 2, count: 16 })
})
const listedCommands = Metric.gauge("millrace_automation_executor_listed_commands", {
  description:
    "Commands in the list of all executors that somebody may have to look after, by status; at most 1,000 are counted"
})
const mostCounted = 1_000

/** Counts a command that ended. */
export const countOutcome = ({ status, timing }: TradeOutcome): Effect.Effect<void> => {
  const counted = Metric.update(Metric.withAttributes(outcomesTotal, { status }), 1)
  if (status !== "completed" || timing.repliedAtMs === undefined) return counted
  const seconds = Math.max(0, timing.repliedAtMs - timing.tickReceivedAtMs) / 1000
  return Effect.andThen(counted, Metric.update(tickToReply, seconds))
}

/** Counts the list whenever the metrics are read; a store that does not answer leaves the figures as they were. */
export const measureCommands = Effect.fnUntraced(function* (list: CommandList["Service"]) {
  const health = yield* Health
  for (const status of ["completed", ...ListedStatus.literals])
    yield* Metric.update(Metric.withAttributes(outcomesTotal, { status }), 0)
  const count = (status: ListedStatus) =>
    Effect.flatMap(list.list({ status, limit: mostCounted }), (listed) =>
      Metric.update(Metric.withAttributes(listedCommands, { status }), listed.length)
    )
  yield* health.beforeMetrics(
    Effect.forEach(ListedStatus.literals, count, { discard: true }).pipe(Effect.timeout("1 second"), Effect.ignore)
  )
})
