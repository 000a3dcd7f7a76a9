import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { auditedChange } from "./auditedChange.ts"
import type { InvalidCron } from "./CronRule.ts"
import { StoreError } from "./IntentLedger.ts"
import { type AuditDetails, Outbox } from "./Outbox.ts"
import { type Schedule, type ScheduleRow, ScheduleStore } from "./ScheduleStore.ts"
import { type TimerKey, type TimerRow, TimerStore } from "./TimerStore.ts"

/** Who asks, and for which workspace; without one those of all are meant. */
interface Asker {
  readonly workspaceId: string | undefined
  readonly actor: string
}

export interface NamedSchedule extends Asker {
  readonly scheduleId: string
}

/** A timer as somebody saw it: a later request of its owner is another one. */
export interface NamedTimer extends Asker, TimerKey {
  readonly revision: number
}

/**
 * What people change of timers and recurring schedules: each change is told to the audit log of the workspace that they deliver to, in
 * the same transaction. Answers are undefined where the workspace has no such thing. Fails with `StoreError`, and with
 * `InvalidCron` where an expression can't be followed, also a stored one.
 */
export class TimerOperations extends Context.Service<
  TimerOperations,
  {
    /** Pauses or resumes it. */
    readonly setEnabled: (
      named: NamedSchedule,
      enabled: boolean
    ) => Effect.Effect<ScheduleRow | undefined, StoreError | InvalidCron>
    /** Stores a schedule, or changes one, as `ScheduleStore.put` does; the same again is no change. */
    readonly put: (schedule: Schedule, actor: string) => Effect.Effect<ScheduleRow, StoreError | InvalidCron>
    /** Removes it, with what is due of it and not delivered; tells what it was. */
    readonly remove: (named: NamedSchedule) => Effect.Effect<ScheduleRow | undefined, StoreError>
    /** Takes a timer back that waits or was refused; tells what it was. */
    readonly cancel: (named: NamedTimer) => Effect.Effect<TimerRow | undefined, StoreError>
  }
>()("@millrace/store/TimerOperations") {
  static readonly layerPg = Layer.effect(
    TimerOperations,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const outbox = yield* Outbox
      const changes = yield* operationsOf((where, action, figures) =>
        outbox.append([auditedChange(where, action, figures)])
      )
      const whole = <A, E extends Tagged>(operation: string, change: Effect.Effect<A, E>) =>
        Effect.mapError(sql.withTransaction(change), (cause) =>
          cause._tag === "SqlError"
            ? new StoreError({ operation, cause })
            : (cause as Exclude<E, { readonly _tag: "SqlError" }>)
        )
      return TimerOperations.of({
        setEnabled: (named, enabled) => whole("switch a schedule", changes.setEnabled(named, enabled)),
        put: (schedule, actor) => whole("store a schedule", changes.put(schedule, actor)),
        remove: (named) => whole("remove a schedule", changes.remove(named)),
        cancel: (named) => whole("cancel a timer", changes.cancel(named))
      })
    })
  )

  /** Tells no audit log. */
  static readonly layerMemory = Layer.effect(
    TimerOperations,
    Effect.map(
      operationsOf(() => Effect.void),
      TimerOperations.of
    )
  )
}

type Tell<E> = (
  where: { readonly workspaceId: string; readonly actor: string; readonly key: string },
  action: string,
  figures: { readonly before?: AuditDetails; readonly after?: AuditDetails }
) => Effect.Effect<void, E>

function operationsOf<E>(tell: Tell<E>) {
  return Effect.gen(function* () {
    const schedules = yield* ScheduleStore
    const timers = yield* TimerStore

    const find = ({ scheduleId, workspaceId }: Omit<NamedSchedule, "actor">) =>
      Effect.map(schedules.list, (all) =>
        all.find(
          (one) =>
            one.scheduleId === scheduleId && (workspaceId === undefined || one.target.workspaceId === workspaceId)
        )
      )
    const whereOf = ({ scheduleId, target: { workspaceId } }: Schedule, actor: string) => ({
      workspaceId,
      actor,
      key: `schedule/${scheduleId}`
    })

    const setEnabled = Effect.fnUntraced(function* (named: NamedSchedule, enabled: boolean) {
      const before = yield* find(named)
      if (before === undefined) return undefined
      yield* schedules.setEnabled(named.scheduleId, enabled)
      const action = enabled ? "schedule_resumed" : "schedule_paused"
      yield* tell(whereOf(before, named.actor), action, { before: { enabled: before.enabled }, after: { enabled } })
      return yield* find(named)
    })

    const put = Effect.fnUntraced(function* (schedule: Schedule, actor: string) {
      const { scheduleId } = schedule
      const before = yield* find({ scheduleId, workspaceId: undefined })
      const stored = yield* schedules.put(schedule)
      const after = (yield* find({ scheduleId, workspaceId: undefined }))!
      if (stored === "stored") {
        const figures = { ...(before === undefined ? {} : { before: figuresOf(before) }), after: figuresOf(after) }
        yield* tell(whereOf(schedule, actor), "schedule_stored", figures)
      }
      return after
    })

    const remove = Effect.fnUntraced(function* (named: NamedSchedule) {
      const before = yield* find(named)
      if (before === undefined) return undefined
      yield* schedules.remove(named.scheduleId)
      yield* tell(whereOf(before, named.actor), "schedule_removed", { before: figuresOf(before) })
      return before
    })

    const cancel = Effect.fnUntraced(function* ({ actor, revision, workspaceId, ...timer }: NamedTimer) {
      const before = yield* timers.withdraw(timer, revision, workspaceId)
      if (before === undefined) return undefined
      const { dueAtMs, owner, state, timerId, topic } = before
      const where = { workspaceId: before.workspaceId ?? "system", actor, key: `timer/${owner}/${timerId}` }
      yield* tell(where, "timer_cancelled", {
        before: { state, dueAtMs, revision, ...(topic == null ? {} : { topic }) }
      })
      return before
    })

    return { setEnabled, put, remove, cancel }
  })
}

const figuresOf = ({ cron, enabled, graceMs, missed, missedLimit, owner, target, timeZone, ...row }: ScheduleRow) => ({
  cron,
  timeZone,
  enabled,
  owner,
  topic: target.topic,
  key: target.key,
  missed,
  missedLimit,
  graceMs,
  payload: JSON.stringify(row.payload).slice(0, 1_000)
})

interface Tagged {
  readonly _tag: string
}
