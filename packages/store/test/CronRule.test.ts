/** When something recurs, also on the days on which clocks are changed. */
import { assert, describe, it } from "@effect/vitest"
import { cronRule } from "@millrace/store"
import { Cron, DateTime, Effect, Result, Schema } from "effect"

const ruleOf = (cron: string, timeZone: string) => Result.getOrThrow(cronRule(cron, timeZone))
const at = (iso: string): number => new Date(iso).getTime()
const shown = (ms: number): string => new Date(ms).toISOString().replace(":00.000Z", "Z")

/** The instants after `from`, as UTC to the minute. */
const after = (cron: string, timeZone: string, from: string, count: number): ReadonlyArray<string> => {
  const rule = ruleOf(cron, timeZone)
  const instants: Array<number> = []
  for (let last = at(from); instants.length < count; ) {
    last = rule.next(last)!
    instants.push(last)
  }
  return instants.map(shown)
}

/** @guarantee records: Recurring schedules follow their time zone and their policy for missed runs */
describe("where clocks go forward (Berlin, 29 March 2026, 02:00 → 03:00)", () => {
  it("a time that is left out comes once, an hour later", () => {
    assert.deepStrictEqual(after("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2), [
      "2026-03-29T01:30Z",
      "2026-03-30T00:30Z"
    ])
  })

  it("each time that is left out comes, and none of the others is passed over", () => {
    assert.deepStrictEqual(after("15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 3), [
      "2026-03-29T01:15Z",
      "2026-03-29T01:45Z",
      "2026-03-30T00:15Z"
    ])
    // Lord Howe moves half an hour: 02:15 comes at 02:45, after 02:40.
    assert.deepStrictEqual(after("15,40 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", 2), [
      "2026-10-03T15:40Z",
      "2026-10-03T15:45Z"
    ])
  })

  it("other times are not moved", () => {
    assert.deepStrictEqual(after("0 9 * * *", "Europe/Berlin", "2026-03-28T00:00Z", 2), [
      "2026-03-28T08:00Z",
      "2026-03-29T07:00Z"
    ])
  })

  it("what comes each half hour goes on without a pause", () => {
    assert.deepStrictEqual(after("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", 4), [
      "2026-03-29T00:30Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:30Z",
      "2026-03-29T02:00Z"
    ])
  })
})

/** @guarantee records: Recurring schedules follow their time zone and their policy for missed runs */
describe("where clocks go back (New York, 1 November 2026, 02:00 → 01:00)", () => {
  it("a fixed hour comes once, at its first showing", () => {
    assert.deepStrictEqual(after("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", 2), [
      "2026-11-01T05:30Z",
      "2026-11-02T06:30Z"
    ])
  })

  it("what comes each half hour goes on through both", () => {
    assert.deepStrictEqual(after("0 */30 * * * *", "America/New_York", "2026-11-01T05:00Z", 4), [
      "2026-11-01T05:30Z",
      "2026-11-01T06:00Z",
      "2026-11-01T06:30Z",
      "2026-11-01T07:00Z"
    ])
  })
})

it("knows leap days, last days of months and offsets", () => {
  assert.deepStrictEqual(after("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", 1), ["2028-02-29T00:00Z"])
  assert.deepStrictEqual(after("0 0 31 * *", "UTC", "2026-01-31T00:00Z", 2), ["2026-03-31T00:00Z", "2026-05-31T00:00Z"])
  assert.deepStrictEqual(after("0 12 * * *", "+02:00", "2026-01-01T00:00Z", 1), ["2026-01-01T10:00Z"])
})

describe("the newest of many", () => {
  it("are found without walking through all", () => {
    const rule = ruleOf("* * * * * *", "Europe/Berlin")
    const toMs = at("2027-01-01T00:00Z")
    assert.deepStrictEqual(rule.newest(at("2026-01-01T00:00Z"), toMs, 3), {
      atMs: [toMs - 2000, toMs - 1000, toMs],
      more: true
    })
  })

  it("are all, where there are few", () => {
    const rule = ruleOf("0 0 * * *", "UTC")
    const fromMs = at("2026-05-01T00:00Z")
    assert.deepStrictEqual(rule.newest(fromMs, fromMs, 5), { atMs: [fromMs], more: false })
    assert.deepStrictEqual(rule.newest(fromMs + 1, fromMs + 1000, 5), { atMs: [], more: false })
    assert.lengthOf(rule.newest(fromMs, at("2026-05-05T00:00Z"), 5).atMs, 5)
    assert.isFalse(rule.newest(fromMs, at("2026-05-05T00:00Z"), 5).more)
  })
})

