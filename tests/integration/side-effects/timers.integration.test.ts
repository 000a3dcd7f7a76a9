/**
 * Timers and recurring schedules outlive every process. Schedulers claim, die, repeat and race; requests come again, late
 * and out of order: each timer is given out until it is ended, and each occurrence becomes one timer.
 */
import { assert, layer } from "@effect/vitest"
import { layerPgTimers, Outbox, type OutboxEntry, ScheduleStore, ScheduleSwitch } from "@millrace/store"
import { Effect, Layer } from "effect"
import { scheduleSuite } from "../../../packages/testkit/src/ScheduleSuite.ts"
import { timerSuite } from "../../../packages/testkit/src/TimerSuite.ts"
import { layerOwnSchema } from "./database.ts"

timerSuite("PostgreSQL", Layer.provide(layerPgTimers, layerOwnSchema))
scheduleSuite("PostgreSQL", Layer.provide(layerPgTimers, layerOwnSchema))

const switched = ScheduleSwitch.layerPg.pipe(
  Layer.provideMerge(layerPgTimers),
  Layer.provideMerge(Outbox.layerPg),
  Layer.provideMerge(layerOwnSchema)
)

layer(switched, { excludeTestServices: true })("a schedule that somebody pauses", (it) => {
  /**
   * @guarantee operation: Pausing and resuming a schedule is in audit-log, with who did it and what was before
   * @how PostgreSQL and the outbox of its transactions
   */
  it.effect("is paused in its own workspace only, and told to the audit log with what was before", () =>
    Effect.gen(function* () {
      const schedules = yield* ScheduleStore
      const switches = yield* ScheduleSwitch
      const outbox = yield* Outbox
      const target = { topic: "background-jobs", key: "k", workspaceId: "w1" }
      yield* schedules.put({
        ...{ scheduleId: "s1", owner: "scheduler", cron: "0 0 1 1 *", timeZone: "UTC", missed: "once" },
        ...{ missedLimit: 1, graceMs: 0, target, payload: {} }
      })
      const named = { scheduleId: "s1", actor: "ann" }
      assert.isUndefined(yield* switches.set({ ...named, workspaceId: "w2" }, false))
      assert.isFalse((yield* switches.set({ ...named, workspaceId: "w1" }, false))?.enabled)
      assert.isTrue((yield* switches.set({ ...named, workspaceId: undefined }, true))?.enabled)
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
})
