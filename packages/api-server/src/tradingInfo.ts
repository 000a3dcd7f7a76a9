import type { AccountInfo, PositionInfo, RuleInfo, TriggerInfo } from "@millrace/api"
import type { Account, Position, PositionRule, Rule, TradingMode, TradingSwitch } from "@millrace/contracts"
import { conditionOf, entryTriggerOf, marginFigures, type Trigger, triggerOf } from "@millrace/trading"
import type { PublishedTrading, ViewedAccount } from "./PublishedTrading.ts"

/** The strictest mode of the switches that cover an account, or one of its rules. */
export const modeOf = (switches: ReadonlyArray<TradingSwitch>, accountId: string, ruleId?: string): TradingMode => {
  const covering = switches.filter(
    (one) =>
      one.accountId === undefined ||
      (one.accountId === accountId && (one.ruleId === undefined || one.ruleId === ruleId))
  )
  if (covering.some(({ mode }) => mode === "HALTED")) return "HALTED"
  return covering.length === 0 ? "ACTIVE" : "REDUCE_ONLY"
}

/** How far the price has to move, as a share of it; at or beyond the trigger 0 or less. */
const distanceOf = ({ direction, priceUsd }: Trigger, present: number): number =>
  direction === "falls" ? (present - priceUsd) / present : (priceUsd - present) / present

const triggerInfo = (rule: Rule, action: string, trigger: Trigger, present: number | undefined): TriggerInfo => {
  const reachable = Number.isFinite(trigger.priceUsd) && trigger.priceUsd > 0
  return {
    ruleId: rule.ruleId,
    kind: rule.kind,
    action,
    direction: trigger.direction,
    ...(reachable ? { priceUsd: trigger.priceUsd } : {}),
    ...(reachable && present !== undefined ? { distance: distanceOf(trigger, present) } : {}),
    enabled: rule.enabled,
    dryRun: rule.dryRun
  }
}

const watches = (rule: Rule, position: Position): rule is PositionRule =>
  rule.kind !== "auto_entry" && (rule.positionId === undefined || rule.positionId === position.positionId)

const byDistance = (one: { readonly distance?: number }, other: { readonly distance?: number }): number =>
  (one.distance ?? Number.POSITIVE_INFINITY) - (other.distance ?? Number.POSITIVE_INFINITY)

/** The distance of the nearest trigger of a rule that is enabled; undefined: none can be reached. */
const nearestOf = (triggers: ReadonlyArray<TriggerInfo>): number | undefined =>
  triggers.find(({ distance, enabled }) => enabled && distance !== undefined)?.distance

/** An open position with its figures at the last price, and where its rules act. */
export const positionInfo = (view: PublishedTrading, one: ViewedAccount, position: Position): PositionInfo => {
  const present = view.market(position.market)?.last.priceUsd
  const triggers = [...one.rules.values()]
    .filter((rule) => watches(rule, position))
    .map((rule) => triggerInfo(rule, rule.action, triggerOf(position, conditionOf(rule)), present))
    .sort(byDistance)
  const nearest = nearestOf(triggers)
  return {
    position,
    accountName: one.account?.name ?? one.accountId,
    level: view.levelOf(position.positionId),
    triggers,
    ...(present === undefined ? {} : { priceUsd: present, figures: marginFigures(position, present) }),
    ...(nearest === undefined ? {} : { nearest })
  }
}

/** A rule as its account's page lists it. */
export const ruleInfo = (view: PublishedTrading, rule: Rule, switches: ReadonlyArray<TradingSwitch>): RuleInfo => {
  const trigger = rule.kind === "auto_entry" ? entryTriggerOf(rule) : undefined
  const present = rule.kind === "auto_entry" ? view.market(rule.market)?.last.priceUsd : undefined
  return {
    rule,
    mode: modeOf(switches, rule.accountId, rule.ruleId),
    ...(trigger === undefined ? {} : { trigger: triggerInfo(rule, "open_position", trigger, present) })
  }
}

/** An account as a list shows it. */
export const accountInfo = (
  view: PublishedTrading,
  one: ViewedAccount & { readonly account: Account },
  switches: ReadonlyArray<TradingSwitch>
): AccountInfo => {
  const open = [...one.positions.values()].map((position) => positionInfo(view, one, position))
  const distances = open.flatMap(({ nearest }) => (nearest === undefined ? [] : [nearest]))
  return {
    account: one.account,
    mode: modeOf(switches, one.accountId),
    positions: open.length,
    rules: one.rules.size,
    pnlSats: open.reduce((total, { figures }) => total + (figures?.pnlSats ?? 0), 0),
    ...(distances.length === 0 ? {} : { nearest: Math.min(...distances) })
  }
}
