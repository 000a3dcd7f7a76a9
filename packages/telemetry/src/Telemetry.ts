import { Context, Effect, Layer, Logger, Option, References } from "effect"
import { Otlp } from "effect/observability"
import { Health, makeHealthRegistry } from "./Health.ts"
import { jsonLogger } from "./JsonLogger.ts"
import { redactingClient } from "./redactingClient.ts"
import { TelemetryConfig, tracesExported } from "./TelemetryConfig.ts"
import { CurrentTraceBudget, makeTraceBudget } from "./TraceBudget.ts"

/** True: spans are exported somewhere, so records get their own. False: only the trace header is passed on. */
export const TracingEnabled = Context.Reference<boolean>("@millrace/telemetry/TracingEnabled", {
  defaultValue: () => false
})

/** Version of this service, for dead letters, logs and traces. */
export const ServiceVersion = Context.Reference<string>("@millrace/telemetry/ServiceVersion", {
  defaultValue: () => "0.1.0"
})

/**
 * Logs, metrics, traces and the health registry of a process.
 *
 * Logs are JSON lines on standard error. With `OTEL_EXPORTER_OTLP_ENDPOINT` set, logs, metrics and spans go there too,
 * and what is buffered is sent when the scope closes. Fails with `ConfigError` on a malformed setting.
 */
export const telemetryLayer = (worker: string) =>
  Layer.unwrap(
    Effect.map(TelemetryConfig, (config) => {
      const version = ServiceVersion.defaultValue()
      const logs = Logger.layer([jsonLogger(worker)])
      const references = Layer.mergeAll(
        Layer.succeed(References.MinimumLogLevel, config.logLevel),
        Layer.succeed(TracingEnabled, tracesExported(config)),
        Layer.sync(CurrentTraceBudget, () => makeTraceBudget(config.tracesPerSecond)),
        Layer.succeed(References.TracerEnabled, tracesExported(config)),
        Layer.sync(Health, makeHealthRegistry)
      )
      const exported = Option.match(config.otlpEndpoint, {
        onNone: (): Layer.Layer<never> => Layer.empty,
        onSome: (baseUrl): Layer.Layer<never> =>
          Otlp.layerJson({
            baseUrl,
            resource: { serviceName: worker, serviceVersion: version },
            loggerMergeWithExisting: true
          }).pipe(Layer.provide(redactingClient))
      })
      return Layer.mergeAll(references, exported).pipe(Layer.provideMerge(logs))
    })
  )
