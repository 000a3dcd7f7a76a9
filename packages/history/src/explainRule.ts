import { accountStateKey, decisions, type Position, type Rule } from "@millrace/contracts"
import { isLimited, limitsOf, marginFigures } from "@millrace/trading"
import { Effect } from "effect"
import { accountsAt } from "./accountsAt.ts"
import { conditionFigures } from "./conditionFigures.ts"
import { PositionNotWatched, type RuleNotStored, type UnknownRule } from "./ExplainError.ts"
import type { Explanation, RecordedDecision, RuleExplanation } from "./Explanation.ts"
import { attemptsOf, countedActions, episodeOf } from "./episodes.ts"
import { findRule, ruleNotStored } from "./findRule.ts"
import { findTick, type Moment } from "./findTick.ts"
import { History } from "./History.ts"
import { BeyondRetention, type HistoryError, type NoTick } from "./HistoryError.ts"
import { decisionsOf, outcomesOf } from "./RuleRecords.ts"
import { reasonAt } from "./reasonAt.ts"
import { switchesAt } from "./switchesAt.ts"
import type { RecordedTick } from "./TickLog.ts"

export interface ExplainRequest {
  readonly ruleId: string
  readonly at: Moment
  /** Absent: every position that the rule watched. */
  readonly positionId?: string
  /** Market whose tick counts for a rule on positions; default `btc_usd`. */
  readonly market?: string
  /** The monitor's `MONITOR_STALE_AFTER`, in milliseconds; default 10 s. */
  readonly freshForMs?: number
}

export type ExplainFailure = HistoryError | NoTick | UnknownRule | RuleNotStored | PositionNotWatched

/** Where nothing holds, decisions of so long before are looked at for what the rule did last, in milliseconds. */
const lookBackMs = 86_400_000

// Outline:
// 1. The rule's account, and the tick in force at the moment.
// 2. What was in force with the tick: account, rule, positions, switches.
// 3. The recorded decisions around it, back to where the episodes began; outcomes and commands since.
// 4. For each position, or the entry: the one first reason, with the figures.

/** Returns why a rule acted or did not with the tick in force at a moment. */
export const explainRule = Effect.fn("History.explainRule")(function* (
  request: ExplainRequest
): Effect.fn.Return<RuleExplanation, ExplainFailure, History> {
  const history = yield* History
  const known = yield* findRule(request.ruleId)
  const market = known.kind === "auto_entry" ? known.market : (request.market ?? "btc_usd")
  const tick = yield* findTick(market, request.at)
  const { accounts, positions, rows, rules } = yield* accountsAt(tick.timestampMs, known.accountId)
  const rule = rules.get(request.ruleId)
  if (rule === undefined) return yield* yield* ruleNotStored(known, tick.timestampMs)
  const switches = yield* switchesAt(tick.timestampMs)
  const watched = rule.kind === "auto_entry" ? [undefined] : positionsOf(rule, tick, [...positions.values()])
  const asked = watched.filter((one) => request.positionId === undefined || one?.positionId === request.positionId)
  if (request.positionId !== undefined && asked.length === 0)
    return yield* new PositionNotWatched({
      ruleId: rule.ruleId,
      positionId: request.positionId,
      atMs: tick.timestampMs,
      watched: watched.flatMap((one) => (one === undefined ? [] : [one.positionId]))
    })
  const of = { accountId: rule.accountId, ruleId: rule.ruleId }
  const storedAtMs = rows.find(({ key }) => key === accountStateKey(rule))?.atMs ?? 0
  const { decided, deleted, oldestMs } = yield* decisionsOf(
    history,
    { ...of, aroundMs: tick.timestampMs },
    (found, backToMs) =>
      asked.every((position) => {
        const decisions = found.get(position?.positionId ?? "*") ?? []
        return isEnough({ rule, storedAtMs, position, tick, decisions }, backToMs)
      })
  )
  const needy = asked.filter((position) => isRecorded(rule, position, tick))
  if (deleted && needy.some((position) => episodeOf(decided.get(position?.positionId ?? "*") ?? [], tick).length === 0))
    return yield* new BeyondRetention({
      subject: `What was decided about ${rule.ruleId}`,
      topic: decisions.name,
      wantedMs: tick.timestampMs,
      ...(oldestMs === undefined ? {} : { oldestMs })
    })
  const sinceMs = Math.min(tick.timestampMs, ...[...decided.values()].flatMap((some) => some[0]?.timestampMs ?? []))
  const outcomes = yield* outcomesOf(history, { ...of, sinceMs })
  const account = accounts.get(rule.accountId)
  const actedAtMs = countedActions({ account, rule }, [...decided.values()].flat(), outcomes, tick)
  const explanations: Array<Explanation> = []
  for (const position of asked) {
    const own = decided.get(position?.positionId ?? "*") ?? []
    const freshForMs = request.freshForMs ?? 10_000
    const finding = reasonAt({ tick, account, rule, position, switches, decisions: own, actedAtMs, freshForMs })
    const episode = episodeOf(own, tick)
    explanations.push({
      position,
      tick,
      finding,
      condition: conditionFigures(rule, position, tick.value.priceUsd),
      figures: position === undefined ? undefined : marginFigures(position, tick.value.priceUsd),
      episode,
      attempts: yield* attemptsOf(history, episode, outcomes)
    })
  }
  return { rule, account, explanations }
})

/** The positions that the rule watched with a tick: of its market, and opened by then. */
const positionsOf = (rule: Rule, { value }: RecordedTick, positions: ReadonlyArray<Position>) =>
  positions
    .filter(
      (position) =>
        position.market === value.market &&
        position.openedAtMs <= value.marketTimeMs &&
        (rule.kind === "auto_entry" || rule.positionId === undefined || rule.positionId === position.positionId)
    )
    .sort((one, other) => (one.positionId < other.positionId ? -1 : 1))

/** Whether the monitor records what it decides with the tick: where the condition holds; of an entry always. */
const isRecorded = (rule: Rule, position: Position | undefined, { value }: RecordedTick): boolean =>
  rule.kind === "auto_entry" || conditionFigures(rule, position, value.priceUsd).holds

interface Known {
  readonly rule: Rule
  /** Wall time at which this version of it was stored. */
  readonly storedAtMs: number
  readonly position: Position | undefined
  readonly tick: RecordedTick
  readonly decisions: ReadonlyArray<RecordedDecision>
}

/** Whether decisions that reach back to a wall time tell everything of an evaluation. */
const isEnough = ({ decisions, position, rule, storedAtMs, tick }: Known, backToMs: number): boolean => {
  if (backToMs > tick.timestampMs) return false
  if (isRecorded(rule, position, tick)) {
    const [first] = episodeOf(decisions, tick)
    return first !== undefined && first.value.previousReason === undefined
  }
  return backToMs <= (isLimited(limitsOf(rule)) ? storedAtMs : tick.timestampMs - lookBackMs)
}
