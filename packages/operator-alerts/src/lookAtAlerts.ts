import { type AlertSilence, alertGroupKey, alertKey } from "@millrace/contracts"
import type { AlertBook, AlertChanges } from "@millrace/store"
import type { AlertFacts } from "./AlertFacts.ts"
import type { AlertRules } from "./AlertRule.ts"
import type { AlertTiming } from "./AlertTiming.ts"
import { decideNotices } from "./decideNotices.ts"
import { findAlerts } from "./findAlerts.ts"
import { judgeAlerts } from "./judgeAlerts.ts"

/** One look: the book after it, and what of it is new. */
export interface AlertLook {
  readonly book: AlertBook
  readonly changes: AlertChanges
}

/** Judges the facts against what was found and told before. Pure: the same input gives the same look. */
export const lookAtAlerts = (
  before: AlertBook,
  facts: AlertFacts,
  given: {
    readonly rules: AlertRules
    readonly silences: ReadonlyArray<AlertSilence>
    readonly timing: AlertTiming
    readonly channels: ReadonlyArray<string>
  }
): AlertLook => {
  const { channels, rules, silences, timing } = given
  const { nowMs } = facts
  const alertsBefore = new Map(before.alerts.map((alert) => [alertKey(alert), alert]))
  const groupsBefore = new Map(before.groups.map((group) => [alertGroupKey(group), group]))
  const { alerts, inhibited } = judgeAlerts(alertsBefore, findAlerts(rules, facts), rules, nowMs)
  const { groups, notices } = decideNotices({ alerts, groups: groupsBefore, silences, rules, inhibited, timing, nowMs })
  return {
    book: { alerts: [...alerts.values()], groups: [...groups.values()] },
    changes: {
      alerts: changed(alertsBefore, alerts),
      alertsGone: gone(alertsBefore, alerts),
      groups: changed(groupsBefore, groups),
      groupsGone: gone(groupsBefore, groups),
      notices,
      channels
    }
  }
}

/** Whether a look leaves something to be kept. */
export const hasChanges = ({ alerts, alertsGone, groups, groupsGone, notices }: AlertChanges): boolean =>
  [alerts, alertsGone, groups, groupsGone, notices].some(({ length }) => length > 0)

const changed = <A>(before: ReadonlyMap<string, A>, after: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...after].flatMap(([key, value]) => (before.get(key) === value ? [] : [value]))

const gone = <A>(before: ReadonlyMap<string, A>, after: ReadonlyMap<string, A>): ReadonlyArray<string> =>
  [...before.keys()].filter((key) => !after.has(key))
