import { assert, layer as describeLayer } from "@effect/vitest"
import type { AlertGroup, AlertNotice, AlertSilence, OperatorAlert } from "@millrace/contracts"
import { type AlertChanges, AlertStore } from "@millrace/store"
import { Effect, type Layer } from "effect"

const alert = (subject: string, changes: Partial<OperatorAlert> = {}): OperatorAlert => ({
  rule: "backlog",
  subject,
  workspaceId: "w1",
  severity: "warning",
  state: "firing",
  detail: "lag 10,000 records",
  sinceMs: 1_000.5,
  firingSinceMs: 2_000,
  ...changes
})

const group = (changes: Partial<AlertGroup> = {}): AlertGroup => ({
  rule: "backlog",
  workspaceId: "w1",
  toldAtMs: 3_000,
  messages: 1,
  told: [{ rule: "backlog", subject: "a", workspaceId: "w1", severity: "warning", detail: "", firingSinceMs: 2_000 }],
  ...changes
})

const notice = (noticeId: string): AlertNotice => ({
  noticeId,
  kind: "firing",
  rule: "backlog",
  workspaceId: "w1",
  severity: "warning",
  title: "Records wait",
  whatToDo: "look",
  firing: [],
  resolved: [],
  more: 0,
  atMs: 3_000
})

const changes = (given: Partial<AlertChanges>): AlertChanges => ({
  alerts: [],
  alertsGone: [],
  groups: [],
  groupsGone: [],
  notices: [],
  channels: [],
  ...given
})

const silence = (silenceId: string, given: Partial<AlertSilence> = {}): AlertSilence => ({
  silenceId,
  matcher: { rule: "back*" },
  fromMs: 10_000,
  untilMs: 20_000,
  actor: "ada",
  reason: "an upgrade",
  ...given
})

/** What every store of alerts promises; tests run one after the other on one store. Runs on the real clock. */
export const alertStoreSuite = <E>(name: string, store: Layer.Layer<AlertStore, E>): void =>
  describeLayer(store, { excludeTestServices: true })(`alert store: ${name}`, (it) => {
    it.effect("keeps what a look changed, and gives it back", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        assert.deepStrictEqual(yield* alerts.open(1), { alerts: [], groups: [] })
        assert.isTrue(yield* alerts.commit(1, changes({ alerts: [alert("b"), alert("a")], groups: [group()] })))
        const later = alert("a", { absentSinceMs: 9_000 })
        yield* alerts.commit(1, changes({ alerts: [later], alertsGone: ["backlog|w1|b"] }))
        assert.deepStrictEqual(yield* alerts.book, { alerts: [later], groups: [group()] })
        yield* alerts.commit(1, changes({ alertsGone: ["backlog|w1|a"], groupsGone: ["backlog|w1"] }))
        assert.deepStrictEqual(yield* alerts.book, { alerts: [], groups: [] })
      })
    )

    it.effect("keeps nothing of a process that was replaced", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        yield* alerts.open(5)
        const late = changes({ alerts: [alert("late")], notices: [notice("late")], channels: ["late"] })
        assert.isFalse(yield* alerts.commit(4, late))
        assert.deepStrictEqual((yield* alerts.book).alerts, [])
        assert.isUndefined(yield* alerts.claim("late", 1_000))
        assert.isTrue(yield* alerts.commit(6, changes({})), "a newer one may come without opening")
        assert.isFalse(yield* alerts.commit(5, changes({})))
      })
    )

    it.effect("gives a channel's messages out in order, one at a time, to one of many", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        yield* alerts.open(10)
        yield* alerts.commit(10, changes({ notices: [notice("n1"), notice("n2")], channels: ["order", "other"] }))
        const claimed = yield* Effect.forEach(Array.from({ length: 8 }), () => alerts.claim("order", 60_000), {
          concurrency: 8
        })
        const [first, ...more] = claimed.filter((one) => one !== undefined)
        assert.lengthOf(more, 0)
        assert.strictEqual(first?.notice.noticeId, "n1")
        assert.strictEqual(first?.attempts, 0)
        assert.isDefined(yield* alerts.claim("other", 60_000), "channels do not wait for each other")
        yield* alerts.finish(first!, "delivered", "ok")
        assert.strictEqual((yield* alerts.claim("order", 60_000))?.notice.noticeId, "n2")
      })
    )

    it.effect("gives a message out again when it was postponed, or never heard of", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        yield* alerts.commit(10, changes({ notices: [notice("p1")], channels: ["again"] }))
        const first = yield* alerts.claim("again", 1)
        yield* Effect.sleep("5 millis")
        const second = yield* alerts.claim("again", 60_000)
        assert.strictEqual(second?.deliveryId, first?.deliveryId, "whoever took it did not end it in time")
        yield* alerts.postpone(second!, 0, "status 502", true)
        const third = yield* alerts.claim("again", 60_000)
        assert.strictEqual(third?.attempts, 1)
        yield* alerts.postpone(third!, 60_000, "its breaker is open", false)
        assert.isUndefined(yield* alerts.claim("again", 60_000))
        yield* alerts.finish(third!, "given_up", "too late")
        yield* alerts.finish(third!, "delivered", "the first end holds")
        const state = (yield* alerts.channels).find(({ channel }) => channel === "again")
        assert.deepInclude(state?.last, { end: "given_up", detail: "too late" })
      })
    )

    it.effect("decides a message once, and tells what waits", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        const twice = changes({ notices: [notice("once")], channels: ["once"] })
        yield* alerts.commit(10, twice)
        yield* alerts.commit(10, twice)
        const taken = yield* alerts.claim("once", 60_000)
        yield* alerts.postpone(taken!, 60_000, "status 502", true)
        const state = (yield* alerts.channels).find(({ channel }) => channel === "once")
        assert.deepInclude(state, { waiting: 1, waitingBecause: "status 502", last: undefined })
        assert.isAtLeast(state!.oldestWaitingMs, 0)
      })
    )

    it.effect("keeps silences until they are over, or were ended", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        yield* alerts.silence(silence("later", { fromMs: 15_000 }))
        yield* alerts.silence(silence("now"))
        const at = (nowMs: number) => Effect.map(alerts.silences(nowMs), (all) => all.map((one) => one.silenceId))
        assert.deepStrictEqual(yield* at(10_000), ["now", "later"])
        assert.deepStrictEqual((yield* alerts.silences(10_000))[0], silence("now"))
        assert.deepStrictEqual(yield* at(20_000), [])
        const ended = yield* alerts.unsilence("now", { actor: "bob", atMs: 12_000 })
        assert.deepStrictEqual(ended?.ended, { actor: "bob", atMs: 12_000 })
        assert.deepStrictEqual(yield* at(12_000), ["later"])
        assert.isUndefined(yield* alerts.unsilence("now", { actor: "bob", atMs: 13_000 }), "it is over")
        assert.isUndefined(yield* alerts.unsilence("nobody", { actor: "bob", atMs: 13_000 }))
      })
    )

    it.effect("forgets what ended long ago", () =>
      Effect.gen(function* () {
        const alerts = yield* AlertStore
        yield* Effect.sleep("5 millis")
        assert.strictEqual(yield* alerts.forget(3_600_000, 15_000), 0)
        const forgotten = yield* alerts.forget(0, 100_000)
        assert.isAtLeast(forgotten, 4)
        assert.deepStrictEqual(
          (yield* alerts.channels).map(({ channel }) => channel),
          []
        )
      })
    )
  })
