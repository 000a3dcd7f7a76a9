import { readFileSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { join, resolve } from "node:path"
import { candleSource, parseScenario } from "@millrace/simulators"
import { Clock, Console, Effect } from "effect"
import { awaitEnd, printSummary, summaryOf, writeSummary } from "./finishRun.ts"
import { report } from "./Progress.ts"
import { flagsOf, type RunOptions } from "./RunOptions.ts"
import type { RunPlan } from "./RunPlan.ts"
import { publishRun, type RunRecord } from "./RunRecord.ts"
import { takeServicesFolder } from "./ServicesFolder.ts"
import { checkoutFolder, dataFolderOf, StackConfig } from "./StackConfig.ts"
import { StackError } from "./StackError.ts"
import { lineListener, liveView, plainView, silentListener } from "./showRun.ts"
import { startInFolder } from "./startRun.ts"
import { startStack } from "./startStack.ts"

/** Reads a file that a flag names. Fails with StackError: where, what was found, what was expected. */
const readNamed = (flag: string, file: string): Effect.Effect<string, StackError> =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) =>
      new StackError({
        part: "stack",
        problem: `${flag} ${file}: can't be read (${cause instanceof Error && "code" in cause ? cause.code : "unknown"}).`,
        remedy: "Expected the path of a readable file.",
        cause
      })
  })

const readScenario = Effect.fnUntraced(function* (named: string | undefined) {
  const file = resolve(named ?? join(checkoutFolder, "examples", "crash.yaml"))
  return yield* Effect.fromResult(parseScenario(yield* readNamed("--scenario", file), named ?? "examples/crash.yaml"))
})

const checkFeed = Effect.fnUntraced(function* (named: string | undefined) {
  if (named === undefined) return
  yield* Effect.fromResult(candleSource(yield* readNamed("--feed", resolve(named)), named))
})

const watchedWords = ({ entries, pairs }: RunPlan): string =>
  `pairs of a rule and a position: ${pairs}${entries === 0 ? "" : `, entries: ${entries}`}`

/** Lines as they happen go to standard output, also from a callback of the Kafka client. */
const writeLine = (line: string): void => void process.stdout.write(`${line}\n`)

/**
 * The main job: stack, simulator and pipeline up, the feed started, shown until Ctrl-C or the feed's end. The data folder
 * is this process's from its first step on; other processes find the run by its `run.json`.
 */
const runIn = Effect.fnUntraced(function* (mode: RunRecord["mode"], options: RunOptions) {
  const startedAtMs = yield* Clock.currentTimeMillis
  // Wrong input is told before anything is started.
  const scenario = yield* readScenario(options.scenario)
  yield* checkFeed(options.feed)
  const config = yield* StackConfig
  const dataFolder = resolve(dataFolderOf(config, options.data))
  const live = process.stdout.isTTY === true && !options.plain
  const servicesFolder = yield* takeServicesFolder(dataFolder, options.fresh)
  const publish = yield* publishRun(servicesFolder, { mode, flags: flagsOf(options), startedAtMs })
  const stack = yield* startStack({ dataFolder, fresh: options.fresh })
  const listener = live ? silentListener : lineListener(writeLine)
  const run = yield* startInFolder(
    { options, scenario, stack, dataFolder, listener, notLiveAfter: config.notLiveAfter },
    servicesFolder
  )
  const readyAtMs = yield* Clock.currentTimeMillis
  const services = run.services.map(({ healthUrl, logFile, name }) => ({ healthUrl, logFile, name }))
  yield* publish({
    readyAtMs,
    runId: run.plan.runId,
    apiUrl: run.apiUrl,
    exchange: run.exchange,
    ...(run.firstAdmin === undefined ? {} : { firstAdmin: run.firstAdmin }),
    services
  })
  const seconds = (readyAtMs - startedAtMs) / 1000
  yield* report(`Ready after ${seconds.toFixed(1)} s. Watched ${watchedWords(run.plan)}`)
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

/** `npm start`: a run in this terminal. */
export const npmStart = (options: RunOptions) => runIn("foreground", options)

/** What `millrace up` starts: the same run without a terminal. */
export const backgroundRun = (options: RunOptions) => runIn("background", { ...options, plain: true })
