import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { Console, Effect, Schedule } from "effect"
import { onDisk } from "./onDisk.ts"
import { openCommands } from "./RunState.ts"
import { type RunSummary, type SimulatorSummary, summarize } from "./RunSummary.ts"
import type { FeedProgress, SimulatorReport } from "./SimulatorControl.ts"
import { StackError } from "./StackError.ts"
import type { StartedRun } from "./startRun.ts"

const openAtMonitors = (progress: FeedProgress): number =>
  progress.monitors.reduce((sum, monitor) => sum + monitor.openCommands.length, 0)

/** All partitions are watched: a monitor that gave its own back while Kafka was silent takes ticks, and decides nothing on them. */
const watched = ({ monitors }: FeedProgress): boolean =>
  monitors.length > 0 &&
  monitors.reduce((sum, { partitions }) => sum + partitions.length, 0) >=
    Math.max(...monitors.map(({ partitionCount }) => partitionCount))

const evaluated = (progress: FeedProgress): boolean =>
  watched(progress) && progress.monitors.every((monitor) => monitor.evaluatedToMs >= progress.marketTimeMs)

/** Waits until the feed has sent its last tick and everything decided on it is final and seen. */
export const awaitEnd = Effect.fnUntraced(function* (run: StartedRun) {
  yield* run.control.feed.pipe(
    Effect.repeat({ until: (progress) => progress.done, schedule: Schedule.spaced("100 millis") })
  )
  const settled = run.control.feed.pipe(
    Effect.map(
      (progress) => evaluated(progress) && openAtMonitors(progress) === 0 && openCommands(run.state).length === 0
    )
  )
  yield* settled.pipe(
    Effect.repeat({ until: (done) => done, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOrElse({
      duration: "90 seconds",
      orElse: () =>
        Effect.fail(
          new StackError({
            part: "stack",
            problem: `90 s after the last tick ${openCommands(run.state).length} commands have no outcome.`,
            remedy: `See the logs in ${run.servicesFolder}/logs.`
          })
        )
    })
  )
})

const simulatorSummary = (report: SimulatorReport, progress: FeedProgress): SimulatorSummary => ({
  ticksSent: report.ticksSent,
  ticksEvaluated: Math.max(0, ...progress.monitors.map((monitor) => monitor.ticksEvaluated)),
  marginEvents: Math.max(0, ...progress.monitors.map((monitor) => monitor.marginEvents)),
  crossings: report.crossings.map(({ rule, tradeId, atMs }) => ({ ruleId: rule, tradeId, marketTimeMs: atMs })),
  effects: report.effects.map(({ account, id, ...effect }) => ({
    accountId: account,
    tradeId: id ?? "",
    ...effect
  })),
  priceUsd: progress.price,
  sentAtMs: new Map(report.ticks.map(({ marketTimeMs, sentAtMs }) => [marketTimeMs, sentAtMs]))
})

/** Waits for the margin events that the monitor published and this process has not read yet. */
const awaitMarginEvents = (run: StartedRun, expected: number) =>
  Effect.sync(() => run.state.marginEventIds.size >= expected).pipe(
    Effect.repeat({ until: (all) => all, schedule: Schedule.spaced("20 millis") }),
    Effect.timeout("5 seconds"),
    Effect.ignore
  )

/** The run's summary, under the scenario's ids. */
export const summaryOf = Effect.fnUntraced(function* (run: StartedRun) {
  const progress = yield* run.control.feed
  const decidedAtMs = new Set([...run.state.commands.values()].map(({ command }) => command.marketTimeMs))
  const simulator = simulatorSummary(yield* run.control.reportOn([...decidedAtMs]), progress)
  yield* awaitMarginEvents(run, simulator.marginEvents)
  return summarize(run.state, simulator, {
    account: run.plan.scenarioIdOf,
    rule: run.plan.scenarioIdOf,
    position: (tradeId) => run.tradeIds.get(tradeId) ?? tradeId
  })
})

/** Writes the summary as JSON. Fails with StackError naming the folder. */
export const writeSummary = (file: string, summary: RunSummary): Effect.Effect<void, StackError> =>
  onDisk("stack", dirname(resolve(file)), () => {
    mkdirSync(dirname(resolve(file)), { recursive: true })
    writeFileSync(resolve(file), `${JSON.stringify(summary, null, 2)}\n`)
  })

/** A few lines about the run. */
export const printSummary = (summary: RunSummary): Effect.Effect<void> =>
  Effect.forEach(
    [
      `ticks sent ${summary.ticksSent}, evaluated ${summary.ticksEvaluated}; commands ${summary.commands.length}, margin events ${summary.marginEvents}`,
      `duplicates ${summary.duplicates}, losses ${summary.losses}`,
      ...summary.waiting.map(({ kind, reason, rule }) => `waits: ${rule} (${kind}), ${reason}`),
      `tick sent → order received: p50 ${summary.latencyMs.p50 ?? "–"}, p95 ${summary.latencyMs.p95 ?? "–"}, p99 ${summary.latencyMs.p99 ?? "–"} ms`
    ],
    (line) => Console.log(line),
    { discard: true }
  )
