import { layerDatabaseConfig, Outbox } from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const outbox = Outbox.layerPg.pipe(Layer.provide(layerDatabaseConfig({ applicationName: "control-api" })))

/** The relay on PostgreSQL, set by the environment; alone in a process or beside others. */
export const controlApiService = layer.pipe(Layer.provide(outbox))
