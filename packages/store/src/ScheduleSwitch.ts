import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { auditedChange } from "./auditedChange.ts"
import type { InvalidCron } from "./CronRule.ts"
import { StoreError } from "./IntentLedger.ts"
import { Outbox } from "./Outbox.ts"
import { type ScheduleRow, ScheduleStore } from "./ScheduleStore.ts"

/** Which schedule, and who asks; without a workspace those of all are meant. */
export interface NamedSchedule {
  readonly scheduleId: string
  readonly workspaceId: string | undefined
  readonly actor: string
}

/**
 * Pauses and resumes recurring schedules for people: each change is told to the audit log of the schedule's workspace in the
 * same transaction. Fails with `StoreError`, and with `InvalidCron` where the stored expression can't be read any more.
 */
export class ScheduleSwitch extends Context.Service<
  ScheduleSwitch,
  {
    /** The schedule as it is now; undefined: there is none of the workspace. */
    readonly set: (
      named: NamedSchedule,
      enabled: boolean
    ) => Effect.Effect<ScheduleRow | undefined, StoreError | InvalidCron>
  }
>()("@millrace/store/ScheduleSwitch") {
  static readonly layerPg = Layer.effect(
    ScheduleSwitch,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const outbox = yield* Outbox
      const schedules = yield* ScheduleStore
      const set = Effect.fnUntraced(function* (named: NamedSchedule, enabled: boolean) {
        const before = yield* scheduleOf(schedules, named)
        if (before === undefined) return undefined
        yield* schedules.setEnabled(named.scheduleId, enabled)
        const { workspaceId } = before.target
        const where = { workspaceId, actor: named.actor, key: `schedule/${named.scheduleId}` }
        const action = enabled ? "schedule_resumed" : "schedule_paused"
        const figures = { before: { enabled: before.enabled }, after: { enabled } }
        yield* outbox.append([auditedChange(where, action, figures)])
        return yield* scheduleOf(schedules, named)
      }, sql.withTransaction)
      return ScheduleSwitch.of({
        set: (named, enabled) =>
          Effect.mapError(set(named, enabled), (cause) =>
            cause._tag === "SqlError" ? new StoreError({ operation: "switch a schedule", cause }) : cause
          )
      })
    })
  )

  /** Tells no audit log. */
  static readonly layerMemory = Layer.effect(
    ScheduleSwitch,
    Effect.gen(function* () {
      const schedules = yield* ScheduleStore
      return ScheduleSwitch.of({
        set: Effect.fnUntraced(function* (named, enabled) {
          if ((yield* scheduleOf(schedules, named)) === undefined) return undefined
          yield* schedules.setEnabled(named.scheduleId, enabled)
          return yield* scheduleOf(schedules, named)
        })
      })
    })
  )
}

const scheduleOf = (schedules: ScheduleStore["Service"], { scheduleId, workspaceId }: NamedSchedule) =>
  Effect.map(schedules.list, (all) =>
    all.find(
      (one) => one.scheduleId === scheduleId && (workspaceId === undefined || one.target.workspaceId === workspaceId)
    )
  )
