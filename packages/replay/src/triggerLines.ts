import type { Position, Rule } from "@millrace/contracts"
import { conditionOf, entryTriggerOf, triggerOf } from "@millrace/trading"
import type { LogEntry } from "./DecisionLog.ts"

/** Where a rule triggers for a position, as long as its figures stay the same; an entry's line is there all the time. */
export interface TriggerLine {
  readonly ruleId: string
  readonly accountId: string
  readonly position?: string
  readonly fromMs: number
  readonly toMs: number
  readonly priceUsd: number
}

/** The trigger lines of a log, one for each rule and revision of a position. */
export const triggerLines = (
  log: ReadonlyArray<LogEntry>,
  rules: ReadonlyArray<Rule>,
  range: { readonly fromMs: number; readonly toMs: number }
): ReadonlyArray<TriggerLine> => {
  const revisions = Map.groupBy(
    log.filter((entry) => entry.type === "position"),
    ({ value }) => value.positionId
  )
  const ofPositions = [...revisions.values()].flatMap((entries) =>
    entries.flatMap((entry, index) => {
      if (entry.type !== "position" || entry.value.status === "closed") return []
      const toMs = entries[index + 1]?.marketTimeMs ?? range.toMs
      const span = { fromMs: Math.max(range.fromMs, entry.marketTimeMs), toMs }
      return rules.flatMap((rule) => lineOf(rule, entry.value, entry.position ?? entry.value.positionId, span) ?? [])
    })
  )
  return [...ofPositions, ...rules.flatMap((rule) => entryLine(rule, range) ?? [])]
}

type Span = Pick<TriggerLine, "fromMs" | "toMs">

const lineOf = (rule: Rule, position: Position, name: string, span: Span): TriggerLine | undefined => {
  if (rule.kind === "auto_entry" || rule.accountId !== position.accountId || !rule.enabled) return undefined
  if (rule.positionId !== undefined && rule.positionId !== position.positionId) return undefined
  const { priceUsd } = triggerOf(position, conditionOf(rule))
  return { ruleId: rule.ruleId, accountId: rule.accountId, position: name, priceUsd, ...span }
}

const entryLine = (rule: Rule, span: Span): TriggerLine | undefined => {
  const trigger = rule.kind === "auto_entry" && rule.enabled ? entryTriggerOf(rule) : undefined
  return trigger === undefined
    ? undefined
    : { ruleId: rule.ruleId, accountId: rule.accountId, priceUsd: trigger.priceUsd, ...span }
}
