// Foreign boundary: reads the logs that the services wrote, and asks their pages.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { pipelineServices } from "@millrace/local"
import { Credentials, layerDatabase, Secrets } from "@millrace/store"
import { ConfigProvider, Effect, Redacted, Schedule } from "effect"
import { inject } from "vitest"
import { eventually } from "../pipelineRun.ts"
import { dashboards, documentedMetrics, metricsIn } from "./DocumentedMetrics.ts"
import type { ReceivedSpan } from "./OtlpReceiver.ts"
import { canaries, ObservedRun } from "./observedRun.ts"
import { PrometheusRefused, prometheusProgram, startPrometheus } from "./PrometheusServer.ts"

// All services run on real servers and export to a collector that takes nothing but what OTLP allows; a price closes a position.
// What must hold: one trace leads from the price to the order and through the headers in Kafka; a real Prometheus finds every
// documented metric, and our rules and dashboards ask for nothing else; no secret is seen in any log, trace, metric, page or
// record; each service answers for its health.

const text = (url: string) => Effect.promise(() => fetch(url).then((response) => response.text()))

const waitASecond = Schedule.spaced("1 second")

/** Keys, values and headers of a topic's records, as text. */
const bytesOf = Effect.fnUntraced(function* (topic: string) {
  const { admin } = yield* KafkaClient
  const texts: Array<string> = []
  for (const { end, partition, start } of yield* admin.offsets(topic)) {
    for (let offset = start; offset < end; ) {
      const { nextOffset, records } = yield* admin.read({ topic, partition, offset })
      for (const { headers, key, value } of records) {
        const parts = [key, value, ...Object.entries(headers).flat()].map((part) => Buffer.from(part ?? []).toString())
        texts.push(parts.join(" "))
      }
      if (nextOffset <= offset) break
      offset = nextOffset
    }
  }
  return texts
})

const spansOf = (service: string, spans: ReadonlyArray<ReceivedSpan>, name: RegExp) =>
  spans.filter((span) => span.service === service && name.test(span.name))

