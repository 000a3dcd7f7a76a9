import { Health } from "@millrace/telemetry"
import { Effect, Metric } from "effect"
import type { Monitor } from "./Monitor.ts"

const gauge = (name: string, description: string) => Metric.gauge(`millrace_margin_monitor_${name}`, { description })
const counter = (name: string, description: string) =>
  Metric.counter(`millrace_margin_monitor_${name}`, { description, incremental: true })

const ticksTotal = counter("ticks_evaluated_total", "Ticks evaluated")
const commandsTotal = counter("commands_total", "Commands decided, dry runs included")
const eventsTotal = counter("margin_events_total", "Changes of a position's margin level")
const partitions = gauge("partitions", "Partitions of account-state that this instance evaluates")
const positions = gauge("positions_watched", "Open positions watched")
const pairs = gauge("pairs_watched", "Pairs of a position and a rule")
const entries = gauge("entries_watched", "Auto entries watched")
const openCommands = gauge("open_commands", "Commands whose outcome or effect was not seen yet")
const waiting = gauge("outbox_records", "Outputs that wait for the broker")
const evaluationSeconds = gauge("evaluation_seconds", "Time of the newest tick's evaluation, without publishing")

const tickAge = gauge(
  "tick_age_seconds",
  "Time since the newest live tick was received, or since the start without one"
)

/** Measures the monitor whenever its metrics are read; counts are kept in plain variables meanwhile. */
export const measureMonitor = Effect.fnUntraced(function* (monitor: Monitor, waitingRecords: () => number) {
  const health = yield* Health
  const counted = { ticks: 0, commands: 0, events: 0 }
  yield* health.beforeMetrics(
    Effect.suspend(() => {
      const { figures } = monitor
      const progress = monitor.progress()
      const updates = [
        Metric.update(ticksTotal, progress.ticksEvaluated - counted.ticks),
        Metric.update(commandsTotal, figures.commands - counted.commands),
        Metric.update(eventsTotal, progress.marginEvents - counted.events),
        Metric.update(partitions, progress.partitions.length),
        Metric.update(positions, progress.positionsWatched),
        Metric.update(pairs, progress.pairsWatched),
        Metric.update(entries, figures.entries),
        Metric.update(openCommands, progress.openCommands.length),
        Metric.update(waiting, waitingRecords()),
        Metric.update(evaluationSeconds, figures.evaluationMs / 1000),
        Metric.update(tickAge, figures.tickAgeMs / 1000)
      ]
      counted.ticks = progress.ticksEvaluated
      counted.commands = figures.commands
      counted.events = progress.marginEvents
      return Effect.all(updates, { discard: true })
    })
  )
})
