import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { HealthServer, printEvent, TelemetryConfig, telemetryLayer } from "@millrace/telemetry"
import { Cause, Deferred, Effect, Exit, Layer } from "effect"
import { Infrastructure } from "./Infrastructure.ts"
import type { WorkerFailed } from "./RuntimeError.ts"
import type { WorkerServices } from "./runWorker.ts"
import { StopProcess } from "./StopProcess.ts"

// Outline of a process's life:
// 1. Telemetry and the health pages come first: a service that waits for something says so.
// 2. The infrastructure, then the topology: it is built once its workers take records.
// 3. One line on standard output says `ready` and where the health pages are.
// 4. SIGTERM or SIGINT close everything in reverse order: workers drain and commit, the producer is closed last.

/**
 * Runs a service as this process until it is told to stop or can't go on.
 *
 * Exits with 0 after SIGTERM or SIGINT, once its workers are drained; with 1 when it could not start (one line says why)
 * or when a worker can't go on. Logs are JSON lines on standard error.
 */
export const runService = <A, E>(name: string, topology: Layer.Layer<A, E, WorkerServices>): void =>
  NodeRuntime.runMain(reported(name, serve(name, topology)), {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
  })

/** The service as an effect that ends only by failure or interruption; for tests and for many services in one process. */
export const serve = <A, E>(name: string, topology: Layer.Layer<A, E, WorkerServices>) =>
  Effect.gen(function* () {
    const stop = yield* Deferred.make<never, WorkerFailed>()
    const stopProcess = Layer.succeed(StopProcess, (reason: WorkerFailed) => {
      Deferred.doneUnsafe(stop, Effect.fail(reason))
    })
    const service = topology.pipe(Layer.provide(Infrastructure.layer(name)), Layer.provide(stopProcess))
    const health = Layer.unwrap(
      Effect.map(TelemetryConfig, (config) => HealthServer.layer({ port: config.healthPort, host: config.healthHost }))
    )
    const ready = Effect.gen(function* () {
      const { url } = yield* HealthServer
      yield* Layer.build(service)
      printEvent({ event: "ready", worker: name, health: url })
      return yield* Deferred.await(stop)
    })
    return yield* Effect.scoped(ready).pipe(Effect.provide(health))
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
