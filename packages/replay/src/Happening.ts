import type { CommandAction } from "@millrace/contracts"
import type { LogEntry } from "./DecisionLog.ts"

/** What the log tells, made comparable: a command with its outcome is one act. */
export interface Happening {
  readonly kind: "act" | "decision" | "margin_event" | "position"
  readonly accountId: string
  readonly ruleId?: string
  /** The scenario's name; `<rule>/<n>` for the n-th that an entry opened; else its id. */
  readonly position?: string
  /** Market time of the deciding tick, in milliseconds. */
  readonly atMs: number
  readonly priceUsd?: number
  /** What it comes down to: two happenings with the same words are the same. */
  readonly what: string
  /** For people; they decide nothing. */
  readonly figures: Readonly<Record<string, number>>
}

/** The log's happenings in order. An act is where its command is. */
export const happeningsOf = (log: ReadonlyArray<LogEntry>): ReadonlyArray<Happening> => {
  const names = positionNames(log)
  const outcomes = new Map<string, Extract<LogEntry, { readonly type: "outcome" }>>()
  for (const entry of log) if (entry.type === "outcome") outcomes.set(entry.value.commandId, entry)
  return log.flatMap((entry) => happeningOf(entry, names, outcomes) ?? [])
}

type Outcomes = ReadonlyMap<string, Extract<LogEntry, { readonly type: "outcome" }>>

const happeningOf = (entry: LogEntry, names: ReadonlyMap<string, string>, outcomes: Outcomes) => {
  const { positionId } = entry.value
  const position = positionId === undefined ? {} : { position: names.get(positionId) ?? positionId }
  switch (entry.type) {
    case "command":
      return actOf(entry.value, position, outcomes.get(entry.value.commandId)?.value)
    case "margin_event": {
      const { accountId, figures, level, marketTimeMs, previousLevel, priceUsd } = entry.value
      const what = `${previousLevel} → ${level}`
      return happening({ kind: "margin_event", accountId, atMs: marketTimeMs, priceUsd, what, figures, ...position })
    }
    case "decision": {
      const { accountId, figures, marketTimeMs, priceUsd, reason, ruleId } = entry.value
      const shown = figures ?? {}
      return happening({
        ...{ kind: "decision", accountId, ruleId, atMs: marketTimeMs, priceUsd, what: reason, figures: shown },
        ...position
      })
    }
    case "position": {
      const { accountId, closeReason, closedAtMs, marginSats, pnlSats, status } = entry.value
      const what = status === "open" ? `open, margin ${marginSats} sats` : (closeReason ?? "closed")
      const figures = { marginSats, ...(pnlSats === undefined ? {} : { pnlSats }) }
      return happening({
        ...{ kind: "position", accountId, atMs: closedAtMs ?? entry.marketTimeMs, what, figures },
        ...position
      })
    }
    case "outcome":
      return undefined
  }
}

const happening = (one: Happening): Happening => one

const actOf = (
  command: Extract<LogEntry, { readonly type: "command" }>["value"],
  position: { readonly position?: string },
  outcome: Extract<LogEntry, { readonly type: "outcome" }>["value"] | undefined
): Happening => {
  const { accountId, action, dryRun, figures, marketTimeMs, priceUsd, ruleId } = command
  const result = outcome === undefined ? "no outcome" : `${outcome.status} (${outcome.reason})`
  return {
    kind: "act",
    accountId,
    ruleId,
    ...position,
    atMs: marketTimeMs,
    priceUsd,
    what: `${actionWords(action)}${dryRun ? ", dry run" : ""}: ${result}`,
    figures: { ...figures, ...(outcome?.pnlSats === undefined ? {} : { pnlSats: outcome.pnlSats }) }
  }
}

/** An action in words, with what it is about. */
export const actionWords = (action: CommandAction): string => {
  switch (action._tag) {
    case "close_position":
      return "close"
    case "reduce_position":
      return `reduce by ${action.reducePercentage} %`
    case "add_margin":
      return `add ${action.amountSats} sats`
    case "cash_in":
      return `cash in ${action.amountSats} sats`
    case "set_take_profit":
      return `take profit at ${action.priceUsd}`
    case "set_stop_loss":
      return `stop loss at ${action.priceUsd}`
    case "open_position":
      return `${action.side} ${action.quantityUsd} USD at ${action.leverage}x`
  }
}

/** Names of positions: the id of what an entry opens follows from all that came before, so it can't tell two runs apart. */
const positionNames = (log: ReadonlyArray<LogEntry>): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const entry of log) {
    const { positionId } = entry.value
    if (positionId !== undefined && entry.position !== undefined) names.set(positionId, entry.position)
    if (entry.type !== "outcome" || entry.value.action._tag !== "open_position") continue
    const { effectId, ruleId } = entry.value
    if (effectId === undefined || names.has(effectId)) continue
    const count = (counts.get(ruleId) ?? 0) + 1
    counts.set(ruleId, count)
    names.set(effectId, `${ruleId}/${count}`)
  }
  return names
}
