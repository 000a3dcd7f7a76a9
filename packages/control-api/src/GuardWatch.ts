import type { AccountState, MarginState, MarketTick } from "@millrace/contracts"
import type { TableChange } from "@millrace/runtime"
import { type GuardedAccount, GuardedAccounts } from "./GuardedAccounts.ts"

/** An account whose open positions nobody evaluates. */
export interface Unguarded extends GuardedAccount {
  /** Wall time since which. */
  readonly sinceMs: number
  /** No price came, or no monitor took it. */
  readonly because: "no_ticks" | "not_evaluated"
}

interface Seen {
  readonly epoch: number
  readonly marketTimeMs: number
  /** Wall time at which it was seen here. */
  readonly atMs: number
}

/** Ticks remembered, to tell since when a partition lags; beyond them it lags at least since the oldest. */
const ticksKept = 2_000

/**
 * Compares the ticks with how far the monitors have evaluated each partition of account-state, and says which guarded
 * accounts nobody evaluates. Plain and immediate; one market.
 */
export class GuardWatch {
  private readonly staleAfterMs: number
  private readonly accounts = new GuardedAccounts()
  private readonly evaluatedTo = new Map<number, Pick<Seen, "epoch" | "marketTimeMs">>()
  private readonly ticks: Array<Seen> = []
  private startedAtMs: number

  constructor(staleAfterMs: number, nowMs: number) {
    this.staleAfterMs = staleAfterMs
    this.startedAtMs = nowMs
  }

  readonly accountChanged = (change: TableChange<AccountState>): void => this.accounts.change(change)

  readonly evaluated = ({ partition, value }: TableChange<MarginState>): void => {
    if (value?._tag !== "EvaluatedState") return
    const row = { epoch: value.epoch, marketTimeMs: value.evaluatedToMs }
    const known = this.evaluatedTo.get(partition)
    if (known === undefined || isNewer(row, known)) this.evaluatedTo.set(partition, row)
  }

  tick({ epoch, marketTimeMs }: MarketTick, nowMs: number): void {
    const last = this.ticks.at(-1)
    const seen = { epoch, marketTimeMs, atMs: nowMs }
    if (last !== undefined && !isNewer(seen, last)) return
    this.ticks.push(seen)
    if (this.ticks.length > ticksKept) this.ticks.splice(0, ticksKept / 2)
  }

  /** Guarded accounts that nobody has evaluated for longer than the limit, with all that is known. */
  look(nowMs: number): ReadonlyArray<Unguarded> {
    const silentSinceMs = this.lastTickAtMs
    const noTicks = nowMs - silentSinceMs >= this.staleAfterMs
    return this.accounts.partitions().flatMap((partition) => {
      const sinceMs = noTicks ? silentSinceMs : this.lagsSince(partition)
      if (sinceMs === undefined || nowMs - sinceMs < this.staleAfterMs) return []
      const because = noTicks ? ("no_ticks" as const) : ("not_evaluated" as const)
      return this.accounts.of(partition).map((account) => ({ ...account, sinceMs, because }))
    })
  }

  /** When the last tick came; before the first one, since when none has come. */
  get lastTickAtMs(): number {
    return this.ticks.at(-1)?.atMs ?? this.startedAtMs
  }

  /** How many accounts have positions to be guarded. */
  get guarded(): number {
    return this.accounts.partitions().reduce((sum, partition) => sum + this.accounts.of(partition).length, 0)
  }

  /** When the first tick came that the partition was not evaluated with; undefined: there is none. */
  private lagsSince(partition: number): number | undefined {
    const done = this.evaluatedTo.get(partition)
    if (done === undefined) return this.ticks[0]?.atMs
    const newest = this.ticks.at(-1)
    if (newest === undefined || !isNewer(newest, done)) return undefined
    return this.ticks.find((tick) => isNewer(tick, done))?.atMs
  }
}

const isNewer = (one: Pick<Seen, "epoch" | "marketTimeMs">, other: Pick<Seen, "epoch" | "marketTimeMs">): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.marketTimeMs > other.marketTimeMs)
