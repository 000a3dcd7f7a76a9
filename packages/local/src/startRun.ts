import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { applyTopics, registerSchemas } from "@millrace/administration"
import { firstAdminLink } from "@millrace/api"
import { ConfluentCodec, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { KafkaJsClient } from "@millrace/kafka"
import type { Scenario } from "@millrace/simulators"
import {
  AccountStore,
  firstAdminSecret,
  layerDatabaseConfig,
  layerPgMemberStore,
  layerPgSignInStore,
  Outbox,
  Secrets
} from "@millrace/store"
import { Clock, ConfigProvider, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import { masterKey } from "./masterKey.ts"
import { startOfSearch } from "./Ports.ts"
import { makeProcessGuard } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { observeRun, type RunListener } from "./RunObserver.ts"
import { type RunOptions, speedOf } from "./RunOptions.ts"
import { changesOf, evaluatedGuards, makeRunPlan, type RunPlan } from "./RunPlan.ts"
import { freePort, startServices } from "./Services.ts"
import { takeServicesFolder } from "./ServicesFolder.ts"
import { type FeedProgress, type SimulatorControl, simulatorControl } from "./SimulatorControl.ts"
import { type StackAddresses, toEnvironment } from "./StackAddresses.ts"
import { checkoutFolder } from "./StackConfig.ts"
import { StackError } from "./StackError.ts"
import { exchangeAddresses, type RunPlaces, simulatorSpec, workerSpecs } from "./serviceSpecs.ts"

// Outline of a start:
// 1. Topics and schemas are made those of this version.
// 2. The simulator starts, gets the scenario's accounts, and opens their positions at the feed's first price.
// 3. PostgreSQL gets the run's accounts, credentials and rules; earlier runs' accounts are switched off with them.
// 4. The workers start. Once the monitor watches every pair and every entry, the feed may start.

/** What a start needs to know. */
export interface RunSetting {
  readonly options: RunOptions
  readonly scenario: Scenario
  readonly stack: StackAddresses
  readonly dataFolder: string
  readonly listener: RunListener
  /** A worker that is not live for so long is killed and started again; absent: never. */
  readonly notLiveAfter?: Duration.Duration
}

/** Finds this process's layers in the addresses of the stack instead of in the environment. */
const settingsOf = (variables: Readonly<Record<string, string>>) =>
  ConfigProvider.layer(ConfigProvider.orElse(ConfigProvider.fromEnv({ env: variables }), ConfigProvider.fromEnv()))

const prepareTopicsAndSchemas = Effect.gen(function* () {
  const [changes] = yield* Effect.all([applyTopics, registerSchemas], { concurrency: 2 })
  if (changes.create.length > 0) yield* report(`Kafka: made ${changes.create.length} topics of topics.yaml`)
})

const openAccounts = (plan: RunPlan, control: SimulatorControl) =>
  control.addAccounts(plan.scenario.accounts.map((account) => ({ ...account, id: plan.accountIdOf(account.id) })))

const storeRun = Effect.fnUntraced(function* (
  plan: RunPlan,
  { credentials, tradeIds }: OpenedMarket,
  variables: Readonly<Record<string, string>>
) {
  const byPosition = new Map([...tradeIds].map(([tradeId, position]) => [position, tradeId]))
  const store = Layer.mergeAll(AccountStore.layerPg, layerPgMemberStore, layerPgSignInStore).pipe(
    Layer.provide([Secrets.layer, Outbox.layerPg]),
    Layer.provide(layerDatabaseConfig()),
    Layer.provide(settingsOf(variables))
  )
  const { former, secret } = yield* Effect.gen(function* () {
    const accountStore = yield* AccountStore
    const former = yield* accountStore.startRun(
      plan.runId,
      changesOf(plan, credentials, (position) => byPosition.get(position) ?? position)
    )
    return { former, secret: yield* firstAdminSecret(Duration.toMillis("24 hours"), "npm start") }
  }).pipe(Effect.provide(store))
  if (former.length > 0) yield* report(`Switched off ${former.length} accounts of earlier runs`)
  return secret
})

/** Where the API and the dashboard will answer; a port that the environment names is taken as it is. */
const apiPortOf = (dataFolder: string) => {
  const named = Number(process.env.CONTROL_API_HTTP_PORT ?? 0)
  return named > 0 ? Effect.succeed(named) : freePort(startOfSearch(`${dataFolder}/api`))
}

/** Where the bootstrap has built the dashboard. */
const builtDashboard = (): { readonly dashboardFolder?: string } => {
  const folder = join(checkoutFolder, "packages", "dashboard", "dist")
  return existsSync(join(folder, "index.html")) ? { dashboardFolder: folder } : {}
}

/** The market named on the command line, else the scenario's own, else the seeded crash. */
const feedSource = ({ feed, seed }: RunOptions, { scenario }: RunPlan) =>
  feed === undefined ? (scenario.feed ?? { kind: "synthetic", seed }) : { kind: "candles", file: resolve(feed) }

/** What the run has at the exchange: keys of its accounts, and the scenario's ids of its positions by their own. */
interface OpenedMarket {
  readonly credentials: Effect.Success<ReturnType<typeof openAccounts>>
  readonly tradeIds: ReadonlyMap<string, string>
}

const prepareFeed = Effect.fnUntraced(function* (plan: RunPlan, control: SimulatorControl, options: RunOptions) {
  yield* control.configureFeed({ source: feedSource(options, plan), speed: speedOf(options) })
  const positions = yield* control.prepare(
    plan.scenario.positions.map((position) => ({ ...position, account: plan.accountIdOf(position.account) })),
    evaluatedGuards(plan)
  )
  return new Map(positions.map(({ id, tradeId }) => [tradeId, id]))
})

const watched = ({ monitors }: FeedProgress) => ({
  pairs: monitors.reduce((sum, monitor) => sum + monitor.pairsWatched, 0),
  entries: monitors.reduce((sum, monitor) => sum + monitor.entriesWatched, 0)
})

/** Waits until the monitors watch every pair and entry of the run; says what is missing when it takes too long. */
const awaitWatched = Effect.fnUntraced(function* (plan: RunPlan, control: SimulatorControl) {
  let last = { pairs: 0, entries: 0 }
  yield* control.feed.pipe(
    Effect.tap((progress) => Effect.sync(() => (last = watched(progress)))),
    Effect.repeat({
      until: () => last.pairs >= plan.pairs && last.entries >= plan.entries,
      schedule: Schedule.spaced("50 millis")
    }),
    Effect.timeoutOrElse({
      duration: "120 seconds",
      orElse: () =>
        Effect.fail(
          new StackError({
            part: "stack",
            problem: `The margin monitor watches ${last.pairs} pairs of a rule and a position and ${last.entries} entries, expected ${plan.pairs} and ${plan.entries}.`,
            remedy: "See the logs of market-data and margin-monitor."
          })
        )
    })
  )
})

/** Starts everything of a run; returns with the pipeline ready and the feed not started. Ends with the scope. */
export const startRun = Effect.fnUntraced(function* (setting: RunSetting) {
  return yield* startInFolder(setting, yield* takeServicesFolder(setting.dataFolder, setting.options.fresh))
})

/** The same in a services' folder that this process has taken already. */
export const startInFolder = Effect.fnUntraced(function* (setting: RunSetting, servicesFolder: string) {
  const { options, stack, dataFolder, notLiveAfter = Duration.zero } = setting
  const runId = `r${(yield* Clock.currentTimeMillis).toString(36)}`
  const plan = makeRunPlan(runId, setting.scenario)
  const key = yield* masterKey(join(dataFolder, "master.key"), process.env.MILLRACE_MASTER_KEY)
  const places: RunPlaces = {
    stack: toEnvironment(stack),
    masterKey: Redacted.value(key),
    schemaCache: join(servicesFolder, "schema-ids"),
    runId,
    apiPort: yield* apiPortOf(dataFolder),
    ...builtDashboard(),
    speed: speedOf(options),
    instances: options.single ? 1 : options.instances
  }
  const variables = { ...places.stack, MILLRACE_MASTER_KEY: places.masterKey, SCHEMA_CACHE: places.schemaCache }
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
      startServices(guard, servicesFolder, [simulatorSpec(places, port)], Duration.zero)
    ],
    { concurrency: 2 }
  )
  const controlUrl = simulator?.healthUrl ?? ""
  const control = simulatorControl(controlUrl)
  const credentials = yield* openAccounts(plan, control)
  const tradeIds = yield* prepareFeed(plan, control, options)
  const secret = yield* storeRun(plan, { credentials, tradeIds }, variables)
  const topics = yield* TopicsFile.pipe(Effect.provideContext(clients))
  const lanesOf = (topic: string) => topics.lanesOf(topic).map((lane) => lane.topic)
  const [services, state] = yield* Effect.all(
    [
      startServices(guard, servicesFolder, workerSpecs(places, { port, controlUrl }, options.single), notLiveAfter),
      observeRun(runId, lanesOf, setting.listener).pipe(Effect.provideContext(clients))
    ],
    { concurrency: 2 }
  )
  yield* awaitWatched(plan, control)
  const all = simulator === undefined ? services : [simulator, ...services]
  const exchange = exchangeAddresses(process.env.EXCHANGE_API, port)
  const apiUrl = process.env.CONTROL_API_PUBLIC_URL?.replace(/\/+$/u, "") ?? `http://127.0.0.1:${places.apiPort}`
  const firstAdmin = secret === undefined ? undefined : firstAdminLink(apiUrl, secret)
  return {
    plan,
    tradeIds,
    control,
    services: all,
    state,
    clients,
    lanesOf,
    servicesFolder,
    apiUrl,
    firstAdmin,
    exchange
  }
})

/** A run whose pipeline is ready. */
export type StartedRun = Effect.Success<ReturnType<typeof startRun>>
