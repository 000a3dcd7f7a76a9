// Foreign boundary: a program of the suite, set by its environment.
import "effect/schema/SchemaJITCompiler/enable"
import { input, runService, runWorker, ServiceConfig } from "@millrace/runtime"
import { layerDatabaseConfig, layerPgIntentLedger } from "@millrace/store"
import { Effect, Layer } from "effect"
import { makeHandleJob } from "./handleJob.ts"
import { jobResults, jobs, workerName } from "./Job.ts"

/** One of the workers, as a process of its own, set by the environment like any worker. */
const topology = Layer.effectDiscard(
  Effect.gen(function* () {
    const { instance } = yield* ServiceConfig
    const handle = makeHandleJob({ sinkUrl: process.env.SINK_URL as string, worker: instance })
    yield* runWorker({
      name: workerName,
      instance,
      inputs: [input({ contract: jobs, handle })],
      publishes: [jobResults]
    })
  })
)

runService(
  workerName,
  topology.pipe(
    Layer.provide(layerPgIntentLedger.pipe(Layer.provide(layerDatabaseConfig({ applicationName: workerName }))))
  )
)
