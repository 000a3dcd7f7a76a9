/** From findings to messages: when an alert fires and ends, what is told together, when again, and what silences do. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AlertRun, keys, type Moment, rules, timing, words } from "./AlertRun.ts"

const a = { orders: ["w/a"] }

describe("an alert", () => {
  it("is told once it has lasted, once while it lasts, and once when it is over", () => {
    const run = new AlertRun()
    assert.lengthOf(run.last(12, a), 0, "pending for 10 s, then the group's wait")
    assert.deepStrictEqual(run.last(600, a).map(words), ["firing w +a -"])
    assert.deepStrictEqual(run.last(20).map(words), ["resolved w + -a"])
    assert.lengthOf(run.last(600), 0)
    assert.deepStrictEqual(run.book, { alerts: [], groups: [] }, "nothing is left")
  })

  it("is not told when it did not last", () => {
    const run = new AlertRun()
    for (let n = 0; n < 20; n++) {
      run.last(8, a)
      run.last(2)
    }
    assert.lengthOf(run.notices, 0)
  })

  it("that comes and goes is one alert while its absences are short", () => {
    const run = new AlertRun()
    run.last(20, a)
    for (let n = 0; n < 100; n++) {
      run.last(2)
      run.last(4, a)
    }
    assert.deepStrictEqual(run.notices.map(words), ["firing w +a -"])
  })

  it("is told again after the repeat interval, with its figures of then", () => {
    const run = new AlertRun()
    run.last(20, a)
    const [again, ...more] = run.last(3_610, a)
    assert.strictEqual(again?.kind, "reminder")
    assert.lengthOf(more, 0)
  })

  it("of a rule that is gone is over", () => {
    const run = new AlertRun()
    run.last(80, a)
    const other = new AlertRun(new Map([...rules()].filter(([name]) => name !== "orders")))
    other.book = run.book
    other.nowMs = run.nowMs
    assert.deepStrictEqual(other.last(10).map(words), ["resolved w + -a"])
  })
})

describe("a group", () => {
  it("tells together what begins together, and workspaces apart", () => {
    const run = new AlertRun()
    run.last(10, { orders: ["w/a", "v/x"] })
    run.last(2, { orders: ["w/a", "w/b", "v/x"] })
    assert.deepStrictEqual(
      run
        .last(60, { orders: ["w/a", "w/b", "v/x"] })
        .map(words)
        .sort(),
      ["firing v +x -", "firing w +a -"]
    )
    assert.deepStrictEqual(run.last(40, { orders: ["w/a", "w/b", "v/x"] }).map(words), ["firing w +a,b -"])
  })

  it("waits for its interval before it tells of a change, and tells all changes at once", () => {
    const run = new AlertRun()
    run.last(20, a)
    assert.lengthOf(run.last(40, { orders: ["w/b"] }), 0)
    assert.deepStrictEqual(run.last(40, { orders: ["w/b"] }).map(words), ["firing w +b -a"])
  })

  it("of many lists the first ones and counts the rest", () => {
    const run = new AlertRun()
    const orders = Array.from({ length: 700 }, (_, n) => `w/${String(n).padStart(3, "0")}`)
    const [notice] = run.last(20, { orders })
    assert.lengthOf(notice!.firing, 20)
    assert.strictEqual(notice!.more, 480, "a rule keeps 500 findings")
    assert.deepStrictEqual(
      run.last(80).map(({ kind }) => kind),
      ["resolved"]
    )
  })
})

describe("a silence", () => {
  it("keeps quiet what it covers, and what still lasts when it ends is told then", () => {
    const run = new AlertRun()
    run.silence({ rule: "ord*", workspaceId: "w" }, 300)
    assert.deepStrictEqual(run.last(298, { orders: ["w/a", "v/x"] }).map(words), ["firing v +x -"])
    assert.deepStrictEqual(run.last(20, { orders: ["w/a", "v/x"] }).map(words), ["firing w +a -"])
  })

  it("of what was told holds the end back, too, and never tells an end of what was not told", () => {
    const run = new AlertRun()
    run.last(20, a)
    run.silence({ subject: "a" }, 200)
    assert.lengthOf(run.last(190), 0)
    assert.deepStrictEqual(run.last(20).map(words), ["resolved w + -a"])
    run.silence({ subject: "b" }, 100)
    run.last(50, { orders: ["w/b"] })
    assert.lengthOf(run.last(200), 0)
  })

  it("of some leaves the others of the group audible", () => {
    const run = new AlertRun()
    run.silence({ subject: "a" }, 1_000)
    assert.deepStrictEqual(run.last(20, { orders: ["w/a", "w/b"] }).map(words), ["firing w +b -"])
    assert.deepStrictEqual(run.last(100, a).map(words), ["resolved w + -b"])
  })

  it("that was ended before its time ends then", () => {
    const run = new AlertRun()
    run.silence({}, 10_000)
    run.last(60, a)
    run.silences = run.silences.map((one) => ({ ...one, ended: { atMs: run.nowMs, actor: "bob" } }))
    assert.deepStrictEqual(run.last(20, a).map(words), ["firing w +a -"])
  })
})

describe("Kafka down", () => {
  /**
   * @guarantee operation: While Kafka is down operators hear of that and of nothing else; what was told before stays as it was
   * @how an alert on Kafka freezes all others
   */
  it("is told alone; the rest stays as it was, and is judged anew when Kafka is back", () => {
    const run = new AlertRun()
    run.last(20, a)
    assert.deepStrictEqual(run.last(600, { kafkaDown: true, orders: ["w/b", "w/c"] }).map(words), [
      "firing system +Kafka -"
    ])
    const after = run.last(300, { orders: ["w/b"] })
    assert.deepStrictEqual(after.map(words), ["resolved system + -Kafka", "firing w +b -a"])
  })

  it("for one probe holds nothing up", () => {
    const run = new AlertRun()
    for (let n = 0; n < 10; n++) {
      run.last(4, a)
      run.look({ ...a, kafkaDown: true })
      run.last(20, a)
    }
    assert.deepStrictEqual(run.notices.map(words), ["firing w +a -"])
  })

  it("facts that are not known end nothing and begin nothing", () => {
    const run = new AlertRun()
    run.last(20, a)
    assert.lengthOf(run.last(300, { isKnown: false }), 0)
    assert.lengthOf(run.last(60, a), 0)
    assert.deepStrictEqual(run.last(14).map(words), ["resolved w + -a"])
  })
})

