import {
  type AlertGroup,
  type AlertNotice,
  type AlertSeverity,
  type AlertSilence,
  alertGroupKey,
  alertKey,
  deterministicId,
  type OperatorAlert,
  type ToldAlert
} from "@millrace/contracts"
import type { AlertRules } from "./AlertRule.ts"
import type { AlertTiming } from "./AlertTiming.ts"
import { isSilenced } from "./matches.ts"

/** Alerts that a message lists; of the others it says how many there are. */
export const mostListed = 20

export interface NoticeInput {
  readonly alerts: ReadonlyMap<string, OperatorAlert>
  readonly groups: ReadonlyMap<string, AlertGroup>
  readonly silences: ReadonlyArray<AlertSilence>
  readonly rules: AlertRules
  /** Kafka is down: only that is told. */
  readonly inhibited: boolean
  readonly timing: AlertTiming
  readonly nowMs: number
}

/**
 * What is to be told now, and the groups after it.
 *
 * A group is told of what is new in it, alerts that fire and alerts that are over, `groupWaitMs` after the first change and
 * never sooner than `groupIntervalMs` after its last message; and again after `repeatMs` without one while something lasts.
 * What is silenced is as if it had not changed, until the silence ends.
 */
export const decideNotices = (
  input: NoticeInput
): { readonly groups: ReadonlyMap<string, AlertGroup>; readonly notices: ReadonlyArray<AlertNotice> } => {
  const firing = new Map<string, Array<OperatorAlert>>()
  for (const alert of input.alerts.values()) {
    if (alert.state !== "firing") continue
    const key = alertGroupKey(alert)
    const own = firing.get(key)
    if (own === undefined) firing.set(key, [alert])
    else own.push(alert)
  }
  const groups = new Map<string, AlertGroup>()
  const notices: Array<AlertNotice> = []
  for (const key of new Set([...input.groups.keys(), ...firing.keys()])) {
    const own = firing.get(key) ?? []
    const group = input.groups.get(key) ?? newGroup(own[0]!)
    if (input.inhibited && input.rules.get(group.rule)?._tag !== "kafka_down") {
      if (input.groups.has(key)) groups.set(key, group)
      continue
    }
    const decided = decideGroup(group, own, input)
    if (decided.notice !== undefined) notices.push(decided.notice)
    if (decided.group !== undefined) groups.set(key, decided.group)
  }
  return { groups, notices }
}

const newGroup = ({ rule, workspaceId }: OperatorAlert): AlertGroup => ({ rule, workspaceId, messages: 0, told: [] })

const decideGroup = (group: AlertGroup, firing: ReadonlyArray<OperatorAlert>, input: NoticeInput) => {
  const { nowMs, silences, timing } = input
  const isHidden = (about: OperatorAlert | ToldAlert) => isSilenced(silences, nowMs, about)
  const told = new Set(group.told.map(alertKey))
  const current = new Set(firing.map(alertKey))
  const visible = firing.filter((alert) => !isHidden(alert))
  const over = group.told.filter((alert) => !current.has(alertKey(alert)) && !isHidden(alert))
  const isNew = over.length > 0 || visible.some((alert) => !told.has(alertKey(alert)))

  const newSinceMs = isNew ? (group.newSinceMs ?? nowMs) : undefined
  const sinceLastMs = group.toldAtMs === undefined ? Number.POSITIVE_INFINITY : nowMs - group.toldAtMs
  const isDue =
    newSinceMs === undefined
      ? visible.length > 0 && sinceLastMs >= timing.repeatMs
      : nowMs - newSinceMs >= timing.groupWaitMs && sinceLastMs >= timing.groupIntervalMs

  if (!isDue) {
    const isOver = firing.length === 0 && group.told.length === 0 && sinceLastMs >= timing.groupIntervalMs
    return {
      group: isOver || isUntold(group, newSinceMs) ? undefined : withNewSince(group, newSinceMs),
      notice: undefined
    }
  }
  const hidden = group.told.filter(isHidden)
  const { newSinceMs: _, ...rest } = group
  const next: AlertGroup = {
    ...rest,
    toldAtMs: nowMs,
    messages: group.messages + 1,
    told: [...visible.map(toldOf), ...hidden.filter((one) => !visible.some((two) => alertKey(one) === alertKey(two)))]
  }
  return { group: next, notice: noticeOf(next, visible, over, newSinceMs === undefined, input) }
}

/** Nothing was ever told of it, and nothing is to be told now: there is nothing to remember. */
const isUntold = ({ toldAtMs }: AlertGroup, newSinceMs: number | undefined): boolean =>
  toldAtMs === undefined && newSinceMs === undefined

const withNewSince = (group: AlertGroup, newSinceMs: number | undefined): AlertGroup => {
  if (group.newSinceMs === newSinceMs) return group
  const { newSinceMs: _, ...rest } = group
  return newSinceMs === undefined ? rest : { ...rest, newSinceMs }
}

const toldOf = ({
  detail,
  firingSinceMs,
  rule,
  severity,
  sinceMs,
  subject,
  workspaceId
}: OperatorAlert): ToldAlert => ({
  rule,
  subject,
  workspaceId,
  severity,
  detail,
  firingSinceMs: firingSinceMs ?? sinceMs
})

const noticeOf = (
  { messages, rule, workspaceId }: AlertGroup,
  visible: ReadonlyArray<OperatorAlert>,
  over: ReadonlyArray<ToldAlert>,
  again: boolean,
  { nowMs, rules }: NoticeInput
): AlertNotice => {
  const settings = rules.get(rule)
  const about = [...visible, ...over]
  const severity: AlertSeverity = about.some((one) => one.severity === "critical") ? "critical" : "warning"
  return {
    noticeId: deterministicId("operator-alert", rule, workspaceId, String(messages), String(nowMs)),
    kind: visible.length === 0 ? "resolved" : again ? "reminder" : "firing",
    rule,
    workspaceId,
    severity,
    title: settings?.title ?? `The rule ${rule} is no longer there`,
    whatToDo: settings?.whatToDo ?? "",
    firing: visible.slice(0, mostListed).map(toldOf),
    resolved: over.slice(0, mostListed),
    more: Math.max(0, visible.length - mostListed),
    atMs: nowMs
  }
}
