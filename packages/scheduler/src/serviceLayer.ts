import { layerDatabaseConfig, layerPgTimers } from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const stores = layerPgTimers.pipe(Layer.provide(layerDatabaseConfig({ applicationName: "scheduler" })))

/** The scheduler on PostgreSQL, set by the environment; alone in a process or beside others. */
export const schedulerService = layer.pipe(Layer.provide(stores))
