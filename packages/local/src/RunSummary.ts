import { type Percentiles, percentiles } from "./Percentiles.ts"
import type { RunCommand, RunState } from "./RunState.ts"

/** A command of the run under the scenario's own ids. */
export interface SummaryCommand {
  readonly rule: string
  readonly account: string
  readonly position: string
  readonly action: string
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
}

/** Turns ids of the run into the scenario's. */
export interface ScenarioIds {
  readonly account: (id: string) => string
  readonly rule: (id: string) => string
  readonly position: (id: string) => string
}

/** An order as the simulator received and applied it. */
export interface SeenEffect {
  readonly tradeId: string
  readonly action: string
  readonly receivedAtMs: number
  /** Market time at which it was applied. */
  readonly marketTimeMs: number
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
    countBy(effects, (effect) => `${effect.tradeId} ${effect.action}`),
    countBy(commands, ({ command }) => `${command.positionId} ${command.action._tag}`)
  )

/**
 * Crossings less effects and recorded refusals, matched by rule and position.
 *
 * A command answers the newest crossing up to its decision and those that came while it was under way: the price of a
 * paced feed does not wait for the order.
 */
export const countLosses = (
  crossings: ReadonlyArray<SeenCrossing>,
  commands: ReadonlyArray<RunCommand>,
  effects: ReadonlyArray<SeenEffect>
): number => {
  const open = new Map<string, Array<number>>()
  for (const { ruleId, tradeId, marketTimeMs } of crossings) {
    const key = `${ruleId} ${tradeId}`
    open.set(key, [...(open.get(key) ?? []), marketTimeMs])
  }
  for (const { command, outcome } of commands) {
    if (outcome?.status !== "completed" && outcome?.status !== "refused") continue
    const key = `${command.ruleId} ${command.positionId}`
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

const receivedAt = (effects: ReadonlyArray<SeenEffect>): Map<string, ReadonlyArray<number>> => {
  const times = new Map<string, ReadonlyArray<number>>()
  for (const { tradeId, action, receivedAtMs } of effects) {
    const key = `${tradeId} ${action}`
    times.set(key, [...(times.get(key) ?? []), receivedAtMs])
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
  for (const { command, outcome } of commands) {
    const sent = simulator.sentAtMs.get(command.marketTimeMs)
    const timing = outcome?.timing
    const received = times
      .get(`${command.positionId} ${command.action._tag}`)
      ?.find((at) => at >= (timing?.intentCommittedAtMs ?? command.decidedAtMs))
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
  const commands = [...state.commands.values()].sort(
    (a, b) =>
      a.command.marketTimeMs - b.command.marketTimeMs ||
      ids.position(a.command.positionId).localeCompare(ids.position(b.command.positionId)) ||
      ids.rule(a.command.ruleId).localeCompare(ids.rule(b.command.ruleId))
  )
  const { total = [], ...rest } = hops(simulator, commands)
  return {
    ticksSent: simulator.ticksSent,
    ticksEvaluated: simulator.ticksEvaluated,
    marginEvents: state.marginEventIds.size,
    duplicates: countDuplicates(simulator.effects, commands),
    losses: countLosses(simulator.crossings, commands, simulator.effects),
    latencyMs: percentiles(total),
    hopsMs: Object.fromEntries(Object.entries(rest).map(([hop, figures]) => [hop, percentiles(figures)])),
    commands: commands.map(({ command, outcome }) => ({
      rule: ids.rule(command.ruleId),
      account: ids.account(command.accountId),
      position: ids.position(command.positionId),
      action: command.action._tag,
      decidedAtMs: command.marketTimeMs,
      decidedPrice: command.priceUsd,
      status: outcome?.status ?? "pending",
      reason: outcome?.reason ?? "no outcome yet",
      effectId: outcome?.effectId ?? null
    }))
  }
}
