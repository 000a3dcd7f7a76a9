import { mkdirSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { applyTopics, registerSchemas } from "@millrace/cli"
import { ConfluentCodec, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { KafkaJsClient } from "@millrace/kafka"
import type { Scenario } from "@millrace/simulators"
import { AccountStore, layerDatabase, Outbox, Secrets } from "@millrace/store"
import { Clock, ConfigProvider, Effect, Layer, Redacted, Schedule } from "effect"
import { lockFolder } from "./FolderLock.ts"
import { endLeftovers } from "./leftovers.ts"
import { masterKey } from "./masterKey.ts"
import { onDisk } from "./onDisk.ts"
import { startOfSearch } from "./Ports.ts"
import { makeProcessGuard } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { observeRun, type RunListener } from "./RunObserver.ts"
import { type RunOptions, speedOf } from "./RunOptions.ts"
import { changesOf, makeRunPlan, type RunPlan } from "./RunPlan.ts"
import { freePort, startServices } from "./Services.ts"
import { type FeedProgress, type SimulatorControl, simulatorControl } from "./SimulatorControl.ts"
import { type StackAddresses, toEnvironment } from "./StackAddresses.ts"
import { StackError } from "./StackError.ts"
import { type RunPlaces, simulatorSpec, workerSpecs } from "./serviceSpecs.ts"

// Outline of a start:
// 1. Topics and schemas are made those of this version.
// 2. The simulator starts, gets the scenario's accounts, and opens their positions at the feed's first price.
// 3. PostgreSQL gets the run's accounts, credentials and rules; earlier runs' accounts are switched off with them.
// 4. The workers start. Once the monitor watches every pair, the feed may start.

/** What a start needs to know. */
export interface RunSetting {
  readonly options: RunOptions
  readonly scenario: Scenario
  readonly stack: StackAddresses
  readonly dataFolder: string
  readonly listener: RunListener
}

/** Finds this process's layers in the addresses of the stack instead of in the environment. */
const settingsOf = (variables: Readonly<Record<string, string>>) =>
  ConfigProvider.layer(ConfigProvider.orElse(ConfigProvider.fromEnv({ env: variables }), ConfigProvider.fromEnv()))

/** Takes the folder of the services' logs for this process, and ends what a killed start left running there. */
const takeServicesFolder = Effect.fnUntraced(function* (folder: string, fresh: boolean) {
  if (!(yield* lockFolder("stack", folder))) {
    return yield* new StackError({
      part: "stack",
      problem: `Another start already runs its services in ${folder}.`,
      remedy: "Stop that one, or name another folder with --data."
    })
  }
  yield* onDisk("stack", folder, () => {
    // Ids of an emptied registry would name other schemas.
    if (fresh) rmSync(join(folder, "schema-ids"), { recursive: true, force: true })
    for (const part of ["run", "logs", "schema-ids"]) mkdirSync(join(folder, part), { recursive: true })
  })
  yield* endLeftovers(folder)
})

const prepareTopicsAndSchemas = Effect.gen(function* () {
  const [changes] = yield* Effect.all([applyTopics, registerSchemas], { concurrency: 2 })
  if (changes.create.length > 0) yield* report(`Kafka: made ${changes.create.length} topics of topics.yaml`)
})

const storeRun = Effect.fnUntraced(function* (
  plan: RunPlan,
  control: SimulatorControl,
  variables: Readonly<Record<string, string>>,
  databaseUrl: string
) {
  const accounts = plan.scenario.accounts.map(({ id, name, balance }) => ({ id: plan.accountIdOf(id), name, balance }))
  const credentials = yield* control.addAccounts(accounts)
  const store = AccountStore.layerPg.pipe(
    Layer.provide([Secrets.layer, Outbox.layerPg]),
    Layer.provide(layerDatabase({ url: Redacted.make(databaseUrl) })),
    Layer.provide(settingsOf(variables))
  )
  const former = yield* Effect.gen(function* () {
    const accountStore = yield* AccountStore
    return yield* accountStore.startRun(plan.runId, changesOf(plan, credentials))
  }).pipe(Effect.provide(store))
  if (former.length > 0) yield* report(`Switched off ${former.length} accounts of earlier runs`)
})

const feedSource = ({ feed, seed }: RunOptions) =>
  feed === undefined ? { kind: "synthetic", seed } : { kind: "candles", file: resolve(feed) }

const prepareFeed = Effect.fnUntraced(function* (plan: RunPlan, control: SimulatorControl, options: RunOptions) {
  yield* control.configureFeed({ source: feedSource(options), speed: speedOf(options) })
  const positions = yield* control.prepare(
    plan.scenario.positions.map((position) => ({ ...position, account: plan.accountIdOf(position.account) })),
    plan.scenario.rules.map((rule) => ({
      ...rule,
      id: plan.ruleIdOf(rule.id),
      account: plan.accountIdOf(rule.account)
    }))
  )
  return new Map(positions.map(({ id, tradeId }) => [tradeId, id]))
})

const watched = (progress: FeedProgress): number =>
  progress.monitors.reduce((sum, monitor) => sum + monitor.pairsWatched, 0)

/** Waits until the monitors watch every pair of the run; says what is missing when it takes too long. */
const awaitWatched = Effect.fnUntraced(function* (plan: RunPlan, control: SimulatorControl) {
  let last = 0
  yield* control.feed.pipe(
    Effect.tap((progress) => Effect.sync(() => (last = watched(progress)))),
    Effect.repeat({ until: (progress) => watched(progress) >= plan.pairs, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOrElse({
      duration: "120 seconds",
      orElse: () =>
        Effect.fail(
          new StackError({
            part: "stack",
            problem: `The margin monitor watches ${last} pairs of a rule and a position, expected ${plan.pairs}.`,
            remedy: "See the logs of market-data and margin-monitor."
          })
        )
    })
  )
})

/** Starts everything of a run; returns with the pipeline ready and the feed not started. Ends with the scope. */
export const startRun = Effect.fnUntraced(function* (setting: RunSetting) {
  const { options, stack, dataFolder } = setting
  const servicesFolder = join(dataFolder, "services")
  const runId = `r${(yield* Clock.currentTimeMillis).toString(36)}`
  const plan = makeRunPlan(runId, setting.scenario)
  const key = yield* masterKey(join(dataFolder, "master.key"), process.env.MILLRACE_MASTER_KEY)
  const places: RunPlaces = {
    stack: toEnvironment(stack),
    masterKey: Redacted.value(key),
    schemaCache: join(servicesFolder, "schema-ids"),
    runId,
    speed: speedOf(options)
  }
  const variables = { ...places.stack, MILLRACE_MASTER_KEY: places.masterKey, SCHEMA_CACHE: places.schemaCache }
  yield* takeServicesFolder(servicesFolder, options.fresh)
  const guard = yield* makeProcessGuard(servicesFolder)
  const clients = yield* Layer.build(
    Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layer, SchemaRegistry.layer, TopicsFile.layer).pipe(
      Layer.provide(settingsOf(variables))
    )
  )
  const port = yield* freePort(startOfSearch(`${dataFolder}/simulator`))
  const [, [simulator]] = yield* Effect.all(
    [
      prepareTopicsAndSchemas.pipe(Effect.provideContext(clients)),
      startServices(guard, servicesFolder, [simulatorSpec(places, port)])
    ],
    { concurrency: 2 }
  )
  const controlUrl = simulator?.healthUrl ?? ""
  const control = simulatorControl(controlUrl)
  yield* storeRun(plan, control, variables, stack.databaseUrl)
  const tradeIds = yield* prepareFeed(plan, control, options)
  const topics = yield* TopicsFile.pipe(Effect.provideContext(clients))
  const lanesOf = (topic: string) => topics.lanesOf(topic).map((lane) => lane.topic)
  const [services, state] = yield* Effect.all(
    [
      startServices(guard, servicesFolder, workerSpecs(places, { port, controlUrl }, options.single)),
      observeRun(runId, lanesOf, setting.listener).pipe(Effect.provideContext(clients))
    ],
    { concurrency: 2 }
  )
  yield* awaitWatched(plan, control)
  const all = simulator === undefined ? services : [simulator, ...services]
  return { plan, tradeIds, control, services: all, state, clients, lanesOf, servicesFolder }
})

/** A run whose pipeline is ready. */
export type StartedRun = Effect.Success<ReturnType<typeof startRun>>
