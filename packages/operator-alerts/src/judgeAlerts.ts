import { alertKey, type OperatorAlert } from "@millrace/contracts"
import type { Finding } from "./AlertFacts.ts"
import type { AlertRule, AlertRules } from "./AlertRule.ts"

type Alerts = ReadonlyMap<string, OperatorAlert>
type Findings = ReadonlyMap<string, ReadonlyArray<Finding> | undefined>

// Life of an alert:
// found ─▶ pending ─(lasts `forSeconds`)─▶ firing ─(absent for `keepSeconds`)─▶ over
//            └─(absent once)─▶ gone, untold
// What can't be judged now (unknown facts, Kafka down) stays as it is; a pending one begins anew, but not for a probe of Kafka
// that failed once.

/**
 * The alerts after a look. Alerts of rules that are no longer there are over at once.
 *
 * @returns the next alerts, and whether Kafka's silence keeps all others from being judged
 */
export const judgeAlerts = (
  before: Alerts,
  findings: Findings,
  rules: AlertRules,
  nowMs: number
): { readonly alerts: Alerts; readonly inhibited: boolean } => {
  const next = new Map<string, OperatorAlert>()
  const judge = (rule: string, settings: AlertRule, found: ReadonlyArray<Finding> | undefined, anew = true) => {
    const known = found === undefined ? undefined : new Map(found.map((one) => [alertKey(one), one]))
    for (const [key, alert] of before) {
      if (alert.rule !== rule) continue
      const after =
        known === undefined ? asItWas(alert, anew, nowMs) : afterLook(alert, known.get(key), settings, nowMs)
      if (after !== undefined) next.set(key, after)
    }
    for (const [key, finding] of known ?? []) if (!next.has(key)) next.set(key, begun(finding, settings, nowMs))
  }
  const first = [...rules].filter(([, { _tag }]) => _tag === "kafka_down")
  for (const [name, rule] of first) judge(name, rule, findings.get(name))
  const inhibited = next.size > 0
  const isSure = [...next.values()].some(({ state }) => state === "firing")
  for (const [name, rule] of rules)
    if (rule._tag !== "kafka_down") judge(name, rule, inhibited ? undefined : findings.get(name), isSure || !inhibited)
  return { alerts: next, inhibited }
}

const begun = (finding: Finding, { forSeconds }: AlertRule, nowMs: number): OperatorAlert =>
  forSeconds === 0
    ? { ...finding, state: "firing", sinceMs: nowMs, firingSinceMs: nowMs }
    : { ...finding, state: "pending", sinceMs: nowMs }

const asItWas = (alert: OperatorAlert, anew: boolean, nowMs: number): OperatorAlert => {
  if (alert.state === "pending") return anew && alert.sinceMs !== nowMs ? { ...alert, sinceMs: nowMs } : alert
  if (alert.absentSinceMs === undefined) return alert
  const { absentSinceMs: _, ...rest } = alert
  return rest
}

const afterLook = (
  alert: OperatorAlert,
  finding: Finding | undefined,
  { forSeconds, keepSeconds }: AlertRule,
  nowMs: number
): OperatorAlert | undefined => {
  if (finding === undefined) {
    const absentSinceMs = alert.absentSinceMs ?? nowMs
    if (alert.state === "pending" || nowMs - absentSinceMs >= keepSeconds * 1000) return undefined
    return alert.absentSinceMs === undefined ? { ...alert, absentSinceMs } : alert
  }
  if (alert.state === "pending" && nowMs - alert.sinceMs >= forSeconds * 1000)
    return { ...alert, ...finding, state: "firing", firingSinceMs: nowMs }
  if (alert.absentSinceMs === undefined && isSame(alert, finding)) return alert
  const { absentSinceMs: _, ...rest } = alert
  return { ...rest, ...finding }
}

const isSame = (alert: OperatorAlert, { detail, severity }: Finding): boolean =>
  alert.detail === detail && alert.severity === severity
