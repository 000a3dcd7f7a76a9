import type { AutoEntryRule, Decision, Position, PositionRule, Rule } from "@millrace/contracts"
import { conditionOf, entryReached, entryTriggerOf, figureAt, holdsAt, triggerOf } from "@millrace/trading"
import { isWaiting, type RunCommand, type RunState, standingKey } from "./RunState.ts"
import { signedPercent, waitingWords } from "./ruleWords.ts"

/** A rule with what it watches, as the live view shows it at one price. */
export interface WatchRow {
  readonly rule: Rule
  readonly accountId: string
  /** The position, or the one that an entry would open. */
  readonly subject: string
  /** The figure that the rule compares, in words; absent for an entry, which compares the price. */
  readonly figure?: string
  /** Way that the figure has gone to its trigger: 0 at entry, 1 at the trigger. */
  readonly share?: number
  /** Price at which the rule acts next; absent: at once, or nothing more will come of it. */
  readonly triggerUsd?: number
  /** Share of the price that is left to the trigger; 0 once it is reached, infinite once nothing more will come. */
  readonly distance: number
  readonly state: string
  readonly hasEnded: boolean
}

/** One row for each pair of a rule and a position and for each entry: nearest to its trigger first, ended ones last. */
export const watchRows = (state: RunState, priceUsd: number): ReadonlyArray<WatchRow> => {
  const newest = newestCommands(state)
  const rows: Array<WatchRow> = []
  const rulesOf = Map.groupBy(state.rules.values(), ({ accountId }) => accountId)
  for (const position of state.positions.values())
    for (const rule of rulesOf.get(position.accountId) ?? [])
      if (rule.kind !== "auto_entry" && (rule.positionId ?? position.positionId) === position.positionId)
        rows.push(pairRow(state, newest, position, rule, priceUsd))
  for (const rule of state.rules.values())
    if (rule.kind === "auto_entry") rows.push(entryRow(state, newest, rule, priceUsd))
  return rows.sort((a, b) => a.distance - b.distance)
}

type Newest = ReadonlyMap<string, RunCommand>

const newestCommands = (state: RunState): Newest =>
  new Map([...state.commands.values()].map((entry) => [standingKey(entry.command), entry]))

const pairRow = (
  state: RunState,
  newest: Newest,
  position: Position,
  rule: PositionRule,
  priceUsd: number
): WatchRow => {
  const condition = conditionOf(rule)
  const figure = figureAt(position, condition.metric, priceUsd)
  const hasEnded = position.status === "closed"
  const isReached = holdsAt(position, condition, priceUsd)
  const { priceUsd: triggerUsd } = triggerOf(position, condition)
  const key = standingKey({ ruleId: rule.ruleId, positionId: position.positionId })
  const leverage = Math.round(position.leverage * 10) / 10
  const common = {
    rule,
    accountId: position.accountId,
    subject: `${sideWords(position.side)} ${String(position.quantityUsd).padStart(7)} USD ${String(leverage).padStart(5)}x${position.marginMode === "cross" ? " cross" : ""}`,
    hasEnded
  }
  if (hasEnded) return { ...common, distance: Infinity, state: position.closeReason ?? "closed" }
  const level = state.levels.get(position.positionId)?.level ?? "normal"
  return {
    ...common,
    figure: figureWords(condition.metric, figure),
    share: condition.side === "at_most" && condition.limit > 0 ? condition.limit / figure : figure / condition.limit,
    triggerUsd,
    distance: isReached ? 0 : Math.abs(priceUsd - triggerUsd) / priceUsd,
    // A reason is recorded when it begins to block; once the condition no longer holds, nothing is blocked.
    state: stateWords(newest.get(key), isReached ? state.standing.get(key) : undefined) ?? level
  }
}

const entryRow = (state: RunState, newest: Newest, rule: AutoEntryRule, priceUsd: number): WatchRow => {
  const key = standingKey(rule)
  const decision = state.standing.get(key)
  const command = newest.get(key)
  const trigger = entryTriggerOf(rule)
  const hasEnded = command?.outcome?.status === "completed" && decision !== undefined && isSpent(decision)
  const common = {
    rule,
    accountId: rule.accountId,
    subject: `${sideWords(rule.side)} ${String(rule.quantityUsd).padStart(7)} USD ${String(rule.leverage).padStart(5)}x${rule.marginMode === "cross" ? " cross" : ""}`,
    hasEnded
  }
  const words = stateWords(command, decision) ?? "not evaluated yet"
  if (hasEnded) return { ...common, distance: Infinity, state: words }
  return {
    ...common,
    ...(trigger === undefined ? {} : { triggerUsd: trigger.priceUsd }),
    distance:
      trigger === undefined || entryReached(rule, priceUsd) ? 0 : Math.abs(priceUsd - trigger.priceUsd) / priceUsd,
    state: words
  }
}

const isSpent = ({ reason, untilMs }: Decision): boolean => reason === "max_actions" && untilMs === undefined

/** What came of the newest command, and what keeps the rule from the next one; undefined: neither. */
const stateWords = (newest: RunCommand | undefined, decision: Decision | undefined): string | undefined => {
  const blocks = decision !== undefined && isWaiting(decision) ? decision : undefined
  if (newest === undefined) return blocks === undefined ? undefined : waitingWords(blocks)
  const { command, outcome } = newest
  const done = `${command.action._tag} ${outcome === undefined ? "sent" : outcome.status}`
  if (outcome !== undefined && outcome.status !== "completed") return `${done}, ${outcome.reason}`
  const isNewer = blocks !== undefined && blocks.marketTimeMs > command.marketTimeMs
  return isNewer ? `${done}; ${waitingWords(blocks)}` : done
}

const sideWords = (side: "buy" | "sell"): string => (side === "buy" ? "long " : "short")

const figureWords = (metric: ReturnType<typeof conditionOf>["metric"], figure: number): string => {
  switch (metric) {
    case "margin_loss":
      return `lost ${(figure * 100).toFixed(1)} %`
    case "return_on_margin":
      return `P&L ${signedPercent(figure, 1)}`
    case "exchange_margin_ratio":
      return `ratio ${(figure * 100).toFixed(1)} %`
    case "distance_to_liquidation":
      return `${(figure * 100).toFixed(1)} % to go`
  }
}
