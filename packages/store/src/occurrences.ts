import { Result } from "effect"
import { cronRule } from "./CronRule.ts"
import type { ScheduleRow } from "./ScheduleStore.ts"
import type { NewTimer } from "./TimerStore.ts"

/** Where a schedule stands after what was due of it. */
export interface Unrolling {
  readonly timers: ReadonlyArray<NewTimer>
  readonly nextAtMs: number | undefined
  /** Occurrences were left out. */
  readonly missed: boolean
}

const longestMade = 1000

/** Id of an occurrence: the same for every scheduler that comes upon it. */
export const occurrenceId = (scheduleId: string, atMs: number): string => `cron:${scheduleId}:${atMs}`

/**
 * Turns what is due of a schedule into timers, by its policy for missed runs.
 *
 * A schedule whose cron expression can't be followed any more (changed by hand) makes nothing and has no next occurrence.
 */
export const unrollSchedule = (schedule: ScheduleRow, nowMs: number): Unrolling => {
  const parsed = cronRule(schedule.cron, schedule.timeZone)
  const fromMs = schedule.nextAtMs
  if (Result.isFailure(parsed) || fromMs === undefined) return { timers: [], nextAtMs: undefined, missed: false }
  const rule = parsed.success
  const keep = schedule.missed === "all" ? Math.min(Math.max(1, schedule.missedLimit), longestMade) : 1
  const due = rule.newest(fromMs, nowMs, keep)
  const inTime = schedule.missed === "skip" ? due.atMs.filter((atMs) => nowMs - atMs <= schedule.graceMs) : due.atMs
  return {
    timers: inTime.map((atMs) => occurrenceOf(schedule, atMs)),
    nextAtMs: rule.next(nowMs),
    missed: due.more || inTime.length < due.atMs.length
  }
}

const occurrenceOf = (schedule: ScheduleRow, atMs: number): NewTimer => {
  const timerId = occurrenceId(schedule.scheduleId, atMs)
  return {
    owner: schedule.owner,
    timerId,
    revision: 1,
    dueAtMs: atMs,
    target: schedule.target,
    payload: occurrencePayload(schedule.payload, { id: timerId, atMs }),
    skipWhenLaterMs: undefined
  }
}

/** Puts an occurrence's own values in the places of a payload that name them. */
export const occurrencePayload = (
  payload: unknown,
  occurrence: { readonly id: string; readonly atMs: number }
): unknown => {
  if (payload === "{{occurrence-id}}") return occurrence.id
  if (payload === "{{scheduled-at-ms}}") return occurrence.atMs
  if (Array.isArray(payload)) return payload.map((item) => occurrencePayload(item, occurrence))
  if (typeof payload !== "object" || payload === null) return payload
  return Object.fromEntries(Object.entries(payload).map(([key, item]) => [key, occurrencePayload(item, occurrence)]))
}
