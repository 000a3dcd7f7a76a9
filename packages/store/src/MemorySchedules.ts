import { Clock, Effect, Result } from "effect"
import { cronRule, type InvalidCron } from "./CronRule.ts"
import { unrollSchedule } from "./occurrences.ts"
import { type Schedule, type ScheduleRow, ScheduleStore, sameRule, sameSchedule } from "./ScheduleStore.ts"
import type { NewTimer } from "./TimerStore.ts"

/** The timers that occurrences turn into. */
interface OccurrenceTimers {
  readonly schedule: (timer: NewTimer, scheduleId: string) => boolean
  readonly cancelOccurrences: (scheduleId: string, nowMs: number) => void
}

/** Recurring schedules of one process. */
export class MemorySchedules {
  private readonly rows = new Map<string, ScheduleRow>()
  private readonly timers: OccurrenceTimers

  constructor(timers: OccurrenceTimers) {
    this.timers = timers
  }

  nextAtMs(): number | undefined {
    const times = [...this.rows.values()].flatMap((row) =>
      row.enabled && row.nextAtMs !== undefined ? [row.nextAtMs] : []
    )
    return times.length === 0 ? undefined : Math.min(...times)
  }

  private put(schedule: Schedule, nowMs: number): Result.Result<"stored" | "unchanged", InvalidCron> {
    return Result.map(cronRule(schedule.cron, schedule.timeZone), (rule) => {
      const before = this.rows.get(schedule.scheduleId)
      if (before !== undefined && sameSchedule(before, schedule)) return "unchanged"
      const goesOn = before !== undefined && sameRule(before, schedule)
      const nextAtMs = goesOn ? before.nextAtMs : rule.next(nowMs)
      this.rows.set(schedule.scheduleId, { ...schedule, enabled: before?.enabled ?? true, nextAtMs })
      return "stored"
    })
  }

  private setEnabled(scheduleId: string, enabled: boolean, nowMs: number): Result.Result<boolean, InvalidCron> {
    const row = this.rows.get(scheduleId)
    if (row === undefined || row.enabled === enabled) return Result.succeed(row !== undefined)
    return Result.map(cronRule(row.cron, row.timeZone), (rule) => {
      this.rows.set(scheduleId, { ...row, enabled, nextAtMs: enabled ? rule.next(nowMs) : row.nextAtMs })
      if (!enabled) this.timers.cancelOccurrences(scheduleId, nowMs)
      return true
    })
  }

  private unroll(limit: number, nowMs: number) {
    const due = [...this.rows.values()]
      .filter((row) => row.enabled && row.nextAtMs !== undefined && row.nextAtMs <= nowMs)
      .slice(0, limit)
    const withMissed: Array<string> = []
    let occurrences = 0
    for (const row of due) {
      const { timers, nextAtMs, missed } = unrollSchedule(row, nowMs)
      occurrences += timers.filter((timer) => this.timers.schedule(timer, row.scheduleId)).length
      if (missed) withMissed.push(row.scheduleId)
      this.rows.set(row.scheduleId, { ...row, nextAtMs })
    }
    return { schedules: due.length, occurrences, withMissed }
  }

  readonly service = ScheduleStore.of({
    put: (schedule) => Effect.flatMap(Clock.currentTimeMillis, (nowMs) => Effect.fromResult(this.put(schedule, nowMs))),
    setEnabled: (scheduleId, enabled) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
        Effect.fromResult(this.setEnabled(scheduleId, enabled, nowMs))
      ),
    remove: (scheduleId) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        this.timers.cancelOccurrences(scheduleId, nowMs)
        return this.rows.delete(scheduleId)
      }),
    list: Effect.sync(() => [...this.rows.values()]),
    unroll: (limit) => Effect.map(Clock.currentTimeMillis, (nowMs) => this.unroll(limit, nowMs))
  })
}
