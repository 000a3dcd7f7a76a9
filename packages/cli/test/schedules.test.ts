import { assert, it } from "@effect/vitest"
import { layerMemoryTimers, ScheduleStore, TimerStore } from "@millrace/store"
import { Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { runMillrace } from "./runMillrace.ts"

const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const stores = yield* Effect.context<TimerStore | ScheduleStore>()
  return yield* runMillrace({ timers: Layer.succeedContext(Context.pick(TimerStore, ScheduleStore)(stores)) }, args)
})

const alert = {
  ...{ notificationId: "{{occurrence-id}}", userId: "user-1", kind: "margin_alert", level: "info" },
  ...{ title: "Good morning", body: "All is watched", subjectId: "daily", createdAtMs: "{{scheduled-at-ms}}" }
}

const add = (payload: unknown, ...more: ReadonlyArray<string>) =>
  run(
    ...["schedules", "add", "daily", "--cron", "0 8 * * *", "--time-zone", "Europe/Berlin", "--topic", "notifications"],
    ...["--key", "user-1", "--workspace", "ws-1", "--payload", JSON.stringify(payload)],
    ...more
  )

it.effect("stores a schedule, shows when it comes next, pauses, resumes and removes it", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_767_225_600_000)
    const added = yield* add(alert, "--owner", "margin-monitor")
    const line = '"0 8 * * *" Europe/Berlin  next 2026-01-01T07:00:00.000Z  → notifications  missed: skip'
    assert.deepStrictEqual(added, { exitCode: 0, out: `stored: daily  ${line}`, error: "" })
    assert.match((yield* add(alert, "--owner", "margin-monitor")).out, /^unchanged/u)
    assert.strictEqual((yield* run("schedules", "pause", "daily")).out, "paused: daily")
    assert.include((yield* run("schedules", "list")).out, "paused")
    assert.strictEqual((yield* run("schedules", "resume", "daily")).exitCode, 0)
    assert.include((yield* run("schedules", "list")).out, "next 2026-01-01T07:00")
    yield* TestClock.setTime(1_767_225_600_000 + 7 * 3_600_000)
    yield* ScheduleStore.use((store) => store.unroll(10))
    assert.match(
      (yield* run("timers", "list")).out,
      /^2026-01-01T07:00:00.000Z {2}waiting {2}margin-monitor {2}cron:daily:/u
    )
    assert.strictEqual((yield* run("schedules", "remove", "daily")).exitCode, 0)
    assert.strictEqual((yield* run("schedules", "list")).out, "There is no schedule.")
    assert.strictEqual((yield* run("timers", "list")).out, "No timer waits.")
  }).pipe(Effect.provide(layerMemoryTimers))
)

it.effect("refuses what could never be delivered, and says why", () =>
  Effect.gen(function* () {
    const cases = [
      [yield* add(alert), /scheduler writes no kind of record of notifications/u],
      [yield* add({ ...alert, level: "loud" }, "--owner", "margin-monitor"), /no record of notifications/u],
      [yield* add(alert, "--owner", "margin-monitor", "--lane", "high"), /no lane high/u],
      [yield* run("schedules", "remove", "absent"), /There is no schedule absent/u]
    ] as const
    for (const [{ exitCode, error }, said] of cases) {
      assert.strictEqual(exitCode, 1)
      assert.match(error, said)
    }
    assert.strictEqual((yield* run("schedules", "list")).out, "There is no schedule.")
  }).pipe(Effect.provide(layerMemoryTimers))
)
