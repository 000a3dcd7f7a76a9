import {
  type AccountState,
  type EvaluationProgress,
  type MarginState,
  type MarketTick,
  marginStateKey,
  type TradeOutcome,
  type TradingScope
} from "@millrace/contracts"
import type { Incoming, TableChange } from "@millrace/runtime"
import type { VerdictOf } from "./applyVerdicts.ts"
import { Evaluator } from "./Evaluator.ts"
import type { EvaluatorSettings } from "./EvaluatorSettings.ts"
import type { Outputs } from "./Output.ts"
import { RecentTicks } from "./RecentTicks.ts"

export interface MonitorOptions {
  readonly instance: string
  readonly partitionCount: number
  readonly settings: EvaluatorSettings
  readonly recentTicks: number
  /** What the controls say of a rule. */
  readonly verdictOf: VerdictOf
  /** A partition's progress is written with its outputs, else this often. */
  readonly progressEveryMs: number
  /** Wall time in milliseconds. */
  readonly now: () => number
  /** Where outputs go, in the order in which they were decided. */
  readonly put: (partition: number, outputs: Outputs) => void
}

/** The tables whose rows a partition needs before it can be evaluated. */
export type MonitorTable = "account-state" | "margin-state"

interface Owned {
  readonly evaluator: Evaluator
  readonly ready: Set<MonitorTable>
  /** Offset of the newest row of each table. */
  readonly offsets: Record<MonitorTable, number>
  /** Wall time at which its progress was last written. */
  progressAtMs: number
}

/**
 * The partitions that this instance evaluates, one evaluator each, and the ticks that go to all of them.
 *
 * A partition that comes from another instance is first evaluated from where that one stopped, while the others stay live.
 */
export class Monitor {
  private readonly options: MonitorOptions
  private readonly owned = new Map<number, Owned>()
  private readonly recent: RecentTicks
  /** Offset of the newest tick taken, per partition of market-ticks: a chunk that comes again is not evaluated again. */
  private readonly tickOffsets = new Map<number, number>()
  private evaluatedToMs = 0
  private ticksEvaluated = 0
  private confirmed = { evaluatedToMs: 0, ticksEvaluated: 0 }
  private marginEvents = 0
  private commands = 0
  private evaluationMs = 0
  /** Receipt of the newest tick by market-data, or this monitor's start. */
  private freshAtMs: number

  constructor(options: MonitorOptions) {
    this.options = options
    this.freshAtMs = options.now()
    this.recent = new RecentTicks(options.recentTicks)
  }

  accountChanged(change: TableChange<AccountState>): void {
    const owned = this.reading("account-state", change)
    const { evaluator } = owned
    this.put(change.partition, evaluator.change(change, this.options.now()))
    const { value } = change
    if (evaluator.started && value?._tag === "Rule")
      evaluator.controlled({ accountId: value.accountId, ruleId: value.ruleId }, this.options.verdictOf)
  }

  /** A trading switch, or whether the switches can be read, changed for a scope; empty: for everything. */
  controlsChanged(scope: TradingScope): void {
    for (const { evaluator } of this.owned.values()) evaluator.controlled(scope, this.options.verdictOf)
  }

  marginStateChanged(change: TableChange<MarginState>): void {
    this.reading("margin-state", change).evaluator.restore(change)
  }

  /** A table's partition was read to its end, or given away. */
  partitionChanged(table: MonitorTable, partition: number, event: "ready" | "revoked"): void {
    if (event === "revoked") {
      this.owned.delete(partition)
      return
    }
    const owned = this.own(partition)
    owned.ready.add(table)
    if (owned.ready.size < 2 || owned.evaluator.started) return
    owned.evaluator.controlled({}, this.options.verdictOf)
    this.put(partition, owned.evaluator.start(this.options.now()))
    this.catchUp(partition, owned)
  }

  /** Evaluates a tick for all partitions at once. */
  tick(record: Incoming<MarketTick>): void {
    if (record.offset <= (this.tickOffsets.get(record.partition) ?? -1)) return
    this.tickOffsets.set(record.partition, record.offset)
    const tick = record.value
    if (!this.recent.add(tick)) return
    if (tick.source !== "backfill") this.freshAtMs = Math.max(this.freshAtMs, tick.receivedAtMs)
    const from = this.options.now()
    for (const [partition, owned] of this.owned) if (owned.evaluator.started) this.evaluate(partition, owned, tick)
    this.evaluationMs = this.options.now() - from
    this.ticksEvaluated++
    this.evaluatedToMs = tick.marketTimeMs
  }

