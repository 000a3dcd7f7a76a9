import type { Decision } from "@millrace/contracts"
import { type Percentiles, percentiles } from "./Percentiles.ts"
import { effectKey, effectsAsked, type SeenEffect } from "./RunEffects.ts"
import { type RunCommand, type RunState, standingKey } from "./RunState.ts"
import { type ScenarioIds, type SummaryWaiting, waitingRules } from "./waitingRules.ts"

/** A command of the run under the scenario's own ids. */
export interface SummaryCommand {
  readonly rule: string
  /** `margin_guard`, `tp_sl` or `auto_entry`. */
  readonly kind: string
  readonly account: string
  /** `<rule>/<n>` for the n-th that an entry opened; the rule while it has opened none. */
  readonly position: string
  readonly action: string
  /** What the rule compares, and with what; of an entry `null` and its trigger price (`null`: at once). */
  readonly metric: string | null
  readonly threshold: number | null
  /** Market time and price of the deciding tick. */
  readonly decidedAtMs: number
  readonly decidedPrice: number
  readonly status: string
  readonly reason: string
  /** The exchange's trade or order id; `null` where nothing was done. */
  readonly effectId: string | null
}

/** What `--summary` writes. */
export interface RunSummary {
  readonly ticksSent: number
  readonly ticksEvaluated: number
  readonly marginEvents: number
  readonly duplicates: number
  readonly losses: number
  /** Tick sent by the simulator to order received by it. */
  readonly latencyMs: Percentiles
  /** Each hop of that way, in order; commands that reached it. */
  readonly hopsMs: Readonly<Record<string, Percentiles>>
  readonly commands: ReadonlyArray<SummaryCommand>
  /** Rules that something keeps from acting at the end, with the reason: an entry whose price is not reached, for one. */
  readonly waiting: ReadonlyArray<SummaryWaiting>
}

/** A crossing found by the simulator's own evaluation, under the ids of the run. */
export interface SeenCrossing {
  readonly ruleId: string
  readonly tradeId: string
  readonly marketTimeMs: number
}

/** What the simulator saw, and the monitor confirmed to it. */
export interface SimulatorSummary {
  readonly ticksSent: number
  readonly ticksEvaluated: number
  /** Margin events that the monitor has published. */
  readonly marginEvents: number
  readonly crossings: ReadonlyArray<SeenCrossing>
  readonly effects: ReadonlyArray<SeenEffect>
  /** Price of the last tick. */
  readonly priceUsd: number | undefined
  /** Wall time at which the tick of a market time was sent. */
  readonly sentAtMs: ReadonlyMap<number, number>
}

const countBy = <A>(items: Iterable<A>, keyOf: (item: A) => string): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}

const excess = (left: Map<string, number>, right: Map<string, number>): number => {
  let sum = 0
  for (const [key, count] of left) sum += Math.max(0, count - (right.get(key) ?? 0))
  return sum
}

/** Effects beyond one per command. */
export const countDuplicates = (effects: ReadonlyArray<SeenEffect>, commands: ReadonlyArray<RunCommand>): number =>
  excess(
    countBy(
      effects.flatMap((effect) => effectKey(effect) ?? []),
      (key) => key
    ),
    countBy(commands.flatMap(effectsAsked), (key) => key)
  )

/**
 * Crossings less effects and recorded refusals, matched by rule and position.
 *
 * A command answers the newest crossing up to its decision and those that came while it was under way: the price of a
 * paced feed does not wait for the order. A crossing is also answered by the recorded reason for which the rule could not act.
 */
export const countLosses = (
  crossings: ReadonlyArray<SeenCrossing>,
  commands: ReadonlyArray<RunCommand>,
  effects: ReadonlyArray<SeenEffect>,
  decisions: ReadonlyArray<Decision> = []
): number => {
  const open = new Map<string, Array<number>>()
  for (const { ruleId, tradeId, marketTimeMs } of crossings) {
    const key = standingKey({ ruleId, positionId: tradeId })
    open.set(key, [...(open.get(key) ?? []), marketTimeMs])
  }
  const refusedAt = refusals(decisions)
  for (const [key, times] of open)
    open.set(
      key,
      times.filter((time) => !refusedAt(key, time))
    )
  for (const { command, outcome } of commands) {
    if (outcome?.status !== "completed" && outcome?.status !== "refused") continue
    const key = standingKey(command)
    const times = open.get(key) ?? []
    const newest = Math.max(...times.filter((time) => time <= command.marketTimeMs))
    const appliedAtMs = effects.find(
      (effect) =>
        effect.tradeId === command.positionId &&
        effect.action === command.action._tag &&
        effect.marketTimeMs >= command.marketTimeMs
    )?.marketTimeMs
    open.set(
      key,
      times.filter((time) => time !== newest && !(time > command.marketTimeMs && time <= (appliedAtMs ?? 0)))
    )
  }
  return [...open.values()].reduce((sum, times) => sum + times.length, 0)
}

