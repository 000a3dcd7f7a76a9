// Foreign boundary: a program of the suite, set by its environment; it ends with the one that started it.
import "effect/schema/SchemaJITCompiler/enable"
import { writeSync } from "node:fs"
import { runMain } from "@effect/platform-node/NodeRuntime"
import { automationExecutorLayer } from "@millrace/automation-executor"
import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { layerExchange } from "@millrace/exchange"
import { KafkaJsClient } from "@millrace/kafka"
import { Infrastructure, Publisher, TradingControls } from "@millrace/runtime"
import {
  Credentials,
  IntentLedger,
  layerDatabaseConfig,
  layerPgCommandList,
  layerPgIntentLedger,
  Secrets
} from "@millrace/store"
import { telemetryLayer } from "@millrace/telemetry"
import { Effect, Layer } from "effect"
import { haltingLedger, haltingPublisher, haltsAt, parseKillStep } from "./KillStep.ts"
import { tradingTopics } from "./tradingTopics.ts"

/** The product's executor on real servers, which stands still at a step when it is told to: then it is killed there. */
const { CHAOS_KILL_STEP = "", CHAOS_SCHEMA = "", CHAOS_TOPICS = "" } = process.env
const name = "automation-executor"

const say = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`)
const halting = haltsAt(parseKillStep(CHAOS_KILL_STEP), (halted) => say({ halted }))

const database = layerDatabaseConfig({ schema: CHAOS_SCHEMA, applicationName: name })
const ledger = Layer.effect(
  IntentLedger,
  Effect.map(IntentLedger, (real) => haltingLedger(real, halting))
).pipe(Layer.provide(layerPgIntentLedger))
const stores = Layer.mergeAll(ledger, layerPgCommandList, Credentials.layerPg.pipe(Layer.provide(Secrets.layer))).pipe(
  Layer.provide(database)
)
const publisher = Layer.effect(
  Publisher,
  Effect.map(Publisher, (real) => haltingPublisher(real, halting))
)
const broker = Layer.mergeAll(
  KafkaJsClient.layer,
  ConfluentCodec.layer,
  TopicsFile.layerOf(tradingTopics(CHAOS_TOPICS))
)
const infrastructure = publisher.pipe(Layer.provideMerge(Infrastructure.layerNoDeps(name)), Layer.provideMerge(broker))

process.stdin.resume().once("end", () => process.exit(0))

const executor = automationExecutorLayer.pipe(
  Layer.provide(Layer.mergeAll(stores, layerExchange, TradingControls.layerActive)),
  Layer.provide(infrastructure)
)
const main = Layer.build(executor).pipe(
  Effect.andThen(Effect.sync(() => say({ ready: true }))),
  Effect.andThen(Effect.never),
  Effect.scoped,
  Effect.provide(telemetryLayer(name))
)
runMain(main)
