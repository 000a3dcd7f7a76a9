import { layerExchange } from "@millrace/exchange"
import { Credentials, Leases, layerDatabaseConfig, Secrets } from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const store = Layer.mergeAll(Credentials.layerPg.pipe(Layer.provide(Secrets.layer)), Leases.layerPg).pipe(
  Layer.provide(layerDatabaseConfig({ applicationName: "market-data" }))
)

/** The worker on the real exchange and PostgreSQL, set by the environment; alone in a process or beside others. */
export const marketDataService = layer.pipe(Layer.provide([store, layerExchange]))