const order = Schema.Literals(["w/a", "w/b", "v/x"])
const moments = Schema.Array(
  Schema.Struct({
    orders: Schema.Array(order),
    kafkaDown: Schema.Literals([false, false, false, true]),
    isKnown: Schema.Literals([true, true, true, false]),
    looks: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
  })
)
const silence = Schema.Struct({
  before: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 })),
  subject: Schema.Literals(["a", "b", "x", "*"]),
  seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))
})

describe("whatever happens", () => {
  const played = (
    happening: typeof moments.Type,
    silences: ReadonlyArray<typeof silence.Type>,
    options?: { readonly restarts: boolean }
  ) => {
    const run = new AlertRun(rules(), options)
    for (const [at, { looks, ...moment }] of happening.entries()) {
      for (const one of silences) if (one.before === at) run.silence({ subject: one.subject }, one.seconds)
      run.last(2 * looks, { ...moment, orders: [...new Set(moment.orders)] } as Moment)
    }
    return run
  }

  /**
   * @guarantee operation: Of each alert the operator hears a beginning and an end in turn, however it comes and goes, across restarts and silences
   * @how a pure state machine over what was found and told
   */
  it.prop(
    "each alert is told as begun and as over in turn, and once all is calm every beginning had its end",
    [moments, Schema.Array(silence)],
    ([happening, silences]) => {
      const run = played(happening, silences)
      run.last(600)
      const open = new Set<string>()
      for (const notice of run.notices) {
        for (const key of keys(notice.resolved)) assert.isTrue(open.delete(key), `over without a beginning: ${key}`)
        const inGroup = [...open].filter((key) => key.startsWith(`${notice.rule}|${notice.workspaceId}|`))
        for (const key of keys(notice.firing)) open.add(key)
        for (const key of inGroup) assert.isTrue(open.has(key))
      }
      assert.deepStrictEqual([...open], [])
      assert.deepStrictEqual(run.book, { alerts: [], groups: [] })
    }
  )

  it.prop("a group is told at most once in its interval", [moments, Schema.Array(silence)], ([happening, silences]) => {
    const last = new Map<string, number>()
    for (const { atMs, rule, workspaceId } of played(happening, silences).notices) {
      const before = last.get(`${rule}|${workspaceId}`)
      if (before !== undefined) assert.isAtLeast(atMs - before, timing.groupIntervalMs)
      last.set(`${rule}|${workspaceId}`, atMs)
    }
  })

  /**
   * @guarantee operation: A restart of the process that judges alerts neither repeats a message nor forgets one
   * @how the book of alerts goes through its stored form between any two looks
   */
  it.prop("a restart at each look changes nothing", [moments, Schema.Array(silence)], ([happening, silences]) => {
    assert.deepStrictEqual(
      played(happening, silences, { restarts: true }).notices,
      played(happening, silences, { restarts: false }).notices
    )
  })

  it.prop("nothing is told while all is silenced", [moments], ([happening]) => {
    const run = new AlertRun()
    run.silence({}, 1_000_000)
    for (const { looks, ...moment } of happening) run.last(2 * looks, moment)
    assert.lengthOf(run.notices, 0)
  })
})
