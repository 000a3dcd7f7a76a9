import { layerExchange } from "@millrace/exchange"
import {
  Credentials,
  layerDatabaseConfig,
  layerPgCommandList,
  layerPgIntentLedger,
  Secrets,
  warmIntentLedger
} from "@millrace/store"
import { Effect, Layer } from "effect"
import { ExecutorConfig } from "./ExecutorConfig.ts"
import { tellOperator } from "./tellOperator.ts"
import { layer } from "./topology.ts"

/** One connection for each command under way, open before the first command comes. */
const stores = Layer.unwrap(
  Effect.map(ExecutorConfig, ({ concurrency }) =>
    Layer.effectDiscard(warmIntentLedger(concurrency)).pipe(
      Layer.provideMerge(layerPgIntentLedger),
      Layer.merge(layerPgCommandList),
      Layer.merge(Credentials.layerPg.pipe(Layer.provide(Secrets.layer))),
      Layer.merge(Layer.effectDiscard(tellOperator)),
      Layer.provide(layerDatabaseConfig({ minConnections: concurrency, applicationName: "automation-executor" }))
    )
  )
)

/** The worker on the real exchange and PostgreSQL, set by the environment; alone in a process or beside others. */
export const automationExecutorService = layer.pipe(Layer.provide(Layer.merge(stores, layerExchange)))
