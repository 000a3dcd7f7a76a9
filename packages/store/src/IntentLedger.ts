import type { AccountCaps, ErrorKind } from "@millrace/contracts"
import { Context, type Effect, Schema } from "effect"
import { storeWords } from "./storeWords.ts"

/** PostgreSQL did not answer, or answered with an error that is not the caller's. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    return `PostgreSQL: could not ${this.operation}: ${storeWords(this.cause)}`
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
  /** What only one unfinished intent of the account may hold at a time; absent: the position. */
  readonly lock?: string
  /** For example `close_position`. */
  readonly action: string
  /** Revision of the position that the effect was decided on; 0 (an entry, a trade of a plan) is not compared. */
  readonly positionRevision: number
  /** Repeatable actions (close by id) may be sent again after the read-back; others only when a late copy would be refused. */
  readonly repeatable: boolean
  /** What is to be done and the figures before, for the reconciler: JSON. */
  readonly request: unknown
  /** What it opens or adds; absent: nothing, as of everything that closes, and then no cap is asked. */
  readonly exposure?: IntentExposure
}

/** What an intent opens or adds, and the caps it has to stay within together with all others of its account. */
export interface IntentExposure {
  /** Quantity that it opens; 0: it opens nothing. */
  readonly quantityUsd: number
  /** Margin that it adds, in satoshis. */
  readonly marginSats: number
  readonly caps: AccountCaps
}

/** The hour of the caps, in milliseconds before the signature. */
export const capWindowMs = 3_600_000

export type CapName = keyof AccountCaps

/** What an operator found out about an intent that the read-back could not settle. */
export const OperatorVerdict = Schema.Literals(["applied", "not_applied"])
export type OperatorVerdict = typeof OperatorVerdict.Type

/** What an operator says with a verdict. */
export interface OperatorRemark {
  /** The trade or order at the exchange. */
  readonly effectId?: string
  /** Why he says so. */
  readonly reason?: string
}

/** Who found out, when, and what he said with it. */
export interface OperatorFinding extends OperatorRemark {
  readonly verdict: OperatorVerdict
  readonly actor: string
  readonly atMs: number
}

export interface Intent extends Omit<NewIntent, "exposure"> {
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
  /** Who settled it by hand, and how; the reconciler takes it from here. */
  readonly operator: OperatorFinding | undefined
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
  | Capped

/** With it the account would exceed a cap: `used` of `limit` within the window, `asked` more. Nothing was written. */
export interface Capped {
  readonly _tag: "Capped"
  readonly cap: CapName
  readonly limit: number
  readonly used: number
  readonly asked: number
}

/** What became of an operator's verdict: `NotUnknown` where the ledger knows the result, or one is under way. */
export type OperatorSettlement =
  | { readonly _tag: "Recorded" }
  | { readonly _tag: "NotUnknown"; readonly state: IntentState }
  | { readonly _tag: "Missing" }

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
     * `Unsettled` behind. Caps are counted in the same commit, one intent of an account after the other: what is sent,
     * unknown or succeeded counts, what was refused or not applied does not.
     */
    readonly send: (intent: NewIntent, signedAtMs: number, owner: string) => Effect.Effect<SendPermit, StoreError>
    /** The cap that the intent would exceed if it were sent now; nothing is written, and `send` asks again. */
    readonly exceeds: (intent: NewIntent, signedAtMs: number) => Effect.Effect<Capped | undefined, StoreError>
    /**
     * After a read-back proved that nothing was applied: takes the fence for another send of the same id. `Unsettled` also
     * where an operator has settled it meanwhile.
     */
    readonly resend: (
      intentId: string,
      fence: number,
      signedAtMs: number,
      owner: string
    ) => Effect.Effect<SendPermit, StoreError>
    /**
     * Ends an intent that never goes out, so that nobody, not even a process that wakes up with it, can send it after this:
     * `Settled` with what is recorded, or `Unsettled` when it was sent before and its result is not known.
     */
    readonly refuse: (
      intent: NewIntent,
      owner: string,
      result: { readonly reason: string; readonly outcome: unknown }
    ) => Effect.Effect<Extract<SendPermit, { readonly intent: Intent }>, StoreError>
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
    /** Intents in `sent` or `unknown`: those that an operator settled first, then the oldest. */
    readonly unfinished: (limit: number) => Effect.Effect<ReadonlyArray<Intent>, StoreError>
    /** Which of these are recorded as effects of other intents of the account, so that a read-back does not take them for its own. */
    readonly knownEffects: (
      accountId: string,
      intentId: string,
      effectIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /**
     * When the latest close with that lock was signed of which a copy may still be on its way: it went out more than once, or
     * ended without an effect after it was sent. Epoch milliseconds; undefined: there was none.
     */
    readonly lastUncertainClose: (accountId: string, lock: string) => Effect.Effect<number | undefined, StoreError>
    /** Says what became of an `unknown` intent, and as which trade or order. The first verdict holds; the reconciler records and publishes it. */
    readonly settleByOperator: (
      intentId: string,
      verdict: OperatorVerdict,
      actor: string,
      remark?: OperatorRemark
    ) => Effect.Effect<OperatorSettlement, StoreError>
  }
>()("@millrace/store/IntentLedger") {}
