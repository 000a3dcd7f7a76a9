import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { checkoutFolder } from "@millrace/local"
import { observabilityFolder } from "./PrometheusServer.ts"

/** A metric of docs/observability.md. `always`: it has samples as soon as its service runs; else once what it counts has happened. */
export interface DocumentedMetric {
  readonly name: string
  readonly type: string
  readonly always: boolean
}

/** Rows such as `| \`millrace_…\` | counter | always | … |`. */
const row = /^\| `(millrace_[a-z_]+)`\s*\| (counter|gauge|histogram)\s*\| (always|once it happened)\s*\|/gmu

/** The metrics that docs/observability.md promises. */
export const documentedMetrics = (): ReadonlyArray<DocumentedMetric> => {
  const text = readFileSync(join(checkoutFolder, "docs", "observability.md"), "utf8")
  return [...text.matchAll(row)].map(([, name, type, when]) => ({
    name: name!,
    type: type!,
    always: when === "always"
  }))
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: ReadonlyArray<{
    readonly id: number
    readonly title: string
    readonly datasource: { readonly uid: string }
    readonly targets: ReadonlyArray<{ readonly expr: string }>
  }>
}

/** The dashboards as Grafana loads them. */
export const dashboards = (): ReadonlyArray<Dashboard> => {
  const folder = join(observabilityFolder, "grafana", "dashboards")
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Dashboard)
}

/** Names of metrics and recorded figures in an expression, a histogram's parts by its own name. */
export const metricsIn = (expression: string): ReadonlyArray<string> =>
  [...expression.matchAll(/\bmillrace[_:][a-z0-9_:]+/gu)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/u, ""))