/** Instants at which clocks are changed in 2026, and by how many minutes. */
const changes = [
  { zone: "Europe/Berlin", at: "2026-03-29T01:00Z", byMinutes: 60 },
  { zone: "Europe/Berlin", at: "2026-10-25T01:00Z", byMinutes: -60 },
  { zone: "America/New_York", at: "2026-03-08T07:00Z", byMinutes: 60 },
  { zone: "America/New_York", at: "2026-11-01T06:00Z", byMinutes: -60 },
  { zone: "Australia/Lord_Howe", at: "2026-10-03T15:30Z", byMinutes: 30 },
  { zone: "Australia/Lord_Howe", at: "2026-04-04T15:00Z", byMinutes: -30 }
] as const
const hours = ["*", "*/2", "0-4", "1", "2", "2-3", "3"]
const minutes = ["0", "15,45", "*/30", "15,40", "10-50/20"]
const days = ["* * *", "*/2 * *", "* * 0", "* * 1-5"]
const minuteMs = 60_000

/** Every instant of eight hours around a change, found by asking for each minute what the wall shows. */
const expectedAround = (cron: string, { zone, at: iso, byMinutes }: (typeof changes)[number], fromMs: number) => {
  const changeMs = at(iso)
  const shiftMs = byMinutes * minuteMs
  const offsetMs = DateTime.zonedOffset(DateTime.makeZonedUnsafe(changeMs - 1, { timeZone: zone }))
  const inZone = Cron.parseUnsafe(cron, zone)
  const asBefore = Cron.parseUnsafe(cron, DateTime.zoneMakeOffset(offsetMs))
  const everyShowing = cron.split(" ")[1]!.startsWith("*")
  const found: Array<number> = []
  for (let ms = fromMs; ms <= fromMs + 8 * 60 * minuteMs; ms += minuteMs) {
    const behindMs = ms - changeMs
    const inShadow = behindMs >= 0 && behindMs < Math.abs(shiftMs)
    const showsAgain = shiftMs < 0 && inShadow
    if (showsAgain ? everyShowing && Cron.match(inZone, ms) : Cron.match(inZone, ms)) found.push(ms)
    else if (shiftMs > 0 && inShadow && Cron.match(asBefore, ms)) found.push(ms)
  }
  return found
}

const oneOf = (list: ReadonlyArray<unknown>) =>
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: list.length - 1 }))
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** @guarantee records: Recurring schedules follow their time zone and their policy for missed runs */
it.effect.prop(
  "around a change of the clocks every instant is found, once, going forward and looking back",
  {
    change: oneOf(changes),
    hour: oneOf(hours),
    minute: oneOf(minutes),
    day: oneOf(days),
    start: upTo(480),
    keep: upTo(8)
  },
  ({ change, hour, minute, day, start, keep }) =>
    Effect.sync(() => {
      const cron = `${minutes[minute]} ${hours[hour]} ${days[day]}`
      const where = changes[change]!
      const rule = ruleOf(cron, where.zone)
      const fromMs = at(where.at) - start * minuteMs
      const toMs = fromMs + 8 * 60 * minuteMs
      const expected = expectedAround(cron, where, fromMs)
      const all: Array<number> = []
      for (let next = rule.next(fromMs - 1); next !== undefined && next <= toMs; next = rule.next(next)) all.push(next)
      assert.deepStrictEqual(all.map(shown), expected.map(shown), `${cron} ${where.zone}`)
      assert.deepStrictEqual(rule.newest(fromMs, toMs, keep + 1), {
        atMs: expected.slice(-keep - 1),
        more: expected.length > keep + 1
      })
    })
)
