import type { AlertSeverity } from "@millrace/contracts"
import type { ReportedInstance } from "@millrace/runtime"
import type { ChannelState } from "@millrace/store"

/** An order whose result nobody knows. */
export interface UnknownOrder {
  readonly intentId: string
  readonly workspaceId: string
  readonly accountId: string
  readonly action: string
}

/** Accounts of a workspace whose guarded positions nobody evaluates. */
export interface UnguardedAccount {
  readonly accountId: string
  readonly workspaceId: string
  readonly positions: number
}

/** What the rules are judged on; `undefined`: not known now, and then what depends on it stays as it is. */
export interface AlertFacts {
  readonly nowMs: number
  /** Why Kafka does not answer; undefined: it does. */
  readonly kafkaDown: string | undefined
  readonly instances: ReadonlyArray<ReportedInstance> | undefined
  readonly unknownOrders: ReadonlyArray<UnknownOrder> | undefined
  readonly unguarded: ReadonlyArray<UnguardedAccount> | undefined
  /** When the last tick came, or since when none has come. */
  readonly lastTickAtMs: number | undefined
  readonly channels: ReadonlyArray<ChannelState> | undefined
}

/** What a rule found on one subject. */
export interface Finding {
  readonly rule: string
  readonly subject: string
  readonly workspaceId: string
  readonly severity: AlertSeverity
  /** The figures, in words. */
  readonly detail: string
}

/** A finding that its rule completes. */
export interface Found {
  readonly subject: string
  /** Default: the whole installation. */
  readonly workspaceId?: string
  readonly detail: string
}
