import "effect/schema/SchemaJITCompiler/enable"
import { layerLnMarketsV3 } from "@millrace/exchange"
import { runService } from "@millrace/runtime"
import { Credentials, Leases, layerDatabaseConfig, Secrets } from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const store = Layer.mergeAll(Credentials.layerPg.pipe(Layer.provide(Secrets.layer)), Leases.layerPg).pipe(
  Layer.provide(layerDatabaseConfig({ applicationName: "market-data" }))
)

runService("market-data", layer.pipe(Layer.provide([store, layerLnMarketsV3])))
