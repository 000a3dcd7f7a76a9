// Foreign boundary: runs Prometheus as a process and asks its HTTP API.
import { spawn } from "node:child_process"
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { checkoutFolder, freePort } from "@millrace/local"
import { Data, Effect, Schedule } from "effect"

const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** Prometheus and its tool on this machine (Debian: `apt-get install prometheus`); undefined: tests with it are skipped. */
export const prometheusProgram = onPath("prometheus")
export const promtoolProgram = onPath("promtool")

export const observabilityFolder = join(checkoutFolder, "infra", "observability")

export interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** Prometheus refused a question, in its own words. */
export class PrometheusRefused extends Data.TaggedError("PrometheusRefused")<{ readonly message: string }> {}

export interface PrometheusServer {
  /** Instant value of an expression; fails with Prometheus' own words. */
  readonly query: (expression: string) => Effect.Effect<ReadonlyArray<PrometheusSeries>, PrometheusRefused>
  readonly get: (path: string) => Effect.Effect<unknown, PrometheusRefused>
}

/** Starts Prometheus with the project's own rules, scraping these services each second, until the scope closes. */
export const startPrometheus = Effect.fnUntraced(function* (
  program: string,
  services: ReadonlyArray<{ readonly name: string; readonly healthUrl: string }>
) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-prometheus-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const port = yield* freePort(29_600)
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["recording", "alerts"].map((name) => join(observabilityFolder, `${name}.rules.yml`)),
    scrape_configs: [
      {
        job_name: "millrace",
        static_configs: services.map(({ healthUrl, name }) => ({
          targets: [healthUrl.replace("http://", "")],
          labels: { service: name }
        }))
      }
    ]
  }
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config))
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        program,
        [
          `--config.file=${join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--log.level=warn"
        ],
        { stdio: ["ignore", "ignore", "inherit"] }
      )
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("close", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )
  const get = (path: string) =>
    Effect.tryPromise({
      try: async () => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`)
        const body = (await response.json()) as { status: string; error?: string; data: unknown }
        if (body.status !== "success") throw `${path}: ${body.error}`
        return body.data
      },
      catch: (cause) => new PrometheusRefused({ message: String(cause) })
    })
  const query = (expression: string) =>
    Effect.map(
      get(`/api/v1/query?query=${encodeURIComponent(expression)}`),
      (data) => (data as { result: ReadonlyArray<PrometheusSeries> }).result
    )
  yield* query("up").pipe(Effect.retry(Schedule.spaced("200 millis")), Effect.timeout("30 seconds"), Effect.orDie)
  return { query, get } satisfies PrometheusServer
})
