import { PgClient } from "@effect/sql-pg"
import type { TimerTarget } from "@millrace/contracts"
import { Duration, Effect, Layer } from "effect"
import { StoreError } from "./IntentLedger.ts"
import { layerPgSchedules, serverNowMs } from "./PgSchedules.ts"
import type { ScheduleStore } from "./ScheduleStore.ts"
import { type DueTimer, type LastOccurrence, type TimerRow, TimerStore } from "./TimerStore.ts"

const layerPgTimerStore = Layer.effect(
  TimerStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const now = sql.literal(serverNowMs)

    const schedule: TimerStore["Service"]["schedule"] = Effect.fn("TimerStore.schedule")(function* (timer) {
      const rows = yield* sql<{ readonly dueInMs: number }>`
        insert into timers (owner, timer_id, revision, state, due_at_ms, target, payload, skip_when_later_ms)
        values (${timer.owner}, ${timer.timerId}, ${timer.revision}, 'waiting', ${timer.dueAtMs}::float8,
          ${JSON.stringify(timer.target)}::text::json, ${JSON.stringify(timer.payload)}::text::json,
          ${timer.skipWhenLaterMs ?? null}::float8)
        on conflict (owner, timer_id) do update set revision = excluded.revision, state = 'waiting',
          due_at_ms = excluded.due_at_ms, target = excluded.target, payload = excluded.payload,
          skip_when_later_ms = excluded.skip_when_later_ms, schedule_id = null, claimed_by = null,
          claimed_until_ms = 0, claims = 0, reason = null, ended_at_ms = null
          where timers.revision < excluded.revision
        returning greatest(0, due_at_ms - ${now}) as "dueInMs"`
      return { dueInMs: rows[0]?.dueInMs }
    }, failAs("store a timer"))

    const cancel: TimerStore["Service"]["cancel"] = Effect.fn("TimerStore.cancel")(function* (timer, revision) {
      const rows = yield* sql<{ readonly state: string }>`
        insert into timers (owner, timer_id, revision, state, due_at_ms, ended_at_ms)
        values (${timer.owner}, ${timer.timerId}, ${revision}, 'cancelled', ${now}, ${now})
        on conflict (owner, timer_id) do update set revision = excluded.revision,
          state = case timers.state when 'waiting' then 'cancelled' else timers.state end,
          ended_at_ms = coalesce(timers.ended_at_ms, excluded.ended_at_ms), claimed_until_ms = 0
          where timers.revision < excluded.revision
        returning state`
      const state = rows[0]?.state
      return state === undefined ? "unchanged" : state === "cancelled" ? "cancelled" : "tooLate"
    }, failAs("cancel a timer"))

    const claimDue: TimerStore["Service"]["claimDue"] = Effect.fnUntraced(function* (claimer, limit, lease) {
      const leaseMs = Duration.toMillis(lease)
      // A claim that ends later than twice the lease was made before the server's clock went back: it is over, too. Not
      // one lease: a claim of a statement that began later than this one, and was quicker, ends a little after it.
      const rows = yield* sql<DueRow>`
        with due as (
          select owner, timer_id from timers
          where state = 'waiting' and due_at_ms <= ${now}
            and (claimed_until_ms <= ${now} or claimed_until_ms > ${now} + 2 * ${leaseMs}::float8)
          order by due_at_ms, owner, timer_id limit ${limit} for update skip locked
        ), claimed as (
          update timers set claimed_by = ${claimer}, claimed_until_ms = ${now} + ${leaseMs}::float8, claims = claims + 1
          from due where timers.owner = due.owner and timers.timer_id = due.timer_id
          returning timers.*
        )
        select ${now} as "nowMs", owner, timer_id as "timerId", revision, due_at_ms as "dueAtMs", target, payload,
          skip_when_later_ms as "skipWhenLaterMs", schedule_id as "scheduleId", claims
        from claimed order by due_at_ms, owner, timer_id`
      return { nowMs: rows[0]?.nowMs ?? 0, timers: rows.map(toDueTimer) }
    }, failAs("claim due timers"))

    const finish: TimerStore["Service"]["finish"] = Effect.fnUntraced(function* (ends) {
      if (ends.length === 0) return 0
      const rows = yield* sql`
        update timers set state = e.outcome, reason = e.reason, ended_at_ms = ${now}, claimed_until_ms = 0,
          payload = case e.outcome when 'refused' then payload end
        from jsonb_to_recordset(${sql.json(ends)}) as e ("owner" text, "timerId" text, revision integer, outcome text,
          reason text)
        where timers.owner = e.owner and timer_id = e."timerId" and timers.revision = e.revision and state = 'waiting'
        returning 1`
      return rows.length
    }, failAs("finish timers"))

    const release: TimerStore["Service"]["release"] = Effect.fnUntraced(function* (claimer, timers) {
      yield* sql`update timers set claimed_until_ms = 0
        from jsonb_to_recordset(${sql.json(timers.map(({ owner, timerId }) => ({ owner, timerId })))})
          as e ("owner" text, "timerId" text)
        where timers.owner = e.owner and timer_id = e."timerId" and claimed_by = ${claimer} and state = 'waiting'`
    }, failAs("release timers"))

    const untilNext = sql<{ readonly waitMs: number | null }>`
      select least(
        (select min(due_at_ms) from timers where state = 'waiting' and claimed_until_ms <= ${now}),
        (select min(next_at_ms) from schedules where enabled)) - ${now} as "waitMs"`.pipe(
      Effect.map(([row]) => (row === undefined || row.waitMs === null ? undefined : Math.max(0, row.waitMs))),
      failAs("find the next timer")
    )

    const counts = sql<{ readonly waiting: number; readonly due: number }>`
      select count(*)::integer as waiting, count(*) filter (where due_at_ms <= ${now})::integer as due
      from timers where state = 'waiting'`.pipe(
      Effect.map((rows) => rows[0] ?? { waiting: 0, due: 0 }),
      failAs("count timers")
    )

    const rowColumns = sql.literal(`owner, timer_id as "timerId", revision, state, due_at_ms as "dueAtMs",
      target ->> 'topic' as topic, target ->> 'workspaceId' as "workspaceId", schedule_id as "scheduleId", reason`)
    const meant = (workspaceId: string | undefined) => sql`state in ('waiting', 'refused')
      and (${workspaceId ?? null}::text is null or target ->> 'workspaceId' = ${workspaceId ?? null})`

    const list: TimerStore["Service"]["list"] = Effect.fnUntraced(function* ({ after, limit, workspaceId }) {
      const rows = yield* sql<TimerRow>`select ${rowColumns} from timers where ${meant(workspaceId)}
        and (${after?.state ?? null}::text is null or state < ${after?.state ?? null}
          or state = ${after?.state ?? null} and (due_at_ms, owner, timer_id) >
            (${after?.dueAtMs ?? null}::float8, ${after?.owner ?? null}, ${after?.timerId ?? null}))
        order by state desc, due_at_ms, owner, timer_id limit ${limit}`
      const [counted] = yield* sql<{
        readonly total: number
      }>`select count(*)::integer as total from timers where ${meant(workspaceId)}`
      return { rows, total: counted!.total }
    }, failAs("list timers"))

    const withdraw: TimerStore["Service"]["withdraw"] = Effect.fn("TimerStore.withdraw")(
      function* ({ owner, timerId }, revision, workspaceId) {
        const [row] = yield* sql<TimerRow>`select ${rowColumns} from timers where ${meant(workspaceId)}
          and owner = ${owner} and timer_id = ${timerId} and revision = ${revision} for update`
        if (row !== undefined)
          yield* sql`update timers set state = 'cancelled', ended_at_ms = ${now}, claimed_until_ms = 0
            where owner = ${owner} and timer_id = ${timerId}`
        return row
      },
      sql.withTransaction,
      failAs("take a timer back")
    )

    const lastOccurrences = sql<LastOccurrence>`
      select distinct on (schedule_id) schedule_id as "scheduleId", state, due_at_ms as "dueAtMs",
        ended_at_ms as "endedAtMs", reason
      from timers where schedule_id is not null and state in ('delivered', 'skipped', 'refused')
      order by schedule_id, due_at_ms desc`.pipe(failAs("find the last runs"))

    const prune: TimerStore["Service"]["prune"] = Effect.fnUntraced(function* (age) {
      const rows = yield* sql`delete from timers where state in ('delivered', 'skipped', 'cancelled')
        and ended_at_ms < ${now} - ${Duration.toMillis(age)}::float8 returning 1`
      return rows.length
    }, failAs("prune timers"))

    return TimerStore.of({
      schedule,
      cancel,
      claimDue,
      finish,
      release,
      untilNext,
      counts,
      list,
      withdraw,
      lastOccurrences,
      prune
    })
  })
)

/** Timers and recurring schedules in PostgreSQL, by its clock. */
export const layerPgTimers: Layer.Layer<TimerStore | ScheduleStore, never, PgClient.PgClient> = Layer.merge(
  layerPgTimerStore,
  layerPgSchedules
)

interface DueRow {
  readonly nowMs: number
  readonly owner: string
  readonly timerId: string
  readonly revision: number
  readonly dueAtMs: number
  readonly target: TimerTarget
  readonly payload: unknown
  readonly skipWhenLaterMs: number | null
  readonly scheduleId: string | null
  readonly claims: number
}

const toDueTimer = ({ nowMs: _, skipWhenLaterMs, scheduleId, ...row }: DueRow): DueTimer => ({
  ...row,
  skipWhenLaterMs: skipWhenLaterMs ?? undefined,
  scheduleId: scheduleId ?? undefined
})

const failAs =
  (operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
