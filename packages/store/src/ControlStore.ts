import type {
  AutomationCommand,
  CommandCancel,
  OperatorOrder,
  Pause,
  PauseScope,
  TradingMode,
  TradingScope,
  TradingSwitch
} from "@millrace/contracts"
import { Context, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** Who decides, and why. */
export interface DecidedBy {
  /** A user id, or the name of a program. */
  readonly actor: string
  readonly reason?: string
}

/** A command as an operator names it. */
export interface NamedCommand {
  readonly commandId: string
  readonly accountId: string
  /** The account's, whose audit log tells of it; absent: it is told in that of the installation. */
  readonly workspaceId?: string
}

/** A command with who sends it anew, and what it repeats. */
export type OperatorCommand = AutomationCommand & { readonly operator: OperatorOrder }

/**
 * What operators decide at run time: pauses of topics and lanes, kill switches, commands withdrawn or
 * sent anew. Each change is one
 * transaction with the outbox entries that tell the workers and the audit log of it.
 */
export class ControlStore extends Context.Service<
  ControlStore,
  {
    /** Pauses the scope; a pause of the very same scope is replaced. */
    readonly pause: (scope: PauseScope, by: DecidedBy) => Effect.Effect<Pause, StoreError>
    /** Ends every pause that is part of the scope, and returns them. A wider one stays. */
    readonly resume: (scope: PauseScope, actor: string) => Effect.Effect<ReadonlyArray<Pause>, StoreError>
    /** Pauses that hold, in the order of their keys. */
    readonly pauses: Effect.Effect<ReadonlyArray<Pause>, StoreError>
    /** Sets the kill switch of exactly this scope; one that it had is replaced. Whether account and rule exist is not asked. */
    readonly switch: (
      scope: TradingScope,
      mode: Exclude<TradingMode, "ACTIVE">,
      by: DecidedBy
    ) => Effect.Effect<TradingSwitch, StoreError>
    /** Lifts the switch of exactly this scope, and returns it; wider and narrower ones stay. */
    readonly lift: (scope: TradingScope, by: DecidedBy) => Effect.Effect<TradingSwitch | undefined, StoreError>
    /** Switches that hold, in the order of their keys. */
    readonly switches: Effect.Effect<ReadonlyArray<TradingSwitch>, StoreError>
    /** Withdraws a command; the first withdrawal is kept and returned. One that was sent already is not undone by it. */
    readonly cancelCommand: (command: NamedCommand, by: DecidedBy) => Effect.Effect<CommandCancel, StoreError>
    /**
     * Sends a command anew, as its `operator` says; returns false when the very same was sent before. Whether it may act is
     * the executor's matter.
     */
    readonly repeatCommand: (
      command: OperatorCommand,
      workspaceId: string,
      reason?: string
    ) => Effect.Effect<boolean, StoreError>
    /** Forgets withdrawals older than this, and tells the workers to; returns how many. */
    readonly forgetCancels: (olderThanMs: number) => Effect.Effect<number, StoreError>
    /** Changes that no worker was told of yet. */
    readonly untold: Effect.Effect<number, StoreError>
  }
>()("@millrace/store/ControlStore") {}
