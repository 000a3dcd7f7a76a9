import { TradingView } from "@millrace/api-server"
import { accountState, auditLog, controls, marginState, marketTicks, notifications } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { runAlerts } from "@millrace/operator-alerts"
import {
  Breakers,
  broadcast,
  makeTable,
  nothing,
  runWorker,
  ServiceConfig,
  ServiceReports,
  watchDeadLetters,
  watchDependency
} from "@millrace/runtime"
import { pingDatabase } from "@millrace/store"
import { Clock, Duration, Effect, Layer, Schedule } from "effect"
import { ControlApiConfig } from "./ControlApiConfig.ts"
import { forgetOldCancels } from "./forgetCancels.ts"
import { GuardWatch } from "./GuardWatch.ts"
import { measureInstances } from "./measureInstances.ts"
import { runOutboxRelay } from "./OutboxRelay.ts"
import { makeStoreHeartbeat } from "./StoreHeartbeat.ts"
import { watchGuards } from "./watchGuards.ts"

const databaseOutage = {
  subject: "PostgreSQL",
  title: "PostgreSQL does not answer: switches, rules and accounts can't be changed, and executors send nothing",
  whatToDo:
    "Protection is held until it is back: close positions or add margin by hand at the exchange where it matters."
}
const kafkaOutage = {
  subject: "Kafka",
  title: "Kafka does not answer: no prices, decisions or switches reach the workers",
  whatToDo: "Nothing protects until it is back: close positions or add margin by hand at the exchange where it matters."
}

/**
 * Reads: the outbox in PostgreSQL (accounts, rules and controls, written by their transactions); account-state,
 * margin-state (tables) and market-ticks whole, to see that every guarded position is evaluated; service-reports (table).
 * Writes: account-state (compacted, keyed `<kind>/<account>/<id>`) and account-history (keyed by account), controls
 * (compacted, keyed by scope), audit-log (keyed by workspace), notifications (guarding_alert, keyed by user).
 */
export const runControlApi = Effect.gen(function* () {
  const config = yield* ControlApiConfig
  const { instance } = yield* ServiceConfig
  const { admin } = yield* KafkaClient
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  yield* watchDependency(databaseOutage, pingDatabase)
  yield* watchDependency(kafkaOutage, admin.offsets(controls.name))

  const watch = new GuardWatch(Duration.toMillis(config.guardingAlertAfter), now())
  const view = yield* TradingView
  const accounts = yield* makeTable({
    contract: accountState,
    scope: "all",
    onChange: (change) => {
      watch.accountChanged(change)
      view.accountChanged(change)
    }
  })
  const evaluated = yield* makeTable({
    contract: marginState,
    scope: "all",
    onChange: (change) => {
      watch.evaluated(change)
      view.evaluated(change)
    }
  })
  const serviceReports = yield* ServiceReports
  yield* measureInstances(serviceReports.instances)
  yield* runWorker({
    name: "control-api",
    instance,
    tables: [accounts, evaluated, serviceReports.table],
    broadcasts: [
      broadcast({
        contract: marketTicks,
        from: "end",
        handleChunk: (records) =>
          Effect.sync(() => {
            for (const { value } of records) {
              watch.tick(value, now())
              view.tick(value)
            }
            return nothing
          })
      })
    ],
    publishes: [accountState, controls, auditLog, notifications]
  })

  const heartbeat = yield* makeStoreHeartbeat
  const again = Schedule.spaced(config.relayRetry)
  yield* heartbeat.check.pipe(
    Effect.tapError((error) => Effect.logWarning(`PostgreSQL could not be marked: ${error.message}`)),
    Effect.retry(again)
  )
  const relay = yield* runOutboxRelay
  yield* Effect.suspend(() => (relay.ready() ? heartbeat.beat : Effect.void)).pipe(
    Effect.catch((error) => Effect.logWarning(`No heartbeat on controls: ${error.message}`)),
    Effect.repeat(Schedule.spaced(config.controlsHeartbeat)),
    Effect.forkScoped
  )
  yield* watchGuards(watch, relay.ready)
  yield* runAlerts({
    instances: serviceReports.instances,
    lastTickAtMs: () => watch.lastTickAtMs,
    unguarded: (nowMs) => watch.look(nowMs)
  })
  yield* forgetOldCancels
})

/** The worker, and the watch over the dead letters of all topics. Gives what the processes tell of themselves. */
export const layer = Layer.mergeAll(
  Layer.effectDiscard(runControlApi).pipe(Layer.provide(Breakers.layer)),
  Layer.effectDiscard(watchDeadLetters)
).pipe(Layer.provideMerge(ServiceReports.layer))
