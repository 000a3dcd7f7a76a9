import { type Control, controls as contract, TopicsFile } from "@millrace/contracts"
import { Clock, Duration, Effect, Metric, Option, Schedule } from "effect"
import { Controls } from "./Controls.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { makeTable } from "./Table.ts"
import { TradingFeed } from "./TradingControls.ts"
import type { TableChange } from "./Worker.ts"
import type { WorkerState } from "./WorkerState.ts"

const heartbeatAge = Metric.gauge("millrace_runtime_controls_heartbeat_age_seconds", {
  description: "Time since the last heartbeat of the topic controls; pauses are as last known meanwhile"
})

/**
 * Makes the table of the topic `controls` a part of the worker, which therefore takes no record before it knows its pauses,
 * and tells in the log when controls can't be read and when they can again. What it reads feeds the `TradingControls` of the
 * process, where there are such. Nothing without that topic in topics.yaml.
 */
export const followControls = Effect.fnUntraced(function* (
  worker: WorkerState,
  config: Pick<RuntimeConfig, "controlsStaleAfter" | "lookInterval">
) {
  const topics = yield* TopicsFile
  if (topics.topic(contract.name) === undefined) return undefined
  const clock = yield* Clock.Clock
  const controls = new Controls({
    worker: worker.name,
    staleAfterMs: Duration.toMillis(config.controlsStaleAfter),
    nowMs: () => clock.currentTimeMillisUnsafe(),
    onPauses: worker.applyPauses
  })
  const trading = Option.getOrUndefined(yield* Effect.serviceOption(TradingFeed))
  const table = yield* makeTable<Control>({
    contract,
    scope: "all",
    onChange: (change: TableChange<Control>) => {
      controls.change(change)
      trading?.change(change)
    },
    onPartition: (_, event) => {
      if (event !== "ready") return
      controls.read()
      trading?.read()
    }
  })
  const intake = yield* table.open({
    onReady: worker.advance,
    onDefect: (defect) => worker.fail("a defect of the runtime", defect)
  })
  worker.tables.push(intake)
  worker.controls = controls
  yield* Effect.forkScoped(watch(worker.name, controls, config.lookInterval))
  if (trading !== undefined) {
    // How late a listener may hear that the controls can't be read any more; a verdict says so at once.
    const often = Schedule.spaced(Duration.times(config.lookInterval, 1 / 4))
    yield* Effect.forkScoped(Effect.repeat(Effect.sync(trading.look), often))
  }
  return intake
})

/** Says when the controls fall silent, and when they are heard of again. */
const watch = (worker: string, controls: Controls, interval: Duration.Duration) =>
  Effect.gen(function* () {
    const age = Metric.withAttributes(heartbeatAge, { worker })
    let silent = false
    for (;;) {
      yield* Effect.sleep(interval)
      const { readable, heartbeatAgeMs, pauses } = controls.status()
      yield* Metric.update(age, heartbeatAgeMs / 1000)
      if (readable !== silent) continue
      silent = !readable
      yield* silent
        ? Effect.logWarning("controls are silent: pauses stay as last known", { worker, pauses: pauses.length })
        : Effect.logInfo("controls are heard of again", { worker, pauses: pauses.length })
    }
  })
