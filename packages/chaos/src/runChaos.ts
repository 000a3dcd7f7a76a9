import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { jsonSchemaTextOf, SchemaRegistry, subjectOf, TopicsFile } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { postJson, report } from "@millrace/local"
import { layerDatabaseConfig, layerPgIntentLedger } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { awaitState } from "./awaitState.ts"
import type { ChaosOptions } from "./ChaosOptions.ts"
import { summaryOf } from "./ChaosSummary.ts"
import { faultSchedule } from "./faultSchedule.ts"
import { type Grounds, startGrounds } from "./Grounds.ts"
import { jobResults, jobs } from "./Job.ts"
import { judgeHistory } from "./judgeHistory.ts"
import { startServing } from "./Program.ts"
import { readHistory } from "./readHistory.ts"
import { recoveries } from "./recoveries.ts"
import { lagOfJobs } from "./restState.ts"
import { runFaults } from "./runFaults.ts"
import { startCrew } from "./WorkerCrew.ts"

// Outline of a run:
// 1. The grounds: links, sink, cluster, PostgreSQL, registry, Redis; topics and schemas.
// 2. The workers, then the load; the faults of the schedule.
// 3. Load without faults for a while, so that each fault has fresh jobs after it; then the load stops.
// 4. Waits until everything sent is committed, stops the workers, reads all that is left, and judges it.

const topicsFile = fileURLToPath(new URL("../topics.yaml", import.meta.url))
const schemaRegistration = "30 seconds"
/** After the last fault. */
const calmSeconds = 20
const workedOffWithin = "150 seconds"

const prepare = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const registry = yield* SchemaRegistry
  yield* admin.createTopics((yield* TopicsFile).physicalTopics())
  for (const contract of [jobs, jobResults]) {
    yield* registry.register(subjectOf(contract.name), jsonSchemaTextOf(contract))
  }
}).pipe(Effect.timeout(schemaRegistration))

const startLoad = (grounds: Grounds, options: ChaosOptions, env: Readonly<Record<string, string>>) =>
  startServing(
    grounds.guard,
    {
      name: "load",
      main: "loadProgram.ts",
      env: {
        ...env,
        LOAD_JOURNAL: join(options.folder, "load.journal"),
        LOAD_PER_SECOND: String(options.recordsPerSecond),
        LOAD_SEED: String(options.seed),
        LOAD_CONTROL_PORT: String(grounds.ports.loadControl)
      },
      logFolder: options.folder,
      stopOrder: 40
    },
    grounds.ports.loadControl
  )

const runOn = Effect.fnUntraced(function* (grounds: Grounds, options: ChaosOptions, env: Record<string, string>) {
  const planned = faultSchedule(options)
  yield* prepare
  const crew = yield* startCrew({
    guard: grounds.guard,
    logFolder: options.folder,
    env: { ...env, SCHEMA_CACHE: join(options.folder, "schemas") },
    ports: grounds.ports.workers
  })
  yield* startLoad(grounds, options, env)
  const startedMs = yield* wallClockMs
  yield* report(
    `${options.workers} workers take ${options.recordsPerSecond} records/s; ${planned.length} faults follow`
  )
  const past = yield* runFaults({ folder: options.folder, grounds, crew }, planned, startedMs)
  const lastMs = startedMs + 1_000 * Math.max(0, ...past.map(({ endedSeconds }) => endedSeconds))
  const untilMs = Math.max(startedMs + options.seconds * 1_000, lastMs + calmSeconds * 1_000)
  yield* Effect.sleep(Math.max(0, untilMs - (yield* wallClockMs)))
  yield* postJson(`http://127.0.0.1:${grounds.ports.loadControl}/stop`, {})
  const loadEndedMs = yield* wallClockMs
  yield* report("the load has stopped; waiting until everything is worked off")
  yield* Effect.ignore(
    awaitState(
      "all jobs are committed",
      Effect.map(lagOfJobs, (lag) => lag === 0),
      workedOffWithin
    )
  )
  const lag = yield* Effect.retry(lagOfJobs, { times: 5 })
  yield* crew.dismiss
  const history = yield* readHistory({ load: join(options.folder, "load.journal"), sink: grounds.sinkJournal })
  const judgement = judgeHistory(history)
  const recovered = recoveries(past, history.effects, startedMs, loadEndedMs)
  const summary = summaryOf(options, judgement, recovered, {
    lag,
    workerStarts: crew.starts(),
    workerEnds: crew.deaths().map(({ how }) => how),
    fullDisk:
      grounds.volume === undefined ? "left out: no right to mount, or one broker" : "tmpfs under a broker's records"
  })
  return { judgement, summary }
})

/** Runs the suite once: a summary, and the ids behind its figures. Everything that it started has ended with the scope. */
export const runChaos = Effect.fnUntraced(function* (options: ChaosOptions) {
  const grounds = yield* startGrounds(options)
  const env: Record<string, string> = { ...grounds.env, MILLRACE_TOPICS: topicsFile, LOG_LEVEL: "Info" }
  const services = Layer.mergeAll(
    KafkaJsClient.layer,
    SchemaRegistry.layer,
    TopicsFile.layer,
    layerPgIntentLedger.pipe(Layer.provide(layerDatabaseConfig({ applicationName: "chaos" }))),
    Logger.layer([])
  ).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  return yield* Effect.provide(runOn(grounds, options, env), services)
})
