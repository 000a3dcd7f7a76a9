import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { layerExchange } from "@millrace/exchange"
import { KafkaJsClient } from "@millrace/kafka"
import { askedDataFolder, stackSettings } from "@millrace/local"
import {
  AccountStore,
  Credentials,
  layerDatabaseConfig,
  layerPgAlertStore,
  layerPgCommandList,
  layerPgControlStore,
  layerPgIntentLedger,
  layerPgMemberStore,
  layerPgSignInStore,
  layerPgTimers,
  layerPgTokenStore,
  layerPoolConfig,
  Outbox,
  Secrets,
  StoreMarks,
  TradingScopes
} from "@millrace/store"
import { takeSecretFiles } from "@millrace/telemetry"
import { ConfigProvider, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { asWrongUse, misused } from "./CommandFailed.ts"
import { joinedArguments } from "./joinedArguments.ts"
import { millrace } from "./millrace.ts"

const database = layerDatabaseConfig({ applicationName: "millrace" })
const controls = Layer.mergeAll(
  layerPgControlStore,
  TradingScopes.layerPg,
  StoreMarks.layerPg,
  layerPgIntentLedger
).pipe(Layer.provide(Outbox.layerPg), Layer.provide(database))

const accounts = AccountStore.layerPg.pipe(
  Layer.provide([Secrets.layerLocked, Outbox.layerPg]),
  Layer.provide(database)
)
const credentials = Layer.merge(AccountStore.layerPg, Credentials.layerPg).pipe(
  Layer.provide([Secrets.layer, Outbox.layerPg]),
  Layer.provide(database)
)

const command = millrace({
  kafka: KafkaJsClient.layer,
  registry: SchemaRegistry.layer,
  topics: TopicsFile.layer,
  controls,
  commands: Layer.merge(layerPgCommandList, layerPgIntentLedger).pipe(Layer.provide(database)),
  timers: layerPgTimers.pipe(Layer.provide(database)),
  database: layerPoolConfig({ applicationName: "millrace" }),
  trading: { accounts, credentials, exchange: layerExchange },
  members: Layer.mergeAll(layerPgMemberStore, layerPgSignInStore, layerPgTokenStore).pipe(
    Layer.provide(Outbox.layerPg),
    Layer.provide(database)
  ),
  alerts: layerPgAlertStore.pipe(Layer.provide(Outbox.layerPg), Layer.provide(database))
})

/** Settings: the environment's, and of the local stack that runs in the data folder where the environment names no other. */
const settings = Layer.unwrap(
  Effect.gen(function* () {
    const stack = yield* stackSettings(askedDataFolder(undefined), process.env)
    return ConfigProvider.layer(ConfigProvider.orElse(ConfigProvider.fromEnv(), ConfigProvider.fromEnv({ env: stack })))
  })
)

const run = Command.runWith(command, { version: "0.1.0" })

const faults = takeSecretFiles(process.env)

NodeRuntime.runMain(
  faults.length > 0
    ? misused(faults.join("\n"))
    : asWrongUse(run(joinedArguments(process.argv.slice(2)))).pipe(Effect.provide([NodeServices.layer, settings]))
)
