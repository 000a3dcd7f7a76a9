import type { AlertGroup, AlertNotice, AlertSilence, OperatorAlert } from "@millrace/contracts"
import { Context, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** What was found and told so far. */
export interface AlertBook {
  readonly alerts: ReadonlyArray<OperatorAlert>
  readonly groups: ReadonlyArray<AlertGroup>
}

/** What one look changes: rows by their keys, and what is to be told by which channels. */
export interface AlertChanges {
  readonly alerts: ReadonlyArray<OperatorAlert>
  /** Keys of alerts that are over. */
  readonly alertsGone: ReadonlyArray<string>
  readonly groups: ReadonlyArray<AlertGroup>
  readonly groupsGone: ReadonlyArray<string>
  readonly notices: ReadonlyArray<AlertNotice>
  /** Each notice goes to each of them. */
  readonly channels: ReadonlyArray<string>
}

/** A notice on its way to one channel. */
export interface AlertDelivery {
  /** The same for every try. */
  readonly deliveryId: string
  readonly channel: string
  readonly notice: AlertNotice
  /** Tries that failed before. */
  readonly attempts: number
  /** Since it was decided, by the store's clock. */
  readonly ageMs: number
}

/** How a delivery ended: the channel took it, refused it for good, or was not reached in time. */
export type DeliveryEnd = "delivered" | "refused" | "given_up"

/** What became of a channel's deliveries. */
export interface ChannelState {
  readonly channel: string
  readonly waiting: number
  /** Age of the oldest that waits; 0: none does. */
  readonly oldestWaitingMs: number
  /** Why the oldest one's last try failed. */
  readonly waitingBecause: string | undefined
  /** How the last delivery ended; undefined: none has. */
  readonly last: { readonly end: DeliveryEnd; readonly detail: string; readonly atMs: number } | undefined
}

/** Alerts, their groups, silences and the messages under way, so that a restart neither repeats nor forgets. */
export class AlertStore extends Context.Service<
  AlertStore,
  {
    /** Everything found so far. From now on only commits under this epoch, or a newer one, are kept. */
    readonly open: (epoch: number) => Effect.Effect<AlertBook, StoreError>
    /** Keeps what a look changed, and what it tells, in one transaction. `false`: a newer epoch was opened, nothing was kept. */
    readonly commit: (epoch: number, changes: AlertChanges) => Effect.Effect<boolean, StoreError>
    /** Everything found so far, for those who look. */
    readonly book: Effect.Effect<AlertBook, StoreError>
    /** Silences that are not over at this time, those that begin later included; the oldest first. */
    readonly silences: (nowMs: number) => Effect.Effect<ReadonlyArray<AlertSilence>, StoreError>
    /** Keeps a silence, and tells audit-log. */
    readonly silence: (silence: AlertSilence) => Effect.Effect<void, StoreError>
    /** Ends one before its time, and tells audit-log. `undefined`: there is none of this id, or it is over. */
    readonly unsilence: (
      silenceId: string,
      by: { readonly actor: string; readonly atMs: number }
    ) => Effect.Effect<AlertSilence | undefined, StoreError>
    /**
     * Takes the channel's oldest delivery for `holdMs`; no other process gets any of the channel meanwhile, so the order
     * is kept. `undefined`: none is due. One that is neither ended nor postponed in time is taken again.
     */
    readonly claim: (channel: string, holdMs: number) => Effect.Effect<AlertDelivery | undefined, StoreError>
    /** Takes it again after a wait; `failed` counts the try. */
    readonly postpone: (
      delivery: AlertDelivery,
      waitMs: number,
      why: string,
      failed: boolean
    ) => Effect.Effect<void, StoreError>
    /** The end of a delivery; only the first one holds. */
    readonly finish: (delivery: AlertDelivery, end: DeliveryEnd, detail: string) => Effect.Effect<void, StoreError>
    /** The channels that ever had a delivery, by name. */
    readonly channels: Effect.Effect<ReadonlyArray<ChannelState>, StoreError>
    /**
     * Forgets deliveries that ended, or still wait (for a channel that is no longer set), and silences that were over, longer ago
     * than this; returns how many.
     */
    readonly forget: (olderThanMs: number, nowMs: number) => Effect.Effect<number, StoreError>
  }
>()("@millrace/store/AlertStore") {}
