import type { ReportedInstance } from "@millrace/runtime"
import { Health } from "@millrace/telemetry"
import { Effect, Metric } from "effect"

const instancesGauge = Metric.gauge("millrace_control_api_instances", {
  description:
    "Processes by service and state, as they report themselves: active, or inactive once three reports are missing"
})

/** Counts the processes that report themselves whenever the metrics are read; a service once seen is counted with 0 when gone. */
export const measureInstances = Effect.fnUntraced(function* (instances: () => ReadonlyArray<ReportedInstance>) {
  const health = yield* Health
  const known = new Set<string>()
  yield* health.beforeMetrics(
    Effect.suspend(() => {
      const all = instances()
      for (const { report } of all) known.add(report.service)
      const counts = [...known].flatMap((service) =>
        [true, false].map((active) => ({
          service,
          state: active ? "active" : "inactive",
          count: all.filter((one) => one.report.service === service && one.active === active).length
        }))
      )
      return Effect.forEach(
        counts,
        ({ count, ...labels }) => Metric.update(Metric.withAttributes(instancesGauge, labels), count),
        { discard: true }
      )
    })
  )
})
