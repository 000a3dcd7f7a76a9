import {
  RecordCodec,
  type ServiceReport,
  serviceReportKey,
  serviceReports,
  systemWorkspace,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, type ProducerRecord } from "@millrace/kafka"
import { Health, redactText, ServiceVersion } from "@millrace/telemetry"
import { Clock, Duration, Effect, Schedule } from "effect"
import { contentTypeHeader, jsonContentType, workspaceHeader } from "./Headers.ts"
import { CurrentProcess, type ProcessFigures } from "./ProcessFigures.ts"
import { processUsage } from "./ProcessUsage.ts"
import { RuntimeConfig } from "./RuntimeConfig.ts"
import { ServiceConfig } from "./ServiceConfig.ts"
import { handlerBoundaries } from "./WorkerMetrics.ts"

/** A farewell that the broker does not take in this time is given up: a stop waits for nothing. */
const farewellWithin = "1 second"

/**
 * Publishes a report of this process to `service-reports` each `RUNTIME_REPORT_INTERVAL` until it is interrupted, and then a
 * tombstone, as a process that ended in order is not inactive.
 *
 * Holds nothing up: it has a producer of its own, one report at a time is under way, and one that could not be sent is dropped
 * with a line at debug level. Ends at once where topics.yaml has no such topic, or the interval is 0. Fails with `ConfigError`.
 */
export const reportService = Effect.fnUntraced(function* (service: string) {
  const { reportInterval } = yield* RuntimeConfig
  const topics = yield* TopicsFile
  if (Duration.isZero(reportInterval) || topics.topic(serviceReports.name) === undefined) return
  const { instance } = yield* ServiceConfig
  const read = yield* reportReader({ service, instance, everyMs: Duration.toMillis(reportInterval) })
  const encode = yield* reportEncoder(serviceReportKey({ service, instance }))
  const kafka = yield* KafkaClient

  const reporting = Effect.gen(function* () {
    const producer = yield* kafka.producer({ clientId: `${service}.reports` })
    const send = Effect.fnUntraced(function* (report: ServiceReport | null) {
      yield* producer.send([yield* encode(report)])
    })
    let told = false
    yield* Effect.addFinalizer(() =>
      told ? send(null).pipe(Effect.timeout(farewellWithin), Effect.ignore) : Effect.void
    )
    const tell = Effect.flatMap(Effect.sync(read), send).pipe(
      Effect.tap(() => Effect.sync(() => (told = true))),
      Effect.catch((error) => {
        told = false
        return Effect.logDebug("report not sent", { error: error.message })
      })
    )
    yield* Effect.repeat(tell, Schedule.fixed(reportInterval))
  })
  yield* Effect.scoped(reporting).pipe(
    Effect.tapError((error) => Effect.logDebug("no reports", { error: error.message })),
    Effect.retry(Schedule.spaced(reportInterval))
  )
}, Effect.withTracerEnabled(false))

/** Makes records of reports; the schema's id is fetched with the first one. */
const reportEncoder = Effect.fnUntraced(function* (key: string) {
  const codec = yield* RecordCodec
  const encoder = new TextEncoder()
  let prepared = false
  return Effect.fnUntraced(function* (report: ServiceReport | null) {
    if (!prepared) yield* codec.prepare([serviceReports])
    prepared = true
    const value = report === null ? null : yield* Effect.fromResult(codec.encode(serviceReports, report))
    const headers = { [workspaceHeader]: systemWorkspace, [contentTypeHeader]: jsonContentType }
    return {
      topic: serviceReports.name,
      partition: 0,
      key: encoder.encode(key),
      value,
      headers
    } satisfies ProducerRecord
  })
})

/** Reads what the process is now. */
const reportReader = Effect.fnUntraced(function* (named: Pick<ServiceReport, "service" | "instance" | "everyMs">) {
  const clock = yield* Clock.Clock
  const health = yield* Health
  const figures = yield* CurrentProcess
  const version = yield* ServiceVersion
  const startedAtMs = clock.currentTimeMillisUnsafe()
  return (): ServiceReport => {
    const { pid, cpuSeconds, ...memory } = processUsage()
    const atMs = clock.currentTimeMillisUnsafe()
    const states = health.checks().map((check) => check.state())
    const reasons = states.flatMap(({ reason }) => (reason === undefined ? [] : [reason]))
    return {
      _tag: "ServiceReport",
      ...named,
      version,
      pid,
      startedAtMs,
      atMs,
      live: states.every(({ live }) => live),
      ready: states.length > 0 && states.every(({ ready }) => ready),
      ...(reasons.length === 0 ? {} : { reason: redactText(reasons.join("; ")) }),
      memory,
      cpuSeconds,
      boundaries: handlerBoundaries.filter(Number.isFinite),
      ...partsOf(figures)
    }
  }
})

const partsOf = (figures: ProcessFigures) => {
  const blocks = [...figures.longestBlockMs].map((longest) => longest())
  const deadLetters = [...figures.deadLetters].flatMap((waiting) => waiting())
  return {
    workers: [...figures.workers].map((worker) => worker()),
    breakers: [...figures.breakers].flatMap((breakers) => breakers()),
    ...(blocks.length === 0 ? {} : { longestBlockMs: Math.max(...blocks) }),
    ...(figures.deadLetters.size === 0 ? {} : { deadLetters })
  }
}
