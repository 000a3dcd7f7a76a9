import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { cronRule, InvalidCron } from "./CronRule.ts"
import { StoreError } from "./IntentLedger.ts"
import { unrollSchedule } from "./occurrences.ts"
import {
  definitionOf,
  type Schedule,
  type ScheduleRow,
  ScheduleStore,
  sameRule,
  sameSchedule
} from "./ScheduleStore.ts"

/** The server's clock, in milliseconds; the same throughout a statement, so that an index can be used with it. */
export const serverNowMs = "extract(epoch from statement_timestamp())::float8 * 1000"

interface StoredRow {
  readonly definition: Schedule
  readonly enabled: boolean
  readonly nextAtMs: number | null
  readonly nowMs: number
}

/** Recurring schedules in PostgreSQL; each change holds the schedule's row lock. */
export const layerPgSchedules = Layer.effect(
  ScheduleStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const now = sql.literal(serverNowMs)
    const columns = sql.literal(`definition, enabled, next_at_ms as "nextAtMs", ${serverNowMs} as "nowMs"`)

    const locked = (scheduleId: string) =>
      Effect.map(
        sql<StoredRow>`select ${columns} from schedules where schedule_id = ${scheduleId} for update`,
        (rows) => rows[0]
      )
    const serverTime = Effect.map(sql<{ readonly nowMs: number }>`select ${now} as "nowMs"`, (rows) => rows[0]!.nowMs)
    const cancelOccurrences = (scheduleId: string) =>
      sql`update timers set state = 'cancelled', ended_at_ms = ${now}, claimed_until_ms = 0
        where schedule_id = ${scheduleId} and state = 'waiting'`

    const put: ScheduleStore["Service"]["put"] = Effect.fn("ScheduleStore.put")(
      function* (schedule) {
        const rule = yield* Effect.fromResult(cronRule(schedule.cron, schedule.timeZone))
        const before = yield* locked(schedule.scheduleId)
        if (before !== undefined && sameSchedule(before.definition, schedule)) return "unchanged" as const
        const goesOn = before !== undefined && sameRule(before.definition, schedule)
        const nextAtMs = goesOn ? before.nextAtMs : (rule.next(yield* serverTime) ?? null)
        const definition = JSON.stringify(definitionOf(schedule))
        yield* sql`insert into schedules (schedule_id, definition, enabled, next_at_ms)
          values (${schedule.scheduleId}, ${definition}::text::json, true, ${nextAtMs}::float8)
          on conflict (schedule_id) do update set definition = excluded.definition, next_at_ms = excluded.next_at_ms`
        return "stored" as const
      },
      sql.withTransaction,
      failAs("store a schedule")
    )

    const setEnabled: ScheduleStore["Service"]["setEnabled"] = Effect.fn("ScheduleStore.setEnabled")(
      function* (scheduleId, enabled) {
        const row = yield* locked(scheduleId)
        if (row === undefined || row.enabled === enabled) return row !== undefined
        const rule = yield* Effect.fromResult(cronRule(row.definition.cron, row.definition.timeZone))
        const nextAtMs = enabled ? (rule.next(row.nowMs) ?? null) : row.nextAtMs
        yield* sql`update schedules set enabled = ${enabled}, next_at_ms = ${nextAtMs}::float8
          where schedule_id = ${scheduleId}`
        if (!enabled) yield* cancelOccurrences(scheduleId)
        return true
      },
      sql.withTransaction,
      failAs("pause or resume a schedule")
    )

    const remove: ScheduleStore["Service"]["remove"] = Effect.fn("ScheduleStore.remove")(
      function* (scheduleId) {
        const rows = yield* sql`delete from schedules where schedule_id = ${scheduleId} returning 1`
        yield* cancelOccurrences(scheduleId)
        return rows.length > 0
      },
      sql.withTransaction,
      failAs("remove a schedule")
    )

    const list = sql<StoredRow>`select ${columns} from schedules order by schedule_id`.pipe(
      Effect.map((rows) => rows.map(toSchedule)),
      failAs("list schedules")
    )

    const unrollOne = Effect.fnUntraced(function* (row: StoredRow) {
      const schedule = toSchedule(row)
      const { timers, nextAtMs, missed } = unrollSchedule(schedule, row.nowMs)
      const rows = timers.map(({ owner, timerId, dueAtMs, target, payload }) => ({
        owner,
        timerId,
        dueAtMs,
        target: JSON.stringify(target),
        payload: JSON.stringify(payload)
      }))
      const made = yield* sql`
        insert into timers (owner, timer_id, revision, state, due_at_ms, target, payload, schedule_id)
        select owner, "timerId", 1, 'waiting', "dueAtMs", target::json, payload::json, ${schedule.scheduleId}
        from json_to_recordset(${JSON.stringify(rows)}::text::json) as o ("owner" text, "timerId" text,
          "dueAtMs" float8, target text, payload text)
        on conflict (owner, timer_id) do nothing returning 1`
      yield* sql`update schedules set next_at_ms = ${nextAtMs ?? null}::float8
        where schedule_id = ${schedule.scheduleId}`
      return { scheduleId: schedule.scheduleId, made: made.length, missed }
    })

    const unroll: ScheduleStore["Service"]["unroll"] = Effect.fnUntraced(
      function* (limit) {
        const due = yield* sql<StoredRow>`select ${columns} from schedules
          where enabled and next_at_ms <= ${now} order by next_at_ms limit ${limit} for update skip locked`
        const done = yield* Effect.forEach(due, unrollOne)
        return {
          schedules: done.length,
          occurrences: done.reduce((sum, { made }) => sum + made, 0),
          withMissed: done.filter(({ missed }) => missed).map(({ scheduleId }) => scheduleId)
        }
      },
      sql.withTransaction,
      failAs("unroll schedules")
    )

    return ScheduleStore.of({ put, setEnabled, remove, list, unroll })
  })
)

const toSchedule = (row: StoredRow): ScheduleRow => ({
  ...row.definition,
  enabled: row.enabled,
  nextAtMs: row.nextAtMs ?? undefined
})

/** Keeps what is wrong with a schedule apart from what is wrong with PostgreSQL. */
const failAs =
  (operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, StoreError | Extract<E, InvalidCron>, R> =>
    Effect.mapError(self, (cause) =>
      cause instanceof InvalidCron ? (cause as Extract<E, InvalidCron>) : new StoreError({ operation, cause })
    )
