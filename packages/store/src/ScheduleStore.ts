import type { TimerTarget } from "@millrace/contracts"
import { Context, type Effect } from "effect"
import type { InvalidCron } from "./CronRule.ts"
import type { StoreError } from "./IntentLedger.ts"

/**
 * What happens to occurrences that were missed, because no scheduler ran or an earlier one was still to come.
 *
 * - `skip`: none is made up for; the newest comes only while it is not later than the grace.
 * - `once`: the newest stands for all, however late.
 * - `all`: the newest `missedLimit` come one after the other, oldest first.
 */
export type MissedPolicy = "skip" | "once" | "all"

/** A record that is delivered again and again. */
export interface Schedule {
  readonly scheduleId: string
  /** Package that the records belong to, a declared writer of the target's topic. */
  readonly owner: string
  /** 5 or 6 fields, the first of six being seconds. */
  readonly cron: string
  /** IANA name or offset. */
  readonly timeZone: string
  readonly missed: MissedPolicy
  /** 1 to 1000; used by `all`. */
  readonly missedLimit: number
  /** Used by `skip`: an occurrence later than this counts as missed. */
  readonly graceMs: number
  readonly target: TimerTarget
  /** JSON; the texts `{{occurrence-id}}` and `{{scheduled-at-ms}}` in it become those of each occurrence. */
  readonly payload: unknown
}

/** A schedule with where it stands. */
export interface ScheduleRow extends Schedule {
  readonly enabled: boolean
  /** Undefined: it has no further occurrence. */
  readonly nextAtMs: number | undefined
}

/** What one pass made of schedules that were due. */
export interface UnrolledSchedules {
  readonly schedules: number
  /** Occurrences that are timers now. */
  readonly occurrences: number
  /** Schedules of which occurrences were left out by their policy. */
  readonly withMissed: ReadonlyArray<string>
}

/**
 * Recurring schedules beside the timers they turn into: an occurrence becomes a timer in the same transaction that moves
 * its schedule on, under an id of schedule and instant, so that it fires once whatever the number of schedulers.
 *
 * Fails with `StoreError`, and with `InvalidCron` where a schedule is given.
 */
export class ScheduleStore extends Context.Service<
  ScheduleStore,
  {
    /**
     * Stores the schedule; a new one is enabled and comes first at its next instant from now. The same definition again
     * changes nothing; another one replaces it and, where cron expression or time zone differ, begins from now. What is
     * paused stays paused.
     */
    readonly put: (schedule: Schedule) => Effect.Effect<"stored" | "unchanged", StoreError | InvalidCron>
    /** Pauses it, with what is due of it and not delivered yet, or goes on from now. `false`: it is unknown. */
    readonly setEnabled: (scheduleId: string, enabled: boolean) => Effect.Effect<boolean, StoreError | InvalidCron>
    /** Removes it, with what is due of it and not delivered yet. `false`: it is unknown. */
    readonly remove: (scheduleId: string) => Effect.Effect<boolean, StoreError>
    readonly list: Effect.Effect<ReadonlyArray<ScheduleRow>, StoreError>
    /** Turns what is due into timers, for at most `limit` schedules that no other scheduler is at. */
    readonly unroll: (limit: number) => Effect.Effect<UnrolledSchedules, StoreError>
  }
>()("@millrace/store/ScheduleStore") {}

/** The definition alone, with its parts in a fixed order. */
export const definitionOf = (schedule: Schedule): Schedule => {
  const { scheduleId, owner, cron, timeZone, missed, missedLimit, graceMs, target, payload } = schedule
  const { topic, lane, key, workspaceId } = target
  const place = { topic, ...(lane === undefined ? {} : { lane }), key, workspaceId }
  return { scheduleId, owner, cron, timeZone, missed, missedLimit, graceMs, target: place, payload }
}

/** Whether two definitions say the same. */
export const sameSchedule = (one: Schedule, other: Schedule): boolean =>
  JSON.stringify(definitionOf(one)) === JSON.stringify(definitionOf(other))

/** Whether two definitions have the same instants. */
export const sameRule = (one: Schedule, other: Schedule): boolean =>
  one.cron === other.cron && one.timeZone === other.timeZone
