import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import {
  guardLoop,
  Health,
  HealthServer,
  type HealthState,
  layerOperatorAlerts,
  printEvent,
  TelemetryConfig,
  takeSecretFiles,
  telemetryLayer
} from "@millrace/telemetry"
import { Cause, Data, Deferred, Duration, Effect, Exit, Layer } from "effect"
import { Infrastructure } from "./Infrastructure.ts"
import { measureProcess } from "./measureProcess.ts"
import { CurrentProcess, makeProcessFigures, showFigures } from "./ProcessFigures.ts"
import { RuntimeConfig } from "./RuntimeConfig.ts"
import type { WorkerFailed } from "./RuntimeError.ts"
import { reportService } from "./reportService.ts"
import type { WorkerServices } from "./runWorker.ts"
import { makeStartWatch, StartWatch } from "./StartWatch.ts"
import { StopProcess } from "./StopProcess.ts"
import { startService } from "./startService.ts"
import { TradingControls, type TradingFeed } from "./TradingControls.ts"

// Outline of a process's life:
// 1. Telemetry and the health pages come first: a service that waits for something says so.
// 2. The infrastructure, then the topology: it is built once its workers take records. While PostgreSQL or Kafka does not
//    answer it is tried again, and the operator is told.
// 3. One line on standard output says `ready` and where the health pages are.
// 4. SIGTERM or SIGINT close everything in reverse order: workers drain and commit, the producer is closed last.

/** Secrets that are given as files can't be taken; the message says which and why. */
class SecretFilesUnreadable extends Data.TaggedError("SecretFilesUnreadable")<{ readonly message: string }> {}

/**
 * Runs a service as this process until it is told to stop or can't go on.
 *
 * Exits with 0 after SIGTERM or SIGINT, once its workers are drained; with 1 when it could not start (one line says why)
 * or when a worker can't go on. Logs are JSON lines on standard error.
 */
export const runService = <A, E>(
  name: string,
  topology: Layer.Layer<A, E, WorkerServices | TradingControls | TradingFeed>
): void => {
  const faults = takeSecretFiles(process.env)
  const service =
    faults.length > 0 ? Effect.fail(new SecretFilesUnreadable({ message: faults.join("; ") })) : serve(name, topology)
  NodeRuntime.runMain(reported<unknown, unknown>(name, service), {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
  })
}

/** The service as an effect that ends only by failure or interruption; for tests and for many services in one process. */
export const serve = <A, E>(
  name: string,
  topology: Layer.Layer<A, E, WorkerServices | TradingControls | TradingFeed>
) =>
  Effect.gen(function* () {
    const stop = yield* Deferred.make<never, WorkerFailed>()
    const stopProcess = Layer.succeed(StopProcess, (reason: WorkerFailed) => {
      Deferred.doneUnsafe(stop, Effect.fail(reason))
    })
    const service = topology.pipe(
      Layer.provide(TradingControls.layer),
      Layer.provide(Infrastructure.layer(name)),
      Layer.provide(stopProcess)
    )
    const health = Layer.unwrap(
      Effect.map(TelemetryConfig, (config) => HealthServer.layer({ port: config.healthPort, host: config.healthHost }))
    )
    const watch = Layer.effect(StartWatch, makeStartWatch(name)).pipe(Layer.provideMerge(layerOperatorAlerts(name)))
    const ready = Effect.gen(function* () {
      const { url } = yield* HealthServer
      // With a client of its own: it tells of a start that waits, too, and of the drain.
      yield* reportService(name).pipe(Effect.provide(Infrastructure.layerClient), Effect.ignore, Effect.forkScoped)
      yield* startService(name, service)
      yield* guardProcess(name)
      printEvent({ event: "ready", worker: name, health: url })
      return yield* Deferred.await(stop)
    })
    return yield* Effect.scoped(ready).pipe(
      Effect.provide(Layer.merge(watch, health)),
      Effect.provideService(CurrentProcess, makeProcessFigures())
    )
  })

/** Ends the process when its event loop stands still, and shows how long it was blocked. */
const guardProcess = Effect.fnUntraced(function* (name: string) {
  const health = yield* Health
  const config = yield* RuntimeConfig
  const limitMs = Duration.toMillis(config.blockLimit)
  const guard = yield* guardLoop({ worker: name, frozenAfterMs: Duration.toMillis(config.frozenAfter) })
  const state = (): HealthState => {
    const longestBlockMs = guard.longestBlockMs()
    const detail = { longestBlockMs }
    if (longestBlockMs <= limitMs) return { live: true, ready: true, detail }
    return { live: false, ready: true, reason: `the event loop was blocked for ${longestBlockMs} ms`, detail }
  }
  yield* health.register({ name: "event-loop", state })
  yield* showFigures("longestBlockMs", guard.longestBlockMs)
  yield* measureProcess(guard.longestBlockMs)
})

/** Turns a failure into one line of the log; the cause's details are left to the debug level. */
const reported = <A, E>(name: string, service: Effect.Effect<A, E>) =>
  service.pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.logInfo("stopped", { event: "complete" })
        : Effect.logFatal("the service ends", { event: "fail", error: firstLine(Cause.squash(cause)) }).pipe(
            Effect.andThen(Effect.logDebug("cause", { cause: Cause.pretty(cause) }))
          )
    ),
    Effect.provide(telemetryLayer(name))
  )

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n").join("; ")