  /** Returns false when the partition's tables are not read yet. */
  outcome(record: Incoming<TradeOutcome>): boolean {
    const owned = this.owned.get(record.partition)
    if (owned === undefined || !owned.evaluator.started) return false
    this.put(record.partition, owned.evaluator.outcome(record.value, record.workspaceId, this.options.now()))
    return true
  }

  /** For metrics: commands decided, entries watched, the time that the newest tick took, and its age. */
  get figures(): Readonly<Record<"commands" | "entries" | "evaluationMs" | "tickAgeMs", number>> {
    const entries = [...this.owned.values()].reduce((sum, { evaluator }) => sum + evaluator.entriesWatched, 0)
    const tickAgeMs = Math.max(0, this.options.now() - this.freshAtMs)
    return { commands: this.commands, entries, evaluationMs: this.evaluationMs, tickAgeMs }
  }

  /** The outputs of all ticks taken so far are with the broker. */
  confirm(): void {
    this.confirmed = { evaluatedToMs: this.evaluatedToMs, ticksEvaluated: this.ticksEvaluated }
  }

  /** What was evaluated and published. */
  progress(): EvaluationProgress {
    const started = [...this.owned].filter(([, owned]) => owned.evaluator.started)
    return {
      instance: this.options.instance,
      partitions: started.map(([partition]) => partition).sort((a, b) => a - b),
      partitionCount: this.options.partitionCount,
      ...this.confirmed,
      marginEvents: this.marginEvents,
      positionsWatched: started.reduce((sum, [, owned]) => sum + owned.evaluator.positionsWatched, 0),
      pairsWatched: started.reduce((sum, [, owned]) => sum + owned.evaluator.pairsWatched, 0),
      entriesWatched: started.reduce((sum, [, owned]) => sum + owned.evaluator.entriesWatched, 0),
      openCommands: started.flatMap(([, owned]) => [...owned.evaluator.openCommands()])
    }
  }

  private catchUp(partition: number, owned: Owned): void {
    for (const tick of this.recent.all()) {
      const last = owned.evaluator.evaluated(tick.market)?.row
      if (last === undefined || last.evaluatedToMs === 0) continue
      const isNewer = tick.epoch > last.epoch || (tick.epoch === last.epoch && tick.marketTimeMs > last.evaluatedToMs)
      if (isNewer) this.evaluate(partition, owned, tick)
    }
  }

  private evaluate(partition: number, owned: Owned, tick: MarketTick): void {
    const now = this.options.now()
    const outputs = owned.evaluator.evaluate(tick, now)
    if (outputs === undefined) return
    if (outputs.length > 0 || now - owned.progressAtMs >= this.options.progressEveryMs) {
      owned.progressAtMs = now
      const evaluated = owned.evaluator.evaluated(tick.market)
      if (evaluated !== undefined) {
        const { row: value, workspaceId } = evaluated
        outputs.push({ _tag: "State", workspaceId, key: marginStateKey(value), value })
      }
    }
    this.put(partition, outputs)
  }

  private put(partition: number, outputs: Outputs): void {
    for (const output of outputs) {
      if (output._tag === "MarginEvent") this.marginEvents++
      else if (output._tag === "Command") this.commands++
    }
    this.options.put(partition, outputs)
  }

  /** A table that was not read to its end may be read anew, from its start: what was collected of it is void. */
  private reading(table: MonitorTable, change: TableChange<unknown>): Owned {
    const owned = this.own(change.partition)
    if (change.offset <= owned.offsets[table] && !owned.evaluator.started) owned.evaluator.forget(table)
    owned.offsets[table] = change.offset
    return owned
  }

  private own(partition: number): Owned {
    const known = this.owned.get(partition)
    if (known !== undefined) return known
    const evaluator = new Evaluator(this.options.settings)
    const owned: Owned = {
      evaluator,
      ready: new Set(),
      offsets: { "account-state": -1, "margin-state": -1 },
      progressAtMs: Number.NEGATIVE_INFINITY
    }
    this.owned.set(partition, owned)
    return owned
  }
}
