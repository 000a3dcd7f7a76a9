/**
 * Timers and recurring schedules outlive every process. Schedulers claim, die, repeat and race; requests come again, late
 * and out of order: each timer is given out until it is ended, and each occurrence becomes one timer.
 */
import { assert, layer } from "@effect/vitest"
import { layerPgTimers, Outbox, type OutboxEntry, ScheduleStore, TimerOperations, TimerStore } from "@millrace/store"
import { Effect, Layer } from "effect"
import { scheduleSuite } from "../../../packages/testkit/src/ScheduleSuite.ts"
import { timerSuite } from "../../../packages/testkit/src/TimerSuite.ts"
import { layerOwnSchema } from "./database.ts"

timerSuite("PostgreSQL", Layer.provide(layerPgTimers, layerOwnSchema))
scheduleSuite("PostgreSQL", Layer.provide(layerPgTimers, layerOwnSchema))

const operations = TimerOperations.layerPg.pipe(
  Layer.provideMerge(layerPgTimers),
  Layer.provideMerge(Outbox.layerPg),
  Layer.provideMerge(layerOwnSchema)
)

layer(operations, { excludeTestServices: true })("a schedule that somebody changes", (it) => {
  /**
   * @guarantee operation: Pausing and resuming a schedule is in audit-log, with who did it and what was before
   * @how PostgreSQL and the outbox of its transactions
   */
  it.effect("is paused in its own workspace only, and told to the audit log with what was before", () =>
    Effect.gen(function* () {
      const schedules = yield* ScheduleStore
      const operations = yield* TimerOperations
      const outbox = yield* Outbox
      const target = { topic: "background-jobs", key: "k", workspaceId: "w1" }
      yield* schedules.put({
        ...{ scheduleId: "s1", owner: "scheduler", cron: "0 0 1 1 *", timeZone: "UTC", missed: "once" },
        ...{ missedLimit: 1, graceMs: 0, target, payload: {} }
      })
      const named = { scheduleId: "s1", actor: "ann" }
      assert.isUndefined(yield* operations.setEnabled({ ...named, workspaceId: "w2" }, false))
      assert.isFalse((yield* operations.setEnabled({ ...named, workspaceId: "w1" }, false))?.enabled)
      assert.isTrue((yield* operations.setEnabled({ ...named, workspaceId: undefined }, true))?.enabled)
      const told: Array<OutboxEntry> = []
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      const change = (action: string, before: boolean) => ({
        action,
        before: { enabled: before },
        after: { enabled: !before }
      })
      assert.deepStrictEqual(
        told.map(({ actor, key, value, workspaceId }) => [workspaceId, actor, key, value]),
        [
          ["w1", "ann", "schedule/s1", change("schedule_paused", true)],
          ["w1", "ann", "schedule/s1", change("schedule_resumed", false)]
        ]
      )
    })
  )

  /**
   * @guarantee operation: A timer that somebody takes back, and a schedule that somebody stores or removes, is in audit-log
   * @how PostgreSQL and the outbox of its transactions
   */
  it.effect("is told when it is stored or removed, as is a timer that is taken back", () =>
    Effect.gen(function* () {
      const timers = yield* TimerStore
      const operations = yield* TimerOperations
      const outbox = yield* Outbox
      const target = { topic: "background-jobs", key: "k", workspaceId: "w3" }
      const schedule = {
        ...{ scheduleId: "s3", owner: "scheduler", cron: "0 0 1 1 *", timeZone: "UTC", missed: "once" as const },
        ...{ missedLimit: 1, graceMs: 0, target, payload: {} }
      }
      yield* operations.put(schedule, "ann")
      yield* operations.put(schedule, "ann")
      yield* operations.put({ ...schedule, cron: "0 0 2 1 *" }, "ann")
      const by = { actor: "ann", workspaceId: "w3" }
      yield* operations.remove({ ...by, scheduleId: "s3" })
      const timer = { owner: "job-runner", timerId: "t3", revision: 1, dueAtMs: 9e12, target, payload: {} }
      yield* timers.schedule({ ...timer, skipWhenLaterMs: undefined })
      const named = { ...by, owner: "job-runner", timerId: "t3", revision: 1 }
      assert.isUndefined(yield* operations.cancel({ ...named, workspaceId: "w4" }))
      assert.deepInclude(yield* operations.cancel(named), { state: "waiting", dueAtMs: 9e12 })
      const told: Array<OutboxEntry> = []
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      const said = told.map(({ key, value }) => {
        const { action, after, before } = value as unknown as Record<string, Record<string, unknown> | undefined>
        return [key, action, before?.cron ?? before?.state, after?.cron]
      })
      assert.deepStrictEqual(said as ReadonlyArray<unknown>, [
        ["schedule/s3", "schedule_stored", undefined, "0 0 1 1 *"],
        ["schedule/s3", "schedule_stored", "0 0 1 1 *", "0 0 2 1 *"],
        ["schedule/s3", "schedule_removed", "0 0 2 1 *", undefined],
        ["timer/job-runner/t3", "timer_cancelled", "waiting", undefined]
      ])
    })
  )
})
