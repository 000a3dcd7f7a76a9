import { runService } from "@millrace/runtime"
import { layerDatabaseConfig, Outbox } from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const outbox = Outbox.layerPg.pipe(Layer.provide(layerDatabaseConfig({ applicationName: "control-api" })))

runService("control-api", layer.pipe(Layer.provide(outbox)))
