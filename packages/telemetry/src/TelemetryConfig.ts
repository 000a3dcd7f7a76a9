import { Config, Option } from "effect"

/** Settings of a process's logs, traces and health pages. */
export const TelemetryConfig = Config.all({
  /** Least severe level that is logged. */
  logLevel: Config.LogLevel("LOG_LEVEL").pipe(Config.withDefault("Info" as const)),
  /** Base URL of an OpenTelemetry collector (OTLP over HTTP). Absent: nothing is exported and no spans are made. */
  otlpEndpoint: Config.String("OTEL_EXPORTER_OTLP_ENDPOINT").pipe(Config.option),
  /** Traces that this process begins in a second, where spans are exported; those that a record brings along go on besides. */
  tracesPerSecond: Config.Int("TRACES_PER_SECOND").pipe(Config.withDefault(20)),
  /** Port of the health pages; 0 takes any free one. */
  healthPort: Config.Int("HEALTH_PORT").pipe(Config.withDefault(0)),
  /** Address of the health pages; a container sets 0.0.0.0. */
  healthHost: Config.String("HEALTH_HOST").pipe(Config.withDefault("127.0.0.1"))
})
export type TelemetryConfig = Config.Success<typeof TelemetryConfig>

/** True when spans are exported, so that making them has a use. */
export const tracesExported = (config: TelemetryConfig): boolean => Option.isSome(config.otlpEndpoint)
