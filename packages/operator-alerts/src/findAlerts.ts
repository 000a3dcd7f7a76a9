import { systemWorkspace } from "@millrace/contracts"
import type { AlertFacts, Finding, Found } from "./AlertFacts.ts"
import type { AlertRule, AlertRules } from "./AlertRule.ts"
import { backlogs, failureRates, slowLanes } from "./findLanes.ts"
import { deadLetters, inactiveWorkers, notReady, openBreakers } from "./findWorkers.ts"
import { fits } from "./matches.ts"
import { age } from "./words.ts"

/** Findings of a rule that are kept at most; beyond them it has found enough. */
const most = 500

/** What each rule finds on the facts, by subject; `undefined`: what it needs is not known now. */
export const findAlerts = (
  rules: AlertRules,
  facts: AlertFacts
): ReadonlyMap<string, ReadonlyArray<Finding> | undefined> =>
  new Map(
    [...rules].map(([rule, settings]) => {
      const { except, only, severity } = settings
      const found = foundBy(settings, facts)?.filter(
        ({ subject }) =>
          (only === undefined || only.some((pattern) => fits(pattern, subject))) &&
          !(except ?? []).some((pattern) => fits(pattern, subject))
      )
      const findings = found?.map(({ detail, subject, workspaceId = systemWorkspace }) => ({
        rule,
        subject,
        workspaceId,
        severity,
        detail
      }))
      return [rule, findings?.toSorted((one, other) => (one.subject < other.subject ? -1 : 1)).slice(0, most)] as const
    })
  )

const foundBy = (rule: AlertRule, facts: AlertFacts): ReadonlyArray<Found> | undefined => {
  const { channels, instances, kafkaDown, lastTickAtMs, nowMs, unguarded, unknownOrders } = facts
  switch (rule._tag) {
    case "kafka_down":
      return kafkaDown === undefined ? [] : [{ subject: "Kafka", detail: kafkaDown }]
    case "inactive_worker":
      return instances && inactiveWorkers(instances, rule.workers, nowMs)
    case "not_ready":
      return instances && notReady(instances)
    case "backlog":
      return instances && backlogs(instances, rule)
    case "failure_rate":
      return instances && failureRates(instances, rule)
    case "slow_processing":
      return instances && slowLanes(instances, rule)
    case "dead_letters":
      return instances && deadLetters(instances, Math.max(1, rule.open))
    case "breaker_open":
      return instances && openBreakers(instances)
    case "unknown_intent":
      return unknownOrders?.map(({ accountId, action, intentId, workspaceId }) => ({
        subject: intentId,
        workspaceId,
        detail: `${action} of account ${accountId}`
      }))
    case "unguarded":
      return unguarded?.map(({ accountId, positions, workspaceId }) => ({
        subject: accountId,
        workspaceId,
        detail: `${positions} guarded ${positions === 1 ? "position" : "positions"}`
      }))
    case "stale_market_data": {
      if (lastTickAtMs === undefined) return undefined
      const silentMs = nowMs - lastTickAtMs
      return silentMs < rule.ageSeconds * 1000
        ? []
        : [{ subject: "market-ticks", detail: `no tick for ${age(silentMs)}` }]
    }
    case "channel_failing":
      return channels?.flatMap(({ channel, last, oldestWaitingMs, waiting, waitingBecause }) => {
        if (oldestWaitingMs >= rule.ageSeconds * 1000)
          return [
            {
              subject: channel,
              detail: `${waiting} messages wait, the oldest for ${age(oldestWaitingMs)}: ${waitingBecause ?? "not tried"}`
            }
          ]
        return last !== undefined && last.end !== "delivered" ? [{ subject: channel, detail: last.detail }] : []
      })
  }
}
