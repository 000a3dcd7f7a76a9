import { CredentialCheck, layerApiServer, TradingView } from "@millrace/api-server"
import { History } from "@millrace/history"
import { DeadLetterBox } from "@millrace/runtime"
import {
  AccountStore,
  Credentials,
  Leases,
  layerDatabaseConfig,
  layerPgAlertStore,
  layerPgCommandList,
  layerPgControlStore,
  layerPgIntentLedger,
  layerPgMemberStore,
  layerPgSignInStore,
  layerPgTimers,
  layerPgTokenStore,
  layerPgTriageJobStore,
  Outbox,
  Secrets,
  StoreMarks,
  TimerOperations
} from "@millrace/store"
import { Layer } from "effect"
import { layer } from "./topology.ts"

const stores = Layer.mergeAll(
  layerPgAlertStore,
  layerPgControlStore,
  Leases.layerPg,
  StoreMarks.layerPg,
  layerPgMemberStore,
  layerPgSignInStore,
  layerPgTokenStore,
  layerPgCommandList,
  layerPgIntentLedger,
  Layer.merge(AccountStore.layerPg, Credentials.layerPg).pipe(Layer.provide(Secrets.layer)),
  layerPgTriageJobStore,
  TimerOperations.layerPg.pipe(Layer.provideMerge(layerPgTimers))
).pipe(Layer.provideMerge(Outbox.layerPg), Layer.provideMerge(layerDatabaseConfig({ applicationName: "control-api" })))

/** What the worker reads and the API shows. */
const views = Layer.mergeAll(TradingView.layer, History.layer, CredentialCheck.layer)

/** The worker on PostgreSQL with the HTTP API beside it, set by the environment; alone in a process or beside others. */
export const controlApiService = layerApiServer.pipe(
  Layer.provide(DeadLetterBox.layer),
  Layer.provideMerge(layer),
  Layer.provide(views),
  Layer.provide(stores)
)
