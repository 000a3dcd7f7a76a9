import { assert, layer as describeLayer } from "@effect/vitest"
import { type Schedule as Recurring, ScheduleStore, TimerStore } from "@millrace/store"
import { Clock, Duration, Effect, type Layer, Schedule } from "effect"

const minute = Duration.minutes(1)

/**
 * What every store of recurring schedules promises. Runs on the real clock: schedules of each second are waited for, by
 * their state; the others come once a year.
 */
export const scheduleSuite = <E>(name: string, stores: Layer.Layer<TimerStore | ScheduleStore, E>): void =>
  describeLayer(stores, { excludeTestServices: true })(`schedules: ${name}`, (it) => {
    it.effect("refuses what can't be followed, and says why", () =>
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        for (const wrong of [
          { cron: "61 * * * *" },
          { cron: "* *" },
          { cron: "0 0 30 2 *" },
          { timeZone: "Mars/North" }
        ]) {
          const error = yield* Effect.flip(store.put({ ...everySecond("wrong"), ...wrong }))
          assert.strictEqual(error._tag, "InvalidCron", JSON.stringify(wrong))
          assert.include(error.message, "Expected 5 or 6 fields")
        }
        assert.deepStrictEqual(yield* store.list, [])
      })
    )

    /** @guarantee effects: A timer or occurrence is delivered once, however many schedulers run */
    it.effect("turns each occurrence into one timer, however many schedulers are at it", () =>
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        const timers = yield* TimerStore
        yield* store.put(everySecond("shared"))
        const nextAtMs = (yield* store.list)[0]!.nextAtMs!
        const made = yield* unrolled(store, 8)
        assert.isAtLeast(made, 1)
        yield* store.remove("absent")
        const claim = yield* timers.claimDue("a", 100, minute)
        assert.lengthOf(claim.timers, made)
        const [first] = claim.timers
        assert.strictEqual(first?.timerId, `cron:shared:${nextAtMs}`)
        assert.deepInclude(first, { owner: "it-owner", dueAtMs: nextAtMs, scheduleId: "shared", claims: 1 })
        assert.deepStrictEqual(first?.payload, { id: first?.timerId, at: nextAtMs, list: ["as it is"] })
        assert.isAbove((yield* store.list)[0]!.nextAtMs!, claim.nowMs - 1)
        yield* timers.finish(claim.timers.map((timer) => ({ ...timer, outcome: "delivered", reason: undefined })))
        const last = (yield* timers.lastOccurrences).find(({ scheduleId }) => scheduleId === "shared")
        assert.deepInclude(last, { state: "delivered", dueAtMs: claim.timers.at(-1)!.dueAtMs })
        yield* store.remove("shared")
      })
    )

    /** @guarantee effects: A timer or occurrence is delivered once, however many schedulers run */
    it.effect("makes an occurrence that was delivered not again when its schedule is put back", () =>
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        const timers = yield* TimerStore
        yield* store.put(everySecond("back"))
        yield* unrolled(store, 1)
        const claim = yield* timers.claimDue("a", 100, minute)
        yield* timers.finish(claim.timers.map((timer) => ({ ...timer, outcome: "delivered", reason: undefined })))
        assert.strictEqual(yield* store.put(everySecond("back")), "unchanged")
        assert.isTrue(yield* store.remove("back"))
        assert.isFalse(yield* store.remove("back"))
        assert.strictEqual(yield* store.put(everySecond("back")), "stored")
        yield* unrolled(store, 1)
        const again = (yield* timers.claimDue("a", 100, minute)).timers.map(({ timerId }) => timerId)
        const before = new Set(claim.timers.map(({ timerId }) => timerId))
        assert.deepStrictEqual(
          again.filter((id) => before.has(id)),
          []
        )
        yield* store.remove("back")
      })
    )

    it.effect("pauses with what is due and not delivered, and goes on from now", () =>
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        const timers = yield* TimerStore
        yield* store.put(everySecond("paused"))
        yield* unrolled(store, 1)
        assert.isTrue(yield* store.setEnabled("paused", false))
        assert.deepStrictEqual((yield* timers.claimDue("a", 100, minute)).timers, [])
        assert.isUndefined(yield* timers.untilNext)
        assert.deepStrictEqual(yield* store.unroll(10), { schedules: 0, occurrences: 0, withMissed: [] })
        assert.strictEqual(yield* store.put({ ...everySecond("paused"), payload: 2 }), "stored")
        assert.isFalse((yield* store.list)[0]!.enabled, "a change does not wake it")
        yield* untilPast((yield* store.list)[0]!.nextAtMs!)
        const before = (yield* store.list)[0]!.nextAtMs!
        assert.isTrue(yield* store.setEnabled("paused", true))
        assert.isAbove((yield* store.list)[0]!.nextAtMs!, before, "what fell into the pause is not made up for")
        assert.isFalse(yield* store.setEnabled("absent", true))
        yield* store.remove("paused")
      })
    )

    it.effect("a change begins from now where the instants differ, and goes on where they do not", () =>
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        const next = Effect.map(store.list, (rows) => rows[0]!.nextAtMs!)
        yield* store.put(everySecond("changed"))
        const due = yield* next
        yield* untilPast(due)
        yield* store.put({ ...everySecond("changed"), payload: "another" })
        assert.strictEqual(yield* next, due, "what is due is not left out")
        const yearly = { ...everySecond("changed"), cron: "0 0 1 1 *" }
        yield* store.put(yearly)
        const first = yield* next
        yield* store.put({ ...yearly, timeZone: "America/New_York" })
        assert.strictEqual(yield* next, first + 5 * 3_600_000)
        yield* store.remove("changed")
      })
    )
  })

const everySecond = (scheduleId: string): Recurring => ({
  scheduleId,
  owner: "it-owner",
  cron: "* * * * * *",
  timeZone: "UTC",
  missed: "all",
  missedLimit: 100,
  graceMs: 60_000,
  target: { topic: "it-target", key: "k", workspaceId: "ws-1" },
  payload: { id: "{{occurrence-id}}", at: "{{scheduled-at-ms}}", list: ["as it is"] }
})

/** Waits until an instant less than two seconds ahead is past, for the store's clock as well. */
const untilPast = (atMs: number) =>
  Effect.repeat(Clock.currentTimeMillis, {
    until: (nowMs) => nowMs > atMs + 50,
    schedule: Schedule.spaced("10 millis")
  })

/** Unrolls by several schedulers at once until something was made; returns how much. */
const unrolled = Effect.fnUntraced(function* (store: ScheduleStore["Service"], schedulers: number) {
  for (;;) {
    const passes = yield* Effect.forEach(Array.from({ length: schedulers }), () => store.unroll(10), {
      concurrency: schedulers
    })
    const made = passes.reduce((sum, { occurrences }) => sum + occurrences, 0)
    if (made > 0) return made
    yield* Effect.sleep("10 millis")
  }
})
