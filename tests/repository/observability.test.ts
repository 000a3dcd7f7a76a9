/** Rules, dashboards and the page on metrics speak of the same metrics. */
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import { dashboards, documentedMetrics, metricsIn } from "../integration/observability/DocumentedMetrics.ts"
import { observabilityFolder, promtoolProgram } from "../integration/observability/PrometheusServer.ts"
import { codeOf, filesMatching, none, read } from "./sourceTree.ts"

interface Rules {
  readonly groups: ReadonlyArray<{
    readonly rules: ReadonlyArray<{
      readonly record?: string
      readonly alert?: string
      readonly expr: string
      readonly labels?: Readonly<Record<string, string>>
      readonly annotations?: Readonly<Record<string, string>>
    }>
  }>
}
const rulesOf = (file: string) =>
  (parse(read(`infra/observability/${file}.rules.yml`).text) as Rules).groups.flatMap(({ rules }) => rules)

const documented = documentedMetrics()
const recorded = rulesOf("recording").flatMap(({ record }) => (record === undefined ? [] : [record]))
const known = new Set([...documented.map(({ name }) => name), ...recorded])
const strange = (expressions: ReadonlyArray<string>) => [
  ...new Set(expressions.flatMap(metricsIn).filter((name) => !known.has(name)))
]

describe("docs/observability.md", () => {
  it("names each metric once", () => {
    const names = documented.map(({ name }) => name)
    assert.deepStrictEqual(
      names.filter((name, n) => names.indexOf(name) !== n),
      none
    )
  })

  it("names every metric that the sources make, and no other", () => {
    const code = filesMatching(/^packages\/[^/]+\/src\/.*\.ts$/u)
      .map(codeOf)
      .join("\n")
    const prefixes = [...code.matchAll(/`(millrace_[a-z_]+_)\$\{name\}`/gu)].map(([, prefix]) => prefix!)
    const made = new Set([...code.matchAll(/"(millrace_[a-z]+_[a-z_]+)"/gu)].map(([, name]) => name!))
    const missing = documented.filter(
      ({ name }) => !made.has(name) && !prefixes.some((prefix) => code.includes(`"${name.slice(prefix.length)}"`))
    )
    assert.deepStrictEqual(
      missing.map(({ name }) => name),
      none,
      "documented, and made nowhere"
    )
    const undocumented = [...made].filter(
      (name) =>
        /_(total|seconds|bytes|records|keys|state|open|quarantined|accounts|leading|ready|live|instances)$/u.test(
          name
        ) && !known.has(name)
    )
    assert.deepStrictEqual(undocumented, none, "made, and not documented")
  })
})

describe("rules", () => {
  it("use metrics that exist", () => {
    assert.deepStrictEqual(strange([...rulesOf("recording"), ...rulesOf("alerts")].map(({ expr }) => expr)), none)
  })

  it("say for each alert how grave it is, what is the case, and what to do", () => {
    const alerts = rulesOf("alerts")
    assert.isAtLeast(alerts.length, 8)
    for (const { alert, annotations, labels } of alerts) {
      assert.include(["warning", "critical"], labels?.severity, alert)
      assert.isAbove(annotations?.summary?.length ?? 0, 10, alert)
      assert.isAbove(annotations?.action?.length ?? 0, 10, alert)
    }
  })

  it("raise each alert once in their tests, and keep each calm once", () => {
    const tests = (
      parse(read("infra/observability/alerts.test.yml").text) as {
        tests: ReadonlyArray<{
          alert_rule_test: ReadonlyArray<{ alertname: string; exp_alerts: ReadonlyArray<unknown> }>
        }>
      }
    ).tests.flatMap(({ alert_rule_test }) => alert_rule_test)
    for (const { alert } of rulesOf("alerts")) {
      const own = tests.filter(({ alertname }) => alertname === alert)
      assert.isTrue(
        own.some(({ exp_alerts }) => exp_alerts.length > 0),
        `${alert} is raised`
      )
      assert.isTrue(
        own.some(({ exp_alerts }) => exp_alerts.length === 0),
        `${alert} stays calm`
      )
    }
  })

  it.skipIf(promtoolProgram === undefined).each([
    ["check", "config", "prometheus.yml"],
    ["check", "rules", "recording.rules.yml", "alerts.rules.yml"],
    ["test", "rules", "alerts.test.yml"]
  ])("pass `promtool %s %s` (skipped without promtool: Debian's package `prometheus` brings it)", (...args) => {
    execFileSync(
      promtoolProgram!,
      args.filter((arg) => arg !== undefined),
      { cwd: observabilityFolder, stdio: "pipe" }
    )
  })
})

describe("dashboards", () => {
  it("use metrics that exist, each panel with a title and the provisioned data source", () => {
    const datasources = parse(read("infra/observability/grafana/provisioning/datasources/prometheus.yml").text) as {
      datasources: ReadonlyArray<{ uid: string }>
    }
    const uids = datasources.datasources.map(({ uid }) => uid)
    const all = dashboards()
    assert.isAtLeast(all.length, 3)
    assert.strictEqual(new Set(all.map(({ uid }) => uid)).size, all.length)
    for (const { panels, title } of all) {
      assert.strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length, title)
      for (const panel of panels) {
        assert.include(uids, panel.datasource.uid, `${title}: ${panel.title}`)
        assert.isNotEmpty(panel.targets, `${title}: ${panel.title}`)
      }
      assert.deepStrictEqual(strange(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))), none, title)
    }
  })

  it("lie where the provisioning finds them in docker-compose.yml", () => {
    const compose = read("docker-compose.yml").text
    assert.include(compose, "./infra/observability/grafana/dashboards:/etc/grafana/dashboards:ro")
    assert.include(
      read("infra/observability/grafana/provisioning/dashboards/millrace.yml").text,
      "path: /etc/grafana/dashboards"
    )
    assert.include(compose, "./infra/observability:/etc/prometheus:ro")
    assert.isTrue(join(observabilityFolder).endsWith("observability"))
  })
})
