import { Health } from "@millrace/telemetry"
import { Effect, Metric } from "effect"
import { processUsage } from "./ProcessUsage.ts"

const gauge = (name: string, description: string) => Metric.gauge(`millrace_runtime_${name}`, { description })

const residentBytes = gauge("process_resident_bytes", "Memory of the process, as the operating system counts it")
const heapUsedBytes = gauge("process_heap_used_bytes", "Memory of the JavaScript heap in use")
const heapLimitBytes = gauge("process_heap_limit_bytes", "The heap can't grow beyond it")
const cpuSeconds = Metric.counter("millrace_runtime_process_cpu_seconds_total", {
  description: "Processor time used since the start, of all threads",
  incremental: true
})
const loopBlock = gauge(
  "event_loop_block_seconds",
  "Longest time of the last 30 s in which the event loop did not turn"
)

/** Measures this process whenever its metrics are read, until the scope closes. */
export const measureProcess = Effect.fnUntraced(function* (longestBlockMs: () => number) {
  const health = yield* Health
  let counted = 0
  yield* health.beforeMetrics(
    Effect.suspend(() => {
      const usage = processUsage()
      const more = usage.cpuSeconds - counted
      counted = usage.cpuSeconds
      return Effect.all(
        [
          Metric.update(residentBytes, usage.residentBytes),
          Metric.update(heapUsedBytes, usage.heapUsedBytes),
          Metric.update(heapLimitBytes, usage.heapLimitBytes),
          Metric.update(cpuSeconds, more),
          Metric.update(loopBlock, longestBlockMs() / 1000)
        ],
        { discard: true }
      )
    })
  )
})