layer(ObservedRun.layer, { timeout: 180_000, excludeTestServices: true })("a run of all services", (it) => {
  /**
   * @guarantee operation: One trace leads from a price to the order, through the headers of Kafka, exported by OTLP
   * @how real processes; a receiver that takes only what the specification of OTLP's JSON allows
   */
  it.effect("leaves one trace from the price to the order", () =>
    Effect.gen(function* () {
      const { collector } = yield* ObservedRun
      const order = yield* eventually(
        "the order's trace is exported by all three services",
        Effect.sync(() =>
          spansOf("automation-executor", collector.spans, /^exchange .*close/iu).find(({ traceId }) => {
            const services = new Set(collector.spans.filter((span) => span.traceId === traceId).map((s) => s.service))
            return ["market-data", "margin-monitor", "automation-executor"].every((name) => services.has(name))
          })
        )
      )
      const trace = new Map(
        collector.spans.filter(({ traceId }) => traceId === order.traceId).map((span) => [span.spanId, span])
      )
      const way: Array<ReceivedSpan> = []
      for (let span: ReceivedSpan | undefined = order; span !== undefined; span = trace.get(span.parentSpanId ?? ""))
        way.unshift(span)
      const names = way.map(({ name, service }) => [service, name])
      assert.deepStrictEqual(names[0], ["market-data", "market-data receives a price"], JSON.stringify(names))
      assert.deepStrictEqual(names[1], ["margin-monitor", "margin-monitor decides with a tick"])
      assert.deepStrictEqual(names[2], ["automation-executor", "automation-executor handles automation-commands"])
      assert.isUndefined(way[0]!.parentSpanId)
      const starts = way.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano))
      assert.isTrue(
        starts.every((start, n) => n === 0 || start >= starts[n - 1]!),
        "each begins after the one above"
      )
      assert.deepStrictEqual(collector.faults, [])

      const { admin } = yield* KafkaClient
      const topic = "automation-commands.critical"
      const headers: Array<string> = []
      for (const { partition, start } of yield* admin.offsets(topic)) {
        const { records } = yield* admin.read({ topic, partition, offset: start })
        headers.push(...records.map((record) => Buffer.from(record.headers.traceparent ?? []).toString()))
      }
      assert.include(headers, `00-${order.traceId}-${way[1]!.spanId}-01`)
    })
  )

  it.effect.skipIf(prometheusProgram === undefined)(
    "shows every documented metric to a real Prometheus, on which rules and dashboards rely (skipped without `prometheus`)",
    () =>
      Effect.gen(function* () {
        const { run } = yield* ObservedRun
        const services = run.services.filter(({ name }) => name !== "simulator")
        const prometheus = yield* startPrometheus(prometheusProgram!, services)
        const documented = documentedMetrics()
        assert.isAbove(documented.length, 40)
        const missing = (name: string, type: string) =>
          Effect.map(prometheus.query(`count(${name}${type === "histogram" ? "_count" : ""})`), (found) =>
            found.length === 0 ? [name] : []
          )
        let last: ReadonlyArray<string> = []
        yield* Effect.gen(function* () {
          const always = documented.filter((metric) => metric.always)
          last = (yield* Effect.forEach(always, ({ name, type }) => missing(name, type))).flat()
        }).pipe(
          Effect.repeat({ until: () => last.length === 0, times: 60, schedule: waitASecond }),
          Effect.andThen(Effect.sync(() => assert.deepStrictEqual(last, [], "documented and never seen")))
        )
        const up = yield* prometheus.query("up")
        assert.deepStrictEqual(
          up.map(({ metric, value }) => [metric.service, value[1]]).toSorted(),
          services.map(({ name }) => [name, "1"]).toSorted()
        )
        const shown = (yield* prometheus.get("/api/v1/metadata")) as Record<string, ReadonlyArray<{ type: string }>>
        const ours = Object.keys(shown).filter((name) => name.startsWith("millrace_"))
        const known = new Map(documented.map(({ name, type }) => [name, type]))
        assert.deepStrictEqual(
          ours.filter((name) => !known.has(name)),
          [],
          "shown and not documented"
        )
        assert.deepStrictEqual(
          ours.filter((name) => known.get(name) !== shown[name]![0]!.type),
          [],
          "of another type"
        )
        const rules = (yield* prometheus.get("/api/v1/rules")) as {
          groups: ReadonlyArray<{ rules: ReadonlyArray<{ name: string; health: string; state?: string }> }>
        }
        const all = rules.groups.flatMap((group) => group.rules)
        assert.deepStrictEqual(
          all.filter(({ health }) => health === "err"),
          []
        )
        for (const { panels, title } of dashboards())
          for (const { expr } of panels.flatMap(({ targets }) => targets))
            yield* prometheus
              .query(expr)
              .pipe(Effect.mapError(({ message }) => new PrometheusRefused({ message: `${title}: ${message}` })))
        const processed = yield* prometheus.query('sum(millrace_runtime_processed_total{worker="automation-executor"})')
        assert.isAtLeast(Number(processed[0]!.value[1]), 1)
        assert.isNotEmpty(metricsIn("millrace:lag_records"))
      }),
    180_000
  )

  /** @guarantee operation: No secret of the environment leaves a process in logs, traces, dead letters, health pages or reports */
  it.effect("shows no secret in logs, traces, metrics, pages, dead letters and records", () =>
    Effect.gen(function* () {
      const { collector, run } = yield* ObservedRun
      const { admin, producer } = yield* KafkaClient
      const stack = inject("stack")
      const accountId = run.plan.accountIdOf("ada")
      const credentials = yield* Credentials.use((store) => store.find(accountId)).pipe(
        Effect.provide(Credentials.layerPg),
        Effect.provide([layerDatabase({ url: Redacted.make(stack.databaseUrl) }), Secrets.layer]),
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(canaries)))
      )
      const secrets = [
        canaries.MILLRACE_MASTER_KEY,
        canaries.ALERT_SECRET.replace("whsec_", ""),
        ...new URL(stack.databaseUrl).password.split("\n"),
        ...Object.values(Redacted.value(credentials)).map((value) =>
          Redacted.isRedacted(value) ? String(Redacted.value(value)) : String(value)
        )
      ].filter((secret) => secret.length >= 8)
      assert.isAtLeast(secrets.length, 4)

      // A record that can't be read becomes a dead letter, with its cause.
      const sender = yield* producer({ clientId: "it-canary" })
      yield* sender.send([{ topic: "automation-commands", key: Buffer.from("x/y"), value: Buffer.from("garbage") }])
      const letters = eventually(
        "it is set aside",
        Effect.map(bytesOf("automation-commands.dlq"), (records) =>
          records.some((record) => record.includes("dlq-message")) ? records : undefined
        )
      )
      const topics = (yield* admin.listTopics).filter((topic) => !topic.startsWith("it-") && !topic.startsWith("__"))
      const records = (yield* Effect.forEach(topics, bytesOf)).flat()
      const logs = readdirSync(join(run.servicesFolder, "logs")).map((file) =>
        readFileSync(join(run.servicesFolder, "logs", file), "utf8")
      )
      const pages = yield* Effect.forEach(run.services, ({ healthUrl }) =>
        Effect.forEach(["/health", "/ready", "/live", "/metrics"], (page) => text(`${healthUrl}${page}`))
      )
      assert.isAbove(logs.join("").length, 1_000)
      assert.isAbove(collector.bodies.length, 5)
      const places = {
        logs,
        telemetry: collector.bodies,
        pages: pages.flat(),
        deadLetters: yield* letters,
        records
      }
      for (const [place, texts] of Object.entries(places))
        for (const secret of secrets)
          assert.isFalse(
            texts.some((one) => one.includes(secret)),
            `a secret that begins with ${secret.slice(0, 3)} in ${place}`
          )
    }).pipe(Effect.scoped)
  )

  /**
   * @guarantee operation: Every service answers for its health, readiness, liveness and metrics
   * @how asked over HTTP of each process of a real run
   */
  it.effect("answers for health, readiness, liveness and metrics in each service", () =>
    Effect.gen(function* () {
      const { run } = yield* ObservedRun
      const rows = yield* Effect.forEach(pipelineServices as ReadonlyArray<string>, (name) =>
        Effect.gen(function* () {
          const { healthUrl } = run.services.find((service) => service.name === name)!
          yield* eventually(
            `${name} is ready`,
            Effect.promise(() => fetch(`${healthUrl}/ready`).then(({ status }) => (status === 200 ? true : undefined)))
          )
          const live = yield* Effect.promise(() => fetch(`${healthUrl}/live`))
          const health = JSON.parse(yield* text(`${healthUrl}/health`)) as Record<string, unknown>
          const metrics = yield* text(`${healthUrl}/metrics`)
          const worker = health.worker as { isRunning: boolean; queueName: string; concurrency: number }
          return {
            name,
            live: live.status,
            status: health.status,
            isRunning: worker.isRunning,
            queue: typeof worker.queueName,
            concurrency: typeof worker.concurrency,
            at: Number.isFinite(Date.parse(String(health.timestamp))),
            metrics: metrics.includes(`millrace_runtime_worker_live{worker="${name}"} 1`)
          }
        })
      )
      assert.deepStrictEqual(
        rows,
        pipelineServices.map((name) => ({
          name,
          live: 200,
          status: "ok",
          isRunning: true,
          queue: "string",
          concurrency: "number",
          at: true,
          metrics: true
        }))
      )
    })
  )
})
