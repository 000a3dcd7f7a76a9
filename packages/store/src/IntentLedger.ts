import type { ErrorKind } from "@millrace/contracts"
import { Context, type Effect, Schema } from "effect"

/** PostgreSQL did not answer, or answered with an error that is not the caller's. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `PostgreSQL: could not ${this.operation}: ${why}`
  }
}

/** planned → sent → succeeded | refused | not_applied | unknown; `not_applied` may be sent again, `unknown` never blindly. */
export const IntentState = Schema.Literals(["planned", "sent", "succeeded", "refused", "not_applied", "unknown"])
export type IntentState = typeof IntentState.Type

/** An outside effect that is to happen at most once per id. */
export interface NewIntent {
  /** The command's deterministic id. */
  readonly intentId: string
  readonly workspaceId: string
  readonly accountId: string
  readonly ruleId: string
  readonly positionId: string
  /** For example `close_position`. */
  readonly action: string
  readonly positionRevision: number
  /** Repeatable actions (close by id) may be sent again after the read-back; others only when a late copy would be refused. */
  readonly repeatable: boolean
  /** What is to be done and the figures before, for the reconciler: JSON. */
  readonly request: unknown
}

export interface Intent extends NewIntent {
  readonly state: IntentState
  /** Who may send; grows with every take-over. */
  readonly fence: number
  /** Who sent last. */
  readonly owner: string
  readonly signedAtMs: number | undefined
  readonly sends: number
  readonly reason: string | undefined
  readonly effectId: string | undefined
  /** The recorded outcome, JSON, once the state is final. */
  readonly outcome: unknown
}

/** What `send` found. */
export type SendPermit =
  /** The intent is durable as `sent` with this fence: send now, once. */
  | { readonly _tag: "Granted"; readonly fence: number }
  /** A final state was reached before: the recorded outcome holds. */
  | { readonly _tag: "Settled"; readonly intent: Intent }
  /** It was sent before and its result is not known: read back, then `settle` or `resend`. */
  | { readonly _tag: "Unsettled"; readonly intent: Intent }
  /** The intent `by` of the same position stands in the way; nothing was written. */
  | { readonly _tag: "Blocked"; readonly reason: BlockedReason; readonly by: string }

/**
 * - `sent_intent`: under way, so it will be settled soon: try again.
 * - `unknown_intent`: what it did is not known; until it is settled nothing else may act on the position.
 * - `revision_superseded`: an effect was applied on this revision of the position, or on a newer one.
 * - `unknown_id`: a resend of an intent that was never written.
 */
export type BlockedReason = "sent_intent" | "unknown_intent" | "revision_superseded" | "unknown_id"

/** Makes each outside effect that moves money happen at most once per id. */
export class IntentLedger extends Context.Service<
  IntentLedger,
  {
    /**
     * Writes the intent and marks it `sent` in one commit, before the request goes out. A crash after it leaves
     * `Unsettled` behind.
     */
    readonly send: (intent: NewIntent, signedAtMs: number, owner: string) => Effect.Effect<SendPermit, StoreError>
    /** After a read-back proved that nothing was applied: takes the fence for another send of the same id. */
    readonly resend: (
      intentId: string,
      fence: number,
      signedAtMs: number,
      owner: string
    ) => Effect.Effect<SendPermit, StoreError>
    /** Records the result; ignored (returns false) when the fence is older than the intent's, or its state is final. */
    readonly settle: (
      intentId: string,
      fence: number,
      result: {
        readonly state: "succeeded" | "refused" | "not_applied" | "unknown"
        readonly reason: string
        readonly effectId?: string
        readonly outcome: unknown
      }
    ) => Effect.Effect<boolean, StoreError>
    readonly find: (intentId: string) => Effect.Effect<Intent | undefined, StoreError>
    /** Intents in `sent` or `unknown`, oldest first. */
    readonly unfinished: (limit: number) => Effect.Effect<ReadonlyArray<Intent>, StoreError>
  }
>()("@millrace/store/IntentLedger") {}
