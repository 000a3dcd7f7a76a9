/** What becomes of occurrences that were missed. */
import { assert, describe, it } from "@effect/vitest"
import { occurrenceId, type ScheduleRow, unrollSchedule } from "@millrace/store"
import { Effect, Schema } from "effect"

const minuteMs = 60_000
const start = new Date("2026-06-01T00:00:00Z").getTime()

/** Each minute, the next at `start`. */
const schedule = (change: Partial<ScheduleRow> = {}): ScheduleRow => ({
  scheduleId: "s",
  owner: "it-owner",
  cron: "* * * * *",
  timeZone: "UTC",
  missed: "skip",
  missedLimit: 3,
  graceMs: 10_000,
  target: { topic: "it-target", key: "k", workspaceId: "ws-1" },
  payload: null,
  enabled: true,
  nextAtMs: start,
  ...change
})

const minutes = (row: ScheduleRow, nowMs: number) => {
  const { timers, nextAtMs, missed } = unrollSchedule(row, nowMs)
  return { at: timers.map(({ dueAtMs }) => (dueAtMs - start) / minuteMs), next: (nextAtMs! - start) / minuteMs, missed }
}

describe.each(["skip", "once", "all"] as const)("%s", (missed) => {
  it("gives an occurrence that is in time, and goes on to the next", () => {
    assert.deepStrictEqual(minutes(schedule({ missed }), start), { at: [0], next: 1, missed: false })
    assert.deepStrictEqual(minutes(schedule({ missed }), start + 9_999), { at: [0], next: 1, missed: false })
  })

  it("gives nothing before its time", () => {
    assert.deepStrictEqual(minutes(schedule({ missed }), start - 1), { at: [], next: 0, missed: false })
  })
})

it("skip makes up for nothing: only the newest, and only within the grace", () => {
  assert.deepStrictEqual(minutes(schedule(), start + 10_001), { at: [], next: 1, missed: true })
  assert.deepStrictEqual(minutes(schedule(), start + 5 * minuteMs), { at: [5], next: 6, missed: true })
  assert.deepStrictEqual(minutes(schedule(), start + 5 * minuteMs + 20_000), { at: [], next: 6, missed: true })
})

it("once lets the newest stand for all, however late", () => {
  assert.deepStrictEqual(minutes(schedule({ missed: "once" }), start + 59_000), { at: [0], next: 1, missed: false })
  assert.deepStrictEqual(minutes(schedule({ missed: "once" }), start + 5.9 * minuteMs), {
    at: [5],
    next: 6,
    missed: true
  })
})

it("all gives the newest up to its bound, oldest first", () => {
  assert.deepStrictEqual(minutes(schedule({ missed: "all" }), start + 2.5 * minuteMs), {
    at: [0, 1, 2],
    next: 3,
    missed: false
  })
  assert.deepStrictEqual(minutes(schedule({ missed: "all" }), start + 9.5 * minuteMs), {
    at: [7, 8, 9],
    next: 10,
    missed: true
  })
})

it("gives an occurrence the same id and payload whoever comes upon it, and when", () => {
  const row = schedule({
    missed: "all",
    payload: { id: "{{occurrence-id}}", deep: [{ at: "{{scheduled-at-ms}}" }, "constructor"] }
  })
  const [early] = unrollSchedule(row, start).timers
  const [late] = unrollSchedule(row, start + minuteMs).timers
  assert.deepStrictEqual(early, late)
  assert.strictEqual(early?.timerId, occurrenceId("s", start))
  assert.deepStrictEqual(early?.payload, { id: early?.timerId, deep: [{ at: start }, "constructor"] })
})

it("a schedule whose expression can't be followed any more stops", () => {
  assert.deepStrictEqual(unrollSchedule(schedule({ cron: "broken" }), start), {
    timers: [],
    nextAtMs: undefined,
    missed: false
  })
})

const outages = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 600_000 })))

/**
 * @guarantee records: Recurring schedules follow their time zone and their policy for missed runs
 * @how Effect's cron; a fixed hour comes once on a day whose clocks go back, and is made up for where they go forward; `skip`, `once` or `all` with a bound
 */
it.effect.prop(
  "whatever the outages, no occurrence comes twice, and with room for all none is lost",
  [outages],
  ([waits]) =>
    Effect.sync(() => {
      let row = schedule({ missed: "all", missedLimit: 1000 })
      let nowMs = start
      const came: Array<number> = []
      for (const wait of waits) {
        nowMs += wait
        const { timers, nextAtMs } = unrollSchedule(row, nowMs)
        came.push(...timers.map(({ dueAtMs }) => dueAtMs))
        row = { ...row, nextAtMs }
      }
      const expected = Math.floor((nowMs - start) / minuteMs) + 1
      assert.deepStrictEqual(
        came,
        waits.length === 0 ? [] : Array.from({ length: expected }, (_, n) => start + n * minuteMs)
      )
    })
)
