import { readFileSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { join, resolve } from "node:path"
import { parseScenario } from "@millrace/simulators"
import { Clock, Console, Effect } from "effect"
import { awaitEnd, printSummary, summaryOf, writeSummary } from "./finishRun.ts"
import { onDisk } from "./onDisk.ts"
import { report } from "./Progress.ts"
import type { RunOptions } from "./RunOptions.ts"
import { checkoutFolder, dataFolderOf, StackConfig } from "./StackConfig.ts"
import { lineListener, liveView, plainView, silentListener } from "./showRun.ts"
import { startRun } from "./startRun.ts"
import { startStack } from "./startStack.ts"

const readScenario = Effect.fnUntraced(function* (named: string | undefined) {
  const file = resolve(named ?? join(checkoutFolder, "examples", "crash.yaml"))
  const text = yield* onDisk("stack", file, () => readFileSync(file, "utf8"))
  return yield* Effect.fromResult(parseScenario(text, named ?? "examples/crash.yaml"))
})

/** Lines as they happen go to standard output, also from a callback of the Kafka client. */
const writeLine = (line: string): void => void process.stdout.write(`${line}\n`)

/** The main job: stack, simulator and pipeline up, the feed started, shown until Ctrl-C or the feed's end. */
export const npmStart = Effect.fnUntraced(function* (options: RunOptions) {
  const startedAtMs = yield* Clock.currentTimeMillis
  // Wrong input is told before anything is started.
  const scenario = yield* readScenario(options.scenario)
  const config = yield* StackConfig
  const dataFolder = resolve(dataFolderOf(config, options.data))
  const live = process.stdout.isTTY === true && !options.plain
  const stack = yield* startStack({ dataFolder, fresh: options.fresh })
  const listener = live ? silentListener : lineListener(writeLine)
  const run = yield* startRun({ options, scenario, stack, dataFolder, listener })
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  yield* report(`Ready after ${seconds.toFixed(1)} s: ${run.plan.pairs} pairs of a rule and a position are watched`)
  // What is shown must not take time from what it shows.
  yield* Effect.sync(() => setPriority(constants.priority.PRIORITY_BELOW_NORMAL))
  yield* (live ? liveView : plainView)(stack, run, dataFolder)
  yield* Effect.addFinalizer(() => report(`\nStopping the services, then the servers. Data stays in ${dataFolder}`))
  yield* run.control.startFeed
  if (!options.untilEnd) return yield* Effect.never
  yield* awaitEnd(run)
  const summary = yield* summaryOf(run)
  if (options.summary !== undefined) {
    yield* writeSummary(options.summary, summary)
    yield* Console.log(`Summary written to ${options.summary}`)
  }
  yield* printSummary(summary)
}, Effect.scoped)
