import type { AccountState, EvaluationProgress, MarginState, MarketTick, TradeOutcome } from "@millrace/contracts"
import { marginStateKey } from "@millrace/contracts"
import type { Incoming, TableChange } from "@millrace/runtime"
import { Evaluator } from "./Evaluator.ts"
import type { EvaluatorSettings } from "./episodeSteps.ts"
import type { Outputs } from "./Output.ts"
import { RecentTicks } from "./RecentTicks.ts"

export interface MonitorOptions {
  readonly instance: string
  readonly partitionCount: number
  readonly settings: EvaluatorSettings
  readonly recentTicks: number
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

/** A partition's progress is written with its outputs, else this often. */
const progressEveryMs = 1000

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

  constructor(options: MonitorOptions) {
    this.options = options
    this.recent = new RecentTicks(options.recentTicks)
  }

  accountChanged(change: TableChange<AccountState>): void {
    const owned = this.reading("account-state", change)
    this.put(change.partition, owned.evaluator.change(change, this.options.now()))
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
    this.put(partition, owned.evaluator.start(this.options.now()))
    this.catchUp(partition, owned)
  }

  /** Evaluates a tick for all partitions at once. */
  tick(record: Incoming<MarketTick>): void {
    if (record.offset <= (this.tickOffsets.get(record.partition) ?? -1)) return
    this.tickOffsets.set(record.partition, record.offset)
    const tick = record.value
    if (!this.recent.add(tick)) return
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

  /** For metrics: commands decided, and the time that the newest tick took. */
  get figures(): { readonly commands: number; readonly evaluationMs: number } {
    return { commands: this.commands, evaluationMs: this.evaluationMs }
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
    if (outputs.length > 0 || now - owned.progressAtMs >= progressEveryMs) {
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
