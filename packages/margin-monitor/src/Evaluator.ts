import type {
  AccountState,
  EvaluatedState,
  MarginState,
  MarketTick,
  TradeOutcome,
  TradingScope
} from "@millrace/contracts"
import { applyChange, type RowChange, restoreRow } from "./applyChange.ts"
import { applyOutcome } from "./applyOutcome.ts"
import { applyVerdicts, type VerdictOf } from "./applyVerdicts.ts"
import type { EvaluatorSettings } from "./EvaluatorSettings.ts"
import { evaluateTick } from "./evaluateTick.ts"
import type { Outputs } from "./Output.ts"
import { emptyPartition, type PartitionState } from "./PartitionState.ts"
import { startWatching } from "./restoring.ts"
import type { Step } from "./Step.ts"

/**
 * Decides for the accounts of one partition of account-state: a plain state machine, everything in and out as values.
 *
 * Rows are put in before `start`; ticks after it. The same inputs in the same order give the same outputs.
 */
export class Evaluator {
  private readonly state: PartitionState
  private readonly settings: EvaluatorSettings

  constructor(settings: EvaluatorSettings) {
    this.settings = settings
    this.state = emptyPartition(settings)
  }

  /** A row of account-state changed. */
  change(change: RowChange<AccountState>, nowMs: number): Outputs {
    return this.step(nowMs, (step) => applyChange(step, change))
  }

  /** A row of margin-state, the monitor's own changelog: taken in before `start`, an echo of its own after it. */
  restore(change: RowChange<MarginState>): void {
    if (!this.state.started) this.step(0, (step) => restoreRow(step, change))
  }

  /** Takes in what the controls say of the rules in a scope; they are looked at again with the next tick. */
  controlled(scope: TradingScope, verdictOf: VerdictOf): void {
    applyVerdicts(this.state, scope, verdictOf)
  }

  /** Before `start`: drops the rows of a table, which is read again from its start. */
  forget(table: "account-state" | "margin-state"): void {
    const { accounts, restored } = this.state
    if (table === "account-state") {
      accounts.clear()
      for (const market of this.state.markets.values()) market.ending.clear()
      this.state.positionCount = 0
      this.state.pairCount = 0
      this.state.entryCount = 0
    } else for (const rows of Object.values(restored)) rows.clear()
  }

  /** All rows are in: continues the episodes and levels found, and begins to watch. */
  start(nowMs: number): Outputs {
    return this.step(nowMs, startWatching)
  }

  /** Undefined: the tick is of an older epoch or market time, and was dropped. */
  evaluate(tick: MarketTick, nowMs: number): Outputs | undefined {
    const out: Outputs = []
    const taken = evaluateTick({ state: this.state, out, nowMs, settings: this.settings, tick })
    return taken ? out : undefined
  }

  outcome(outcome: TradeOutcome, workspaceId: string, nowMs: number): Outputs {
    return this.step(nowMs, (step) => applyOutcome(step, outcome, workspaceId))
  }

  /** How far each market was evaluated, as the row to keep; undefined while no account is known. */
  evaluated(market: string): { readonly row: EvaluatedState; readonly workspaceId: string } | undefined {
    const book = this.state.accounts.values().next().value
    const known = this.state.markets.get(market)
    if (book === undefined || known === undefined) return undefined
    const { epoch, evaluatedToMs } = known
    const row = { _tag: "EvaluatedState", accountId: book.accountId, market, evaluatedToMs, epoch } as const
    return { row, workspaceId: book.workspaceId }
  }

  get started(): boolean {
    return this.state.started
  }

  get positionsWatched(): number {
    return this.state.positionCount
  }

  get pairsWatched(): number {
    return this.state.pairCount
  }

  get entriesWatched(): number {
    return this.state.entryCount
  }

  /** Commands of active accounts whose outcome, or its effect on the position, was not seen yet. */
  openCommands(): ReadonlyArray<string> {
    const { accounts, open } = this.state
    return [...open].flatMap(([id, { accountId }]) => (accounts.get(accountId)?.account?.active === true ? [id] : []))
  }

  private step(nowMs: number, act: (step: Step) => void): Outputs {
    const out: Outputs = []
    act({ state: this.state, out, nowMs, settings: this.settings })
    return out
  }
}
