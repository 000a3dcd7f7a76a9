/**
 * docs/alerts.md tells of every alert what it means and what to do; Prometheus' rules agree with the built-in ones that watch the
 * same.
 */
import { assert, it } from "@effect/vitest"
import { parse } from "yaml"
import type { AlertRule } from "../../packages/operator-alerts/src/AlertRule.ts"
import { defaultRules } from "../../packages/operator-alerts/src/defaultRules.ts"
import { none, read } from "./sourceTree.ts"

const page = read("docs/alerts.md").text

it("docs/alerts.md has a section for every built-in rule, with what to do, and no other", () => {
  const sections = page.slice(page.indexOf("\n## Each alert")).split("\n### ").slice(1)
  assert.deepStrictEqual(
    sections.map((section) => section.split("\n")[0]),
    [...defaultRules.keys()]
  )
  const silent = sections.filter((section) => !/to do\.?\*\*/iu.test(section))
  assert.deepStrictEqual(silent, none)
})

it("docs/alerts.md names every kind of rule", () => {
  const kinds = new Set([...defaultRules.values()].map(({ _tag }) => `\`${_tag}\``))
  assert.deepStrictEqual(
    [...kinds].filter((kind) => !page.includes(`| ${kind} `)),
    none
  )
})

/** Prometheus' alerts with a built-in twin, and the twin's threshold as the expression compares with it. */
const twins: Readonly<Record<string, readonly [rule: string, threshold: (rule: AlertRule) => number]>> = {
  MillraceBacklog: ["backlog", (rule) => of(rule, "backlog").lagRecords],
  MillraceUrgentLaneLate: ["backlog-critical", (rule) => of(rule, "backlog").ageSeconds],
  MillraceFailureRate: ["failure-rate", (rule) => of(rule, "failure_rate").share],
  MillraceSlowProcessing: ["slow-processing", (rule) => of(rule, "slow_processing").seconds],
  // From so many on: more than one less.
  MillraceDeadLetters: ["dead-letters", (rule) => of(rule, "dead_letters").open - 1],
  MillraceBreakerOpen: ["breaker-open", () => 0],
  MillraceWorkerInactive: ["inactive-worker", () => 0],
  MillraceInstanceSilent: ["inactive-worker", () => 0],
  MillraceUnknownIntent: ["unknown-intent", () => 0],
  MillraceStaleMarketData: ["stale-market-data", (rule) => of(rule, "stale_market_data").ageSeconds],
  MillraceUnguarded: ["unguarded", () => 0]
}

/** Watched by Prometheus only. */
const alone = ["MillraceMemory", "MillraceNobodyLeads", "MillraceControlsSilent"]

const of = <Tag extends AlertRule["_tag"]>(rule: AlertRule, tag: Tag): Extract<AlertRule, { readonly _tag: Tag }> => {
  assert.strictEqual(rule._tag, tag)
  return rule as Extract<AlertRule, { readonly _tag: Tag }>
}

interface PrometheusRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
}

const secondsOf = (text: string | undefined): number => {
  const [, count, unit] = /^(\d+)([sm])$/u.exec(text ?? "0s") ?? []
  return Number(count) * (unit === "m" ? 60 : 1)
}

it("Prometheus' alerts have threshold, time and severity of the built-in rules that watch the same", () => {
  const file = parse(read("infra/observability/alerts.rules.yml").text) as {
    readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<PrometheusRule> }>
  }
  const rules = file.groups.flatMap((group) => group.rules)
  assert.sameMembers(
    rules.map(({ alert }) => alert),
    [...Object.keys(twins), ...alone]
  )
  for (const { alert, expr, labels, for: time } of rules) {
    const [name, threshold] = twins[alert] ?? []
    const rule = defaultRules.get(name ?? "")
    if (rule === undefined || threshold === undefined) continue
    const compared = Number(/(?:>|==) ([\d.]+)/u.exec(expr)?.[1])
    const found = { threshold: compared, seconds: secondsOf(time), severity: labels.severity }
    const expected = { threshold: threshold(rule), seconds: rule.forSeconds, severity: rule.severity }
    assert.deepStrictEqual(found, expected, alert)
  }
})
