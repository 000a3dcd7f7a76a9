import { type KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { Context, Effect, Layer } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"
import { listenAsCollector, type OtlpReceiver } from "./OtlpReceiver.ts"

/** Secrets that must be seen nowhere. */
export const canaries = {
  MILLRACE_MASTER_KEY: Buffer.from("canary-of-the-master-key-32bytes").toString("base64"),
  ALERT_SECRET: `whsec_${Buffer.from("canary of the alert secret").toString("base64")}`
} as const

/** Nothing listens there: what would be sent to an operator is told in the log as not sent. */
const nowhere = "http://127.0.0.1:9/operator"

/** Variables that the services inherit, as long as the scope is open. */
const environment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]))
      Object.assign(process.env, variables)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of Object.entries(before)) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      })
  )

type Pipeline = Effect.Success<ReturnType<typeof startPipeline>>

/** All services on real servers, told to export everything and to log at debug level; one command was carried out. */
export class ObservedRun extends Context.Service<
  ObservedRun,
  { readonly run: Pipeline; readonly collector: OtlpReceiver }
>()("tests/observability/ObservedRun") {
  static readonly layer: Layer.Layer<ObservedRun | KafkaClient> = Layer.effect(
    ObservedRun,
    Effect.gen(function* () {
      const collector = yield* listenAsCollector
      yield* environment({
        ...canaries,
        ALERT_URL: nowhere,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        LOG_LEVEL: "Debug"
      })
      const run = yield* startPipeline({
        stack: inject("stack"),
        scenario: oneGuardedPosition,
        candles: candlesOf([...Array(3).fill(60_000), ...Array(400).fill(56_900)]),
        speed: 60
      })
      yield* run.control.startFeed
      yield* eventually(
        "the guard has closed its position",
        Effect.map(run.control.report, ({ effects }) => (effects.length > 0 ? true : undefined))
      )
      return { run, collector }
    })
  ).pipe(Layer.provideMerge(KafkaJsClient.layer), Layer.orDie)
}
