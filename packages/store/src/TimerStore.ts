import type { TimerOutcome, TimerTarget } from "@millrace/contracts"
import { Context, type Duration, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** Names a timer; each owner has ids of its own. */
export interface TimerKey {
  /** Package that asked for it. */
  readonly owner: string
  readonly timerId: string
}

/** A record to be delivered at a time. */
export interface NewTimer extends TimerKey {
  /** Grows with each change by the owner. */
  readonly revision: number
  readonly dueAtMs: number
  readonly target: TimerTarget
  /** JSON. */
  readonly payload: unknown
  /** Later than this it is left out; undefined: never. */
  readonly skipWhenLaterMs: number | undefined
}

/** A timer that is due and was given to one claimer for the time of the lease. */
export interface DueTimer extends NewTimer {
  /** The recurring schedule whose occurrence it is. */
  readonly scheduleId: string | undefined
  /** How often it was claimed, this time included: above 1, an earlier claimer may have delivered it already. */
  readonly claims: number
}

/** Due timers, and what the store's clock showed when it gave them. */
export interface TimerClaim {
  readonly nowMs: number
  /** In the order of their due times. */
  readonly timers: ReadonlyArray<DueTimer>
}

/** What became of a claimed timer. */
export interface TimerEnd extends TimerKey {
  /** The revision that was claimed: a newer request is not ended by the delivery of an older one. */
  readonly revision: number
  readonly outcome: TimerOutcome
  /** Why it was refused. */
  readonly reason: string | undefined
}

/** How a timer stands. */
export type TimerState = "waiting" | "cancelled" | TimerOutcome

/** A timer as an operator sees it. */
export interface TimerRow extends TimerKey {
  readonly revision: number
  readonly state: TimerState
  readonly dueAtMs: number
  readonly topic: string | undefined
  readonly workspaceId: string | undefined
  readonly scheduleId: string | undefined
  readonly reason: string | undefined
}

/** Where a page of timers begins: behind this one. */
export interface TimerPlace extends TimerKey {
  readonly state: TimerState
  readonly dueAtMs: number
}

/** Which timers are listed. */
export interface TimerQuery {
  readonly limit: number
  /** Only those that deliver to it; absent: all. */
  readonly workspaceId?: string | undefined
  readonly after?: TimerPlace | undefined
}

/** How the newest ended occurrence of a schedule ended. */
export interface LastOccurrence {
  readonly scheduleId: string
  readonly state: TimerOutcome
  readonly dueAtMs: number
  readonly endedAtMs: number
  readonly reason: string | undefined
}

/** What waits. */
export interface TimerCounts {
  readonly waiting: number
  /** Waiting and due, claimed or not. */
  readonly due: number
}

/**
 * Timers that outlive every process, for any number of schedulers.
 *
 * The store's own clock decides what is due and how long a claim lasts (PostgreSQL's, or Effect's in memory), so the
 * clocks of schedulers need not agree. A timer is `waiting` until `finish`: a claimer that dies in between loses its claim
 * after the lease, and the next one delivers it again. All fail with `StoreError`.
 */
export class TimerStore extends Context.Service<
  TimerStore,
  {
    /**
     * Stores the timer, or replaces what is known of it, whatever its state, when `revision` is higher; else nothing
     * changes and `dueInMs` is undefined. Otherwise `dueInMs` tells how long it has to wait, at least 0.
     */
    readonly schedule: (timer: NewTimer) => Effect.Effect<{ readonly dueInMs: number | undefined }, StoreError>
    /**
     * Takes a waiting timer back. `unchanged`: the revision is not higher than the known one; `tooLate`: it had ended
     * before. An unknown timer is remembered as cancelled, so that its request, coming after, does nothing.
     */
    readonly cancel: (
      timer: TimerKey,
      revision: number
    ) => Effect.Effect<"cancelled" | "tooLate" | "unchanged", StoreError>
    /** Gives at most `limit` due timers that nobody holds to this claimer for `lease`, earliest first. */
    readonly claimDue: (
      claimer: string,
      limit: number,
      lease: Duration.Duration
    ) => Effect.Effect<TimerClaim, StoreError>
    /** Ends claimed timers; returns how many, which leaves out those that had ended or were asked for anew. */
    readonly finish: (ends: ReadonlyArray<TimerEnd>) => Effect.Effect<number, StoreError>
    /** Gives claims back at once, so that they need not wait for the end of the lease. */
    readonly release: (claimer: string, timers: ReadonlyArray<TimerKey>) => Effect.Effect<void, StoreError>
    /** Milliseconds until the next timer or recurring schedule is due, at least 0; undefined: nothing waits. */
    readonly untilNext: Effect.Effect<number | undefined, StoreError>
    readonly counts: Effect.Effect<TimerCounts, StoreError>
    /** Timers that wait, earliest first, then those that were refused, and how many there are on all pages. */
    readonly list: (
      query: TimerQuery
    ) => Effect.Effect<{ readonly rows: ReadonlyArray<TimerRow>; readonly total: number }, StoreError>
    /**
     * Takes back a timer that waits or was refused, at the revision that somebody saw, without being its owner: the owner's next
     * request counts as ever. What is on its way to the broker may still arrive. Tells what it was; undefined: there is none.
     */
    readonly withdraw: (
      timer: TimerKey,
      revision: number,
      workspaceId?: string
    ) => Effect.Effect<TimerRow | undefined, StoreError>
    /** Of each schedule the newest occurrence that has ended and is not forgotten yet. */
    readonly lastOccurrences: Effect.Effect<ReadonlyArray<LastOccurrence>, StoreError>
    /** Forgets timers that ended longer ago than this, but keeps what was refused; returns how many. */
    readonly prune: (age: Duration.Duration) => Effect.Effect<number, StoreError>
  }
>()("@millrace/store/TimerStore") {}