const acts: ReadonlySet<string> = new Set(["fired", "command_outstanding", "already_acted", "retry_waits"])

/** Whether a rule's newest reason up to a market time was one for which it could not act. */
const refusals = (decisions: ReadonlyArray<Decision>) => {
  const byRule = Map.groupBy(decisions, standingKey)
  return (key: string, atMs: number): boolean => {
    const newest = byRule.get(key)?.findLast(({ marketTimeMs }) => marketTimeMs <= atMs)
    return newest !== undefined && !acts.has(newest.reason)
  }
}

const receivedAt = (effects: ReadonlyArray<SeenEffect>): Map<string, ReadonlyArray<number>> => {
  const times = new Map<string, ReadonlyArray<number>>()
  for (const effect of effects) {
    const key = effectKey(effect)
    if (key !== undefined) times.set(key, [...(times.get(key) ?? []), effect.receivedAtMs])
  }
  return times
}

/** The hops of each command's way that can be told from the records and the simulator, in milliseconds. */
const hops = (simulator: SimulatorSummary, commands: ReadonlyArray<RunCommand>) => {
  const figures: Record<string, Array<number>> = {}
  const add = (hop: string, from: number | undefined, to: number | undefined): void => {
    if (from === undefined || to === undefined) return
    figures[hop] ??= []
    figures[hop].push(to - from)
  }
  const times = receivedAt(simulator.effects)
  for (const entry of commands) {
    const { command, outcome } = entry
    const sent = simulator.sentAtMs.get(command.marketTimeMs)
    const timing = outcome?.timing
    const since = timing?.intentCommittedAtMs ?? command.decidedAtMs
    const received = effectsAsked(entry)
      .flatMap((key) => times.get(key) ?? [])
      .find((at) => at >= since)
    add("total", sent, received)
    add("simulator to market-data", sent, command.tickReceivedAtMs)
    add("market-data to decision", command.tickReceivedAtMs, command.decidedAtMs)
    add("decision to executor", command.decidedAtMs, timing?.commandReceivedAtMs)
    add("executor to ledger commit", timing?.commandReceivedAtMs, timing?.intentCommittedAtMs)
    add("ledger commit to order received", timing?.intentCommittedAtMs, received)
    add("order received to reply", received, timing?.repliedAtMs)
  }
  return figures
}

/** The summary of a run from the records on its topics and from what the simulator saw. */
export const summarize = (state: RunState, simulator: SimulatorSummary, ids: ScenarioIds): RunSummary => {
  const opened = openedNames(state, ids)
  const positionOf = ({ command, outcome }: RunCommand): string =>
    opened.get(command.positionId ?? outcome?.effectId ?? "") ??
    (command.positionId === undefined ? ids.rule(command.ruleId) : ids.position(command.positionId))
  const commands = [...state.commands.values()].sort(
    (a, b) =>
      a.command.marketTimeMs - b.command.marketTimeMs ||
      positionOf(a).localeCompare(positionOf(b)) ||
      ids.rule(a.command.ruleId).localeCompare(ids.rule(b.command.ruleId))
  )
  const { total = [], ...rest } = hops(simulator, commands)
  return {
    ticksSent: simulator.ticksSent,
    ticksEvaluated: simulator.ticksEvaluated,
    marginEvents: state.marginEventIds.size,
    duplicates: countDuplicates(simulator.effects, commands),
    losses: countLosses(simulator.crossings, commands, simulator.effects, [...state.decisions.values()]),
    latencyMs: percentiles(total),
    hopsMs: Object.fromEntries(Object.entries(rest).map(([hop, figures]) => [hop, percentiles(figures)])),
    commands: commands.map((entry) => summaryCommand(entry, positionOf(entry), ids)),
    waiting: waitingRules(state, simulator.priceUsd, { ...ids, position: (id) => opened.get(id) ?? ids.position(id) })
  }
}

const summaryCommand = ({ command, outcome }: RunCommand, position: string, ids: ScenarioIds): SummaryCommand => ({
  rule: ids.rule(command.ruleId),
  kind: command.ruleKind ?? "margin_guard",
  account: ids.account(command.accountId),
  position,
  action: command.action._tag,
  metric: command.metric ?? null,
  threshold: command.threshold ?? null,
  decidedAtMs: command.marketTimeMs,
  decidedPrice: command.priceUsd,
  status: outcome?.status ?? "pending",
  reason: outcome?.reason ?? "no outcome yet",
  effectId: outcome?.effectId ?? null
})

/** What entries opened: the first of a rule is `<rule>/1`. */
const openedNames = (state: RunState, ids: ScenarioIds): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const { command, outcome } of state.commands.values()) {
    const effectId = outcome?.effectId
    if (command.action._tag !== "open_position" || effectId === undefined || names.has(effectId)) continue
    const count = (counts.get(command.ruleId) ?? 0) + 1
    counts.set(command.ruleId, count)
    names.set(effectId, `${ids.rule(command.ruleId)}/${count}`)
  }
  return names
}
