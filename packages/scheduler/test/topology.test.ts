/** The whole scheduler on Kafka and a store in memory, under a test clock: requests in, records out at their time. */
import { assert, it } from "@effect/vitest"
import type { TimerRecord, TopicContract } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { cancelTimer, type Outgoing, Publisher } from "@millrace/runtime"
import { ScheduleStore, StoreError, TimerStore } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Clock, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { deliveryId } from "../src/index.ts"
import {
  ask,
  delivered,
  firings,
  Order,
  orderTimer,
  recordsOf,
  requests,
  scheduler,
  schedulerBench,
  settle
} from "./SchedulerBench.ts"

const hour = 3_600_000
const ids = Effect.map(delivered, (records) => records.map(({ headers }) => headers["delivery-id"]))
const idOf = (timerId: string, revision = 1) => deliveryId({ owner: "flow-runner", timerId, revision })
const dueCount = Effect.map(
  TimerStore.use((store) => store.counts),
  ({ due }) => due
)

/**
 * @guarantee records: A timer's record comes at its time, and not before
 * @how it lies in PostgreSQL, whose clock decides; the scheduler sleeps until the next one, is woken by an earlier request, and looks each 5 s for what others stored
 */
it.effect("delivers a record at its time, not a millisecond before, and tells it", () =>
  Effect.gen(function* () {
    yield* scheduler("1")
    yield* ask("t-1", { dueAtMs: 90_000, n: 7 })
    yield* ask("t-low", { dueAtMs: 90_000, lane: "low" })
    yield* settle
    yield* TestClock.adjust("89999 millis")
    assert.deepStrictEqual(yield* delivered, [])
    yield* TestClock.adjust("1 millis")
    const [record, ...others] = yield* delivered
    assert.deepStrictEqual(others, [])
    assert.deepStrictEqual([record?.key, record?.value], ["key of t-1", { id: "t-1", n: 7 }])
    assert.deepInclude(record?.headers, {
      "delivery-id": idOf("t-1"),
      "timer-id": "t-1",
      "due-at-ms": "90000",
      "workspace-id": "ws-1"
    })
    assert.lengthOf(yield* recordsOf("it-orders.low", Order), 1)
    const fired = (yield* firings).filter(({ timerId }) => timerId === "t-1")
    assert.deepStrictEqual(fired, [
      {
        ...{ _tag: "TimerFired", owner: "flow-runner", timerId: "t-1", revision: 1, deliveryId: idOf("t-1") },
        ...{ dueAtMs: 90_000, firedAtMs: 90_000, outcome: "delivered" },
        target: { topic: "it-orders", key: "key of t-1", workspaceId: "ws-1" }
      }
    ])
  }).pipe(Effect.provide(schedulerBench))
)

/** @guarantee records: A timer's record comes at its time, and not before */
it.effect("keeps a timer for a month in which no scheduler runs", () =>
  Effect.gen(function* () {
    const dueAtMs = 30 * 24 * hour
    yield* ask("month", { dueAtMs })
    yield* Effect.scoped(Effect.andThen(scheduler("1"), settle))
    yield* TestClock.setTime(dueAtMs - 2 * hour)
    yield* scheduler("1")
    yield* TestClock.adjust(2 * hour - 1)
    assert.deepStrictEqual(yield* ids, [])
    yield* TestClock.adjust(1)
    assert.deepStrictEqual(yield* ids, [idOf("month")])
  }).pipe(Effect.provide(schedulerBench))
)

/** @guarantee records: A timer's record comes at its time, and not before */
it.effect("sleeps until the next is due, and is woken by a request that is earlier", () =>
  Effect.gen(function* () {
    const store = yield* TimerStore
    let looks = 0
    const claimDue: typeof store.claimDue = (...args) => {
      looks += 1
      return store.claimDue(...args)
    }
    yield* scheduler("1").pipe(Effect.provideService(TimerStore, { ...store, claimDue }))
    yield* ask("far", { dueAtMs: 50 * 60_000 })
    yield* settle
    yield* TestClock.adjust("10 minutes")
    const before = looks
    yield* ask("near", { dueAtMs: 10 * 60_000 + 20_000 })
    yield* settle
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(yield* ids, [idOf("near")])
    yield* TestClock.adjust("39 minutes")
    assert.isAtMost(looks - before, 4, "no busy poll")
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual((yield* ids).toSorted(), [idOf("near"), idOf("far")].toSorted())
  }).pipe(Effect.provide(schedulerBench))
)

it.effect("finds what others put into the store within the poll", () =>
  Effect.gen(function* () {
    yield* scheduler("1", { SCHEDULER_POLL: "5 seconds" })
    yield* settle
    const store = yield* TimerStore
    const target = { topic: "it-orders", key: "k", workspaceId: "ws-1" }
    yield* store.schedule({
      ...{ owner: "flow-runner", timerId: "other", revision: 1, dueAtMs: 0, target, payload: { id: "other", n: 1 } },
      skipWhenLaterMs: undefined
    })
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(yield* ids, [idOf("other")])
  }).pipe(Effect.provide(schedulerBench))
)

/**
 * @guarantee crash: scheduler before the offset of a request is committed
 * @redelivered the request
 * @harmless a revision that is not above the one known changes nothing, also after the timer was delivered or cancelled
 */
it.effect("delivers the newest request of a timer, and what was cancelled not at all", () =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* scheduler("1")
    yield* ask("moved", { dueAtMs: 10_000, n: 1 })
    yield* ask("moved", { dueAtMs: 20_000, n: 2, revision: 2 })
    yield* ask("moved", { dueAtMs: 10_000, n: 1 })
    yield* ask("gone", { dueAtMs: 15_000 })
    yield* settle
    const cancel = cancelTimer({ owner: "flow-runner", timerId: "gone", revision: 2, workspaceId: "ws-1" })
    yield* publisher.publish([onTestTopic(cancel)])
    yield* settle
    yield* TestClock.adjust("19 seconds")
    assert.deepStrictEqual(yield* delivered, [])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(
      (yield* delivered).map(({ value }) => value),
      [{ id: "moved", n: 2 }]
    )
    yield* ask("moved", { dueAtMs: 20_000, n: 2, revision: 2 })
    yield* settle
    yield* TestClock.adjust("1 minute")
    assert.lengthOf(yield* delivered, 1, "a request that comes again after the delivery does nothing")
  }).pipe(Effect.provide(schedulerBench))
)

/**
 * @guarantee crash: scheduler after publishing due records, before they are marked
 * @redelivered nothing; the timers still wait
 * @harmless they are claimed again after the lease and come once more under the same `delivery-id`, by which readers drop repeats
 */
it.effect("repeats under the same id what was published and not marked when an instance died", () =>
  Effect.gen(function* () {
    const store = yield* TimerStore
    const dying = yield* Scope.make()
    const failed = Effect.fail(new StoreError({ operation: "finish timers", cause: new Error("connection lost") }))
    yield* scheduler("1").pipe(
      Scope.provide(dying),
      Effect.provideService(TimerStore, { ...store, finish: () => failed, release: () => failed })
    )
    for (let n = 0; n < 5; n++) yield* ask(`t-${n}`, { dueAtMs: 10_000, n })
    yield* settle
    yield* TestClock.adjust("10 seconds")
    const first = yield* ids
    assert.lengthOf(first, 5)
    yield* Scope.close(dying, Exit.void)
    yield* scheduler("2")
    yield* TestClock.adjust("29 seconds")
    assert.lengthOf(yield* ids, 5, "still claimed by the one that died")
    yield* TestClock.adjust("1 hour")
    assert.deepStrictEqual((yield* ids).toSorted(), [...first, ...first].toSorted(), "once more, each under its id")
    assert.strictEqual(yield* dueCount, 0)
  }).pipe(Effect.provide(schedulerBench))
)

it.effect("marks what is out, and hands back what is not, when it is told to stop", () =>
  Effect.gen(function* () {
    const kafka = yield* MemoryKafkaControl
    const stopping = yield* Scope.make()
    yield* Scope.provide(scheduler("1"), stopping)
    yield* ask("t", { dueAtMs: 10_000 })
    yield* settle
    yield* kafka.delaySends(undefined)
    yield* kafka.setAvailable(false)
    yield* TestClock.adjust("10 seconds")
    yield* Scope.close(stopping, Exit.void)
    yield* kafka.setAvailable(true)
    yield* scheduler("2")
    yield* settle
    assert.deepStrictEqual(yield* ids, [idOf("t")], "at once, not after the lease")
  }).pipe(Effect.provide(schedulerBench))
)

/**
 * @guarantee effects: A timer or occurrence is delivered once, however many schedulers run
 * @how claims by row lock and lease; an occurrence's id is its schedule and instant, and it becomes a timer in the transaction that moves the schedule on. A crash in between repeats it under the same `delivery-id`
 */
it.effect("two instances deliver each timer and each occurrence once between them", () =>
  Effect.gen(function* () {
    const schedules = yield* ScheduleStore
    yield* scheduler("1", { SCHEDULER_POLL: "5 seconds", SCHEDULER_BATCH: "7" })
    yield* scheduler("2", { SCHEDULER_POLL: "5 seconds", SCHEDULER_BATCH: "7" })
    yield* schedules.put({
      ...{ scheduleId: "each-second", owner: "flow-runner", cron: "* * * * * *", timeZone: "UTC", missed: "all" },
      ...{ missedLimit: 100, graceMs: 60_000, payload: { id: "{{occurrence-id}}", n: "{{scheduled-at-ms}}" } },
      target: { topic: "it-orders", key: "k", workspaceId: "ws-1" }
    })
    for (let n = 0; n < 100; n++) yield* ask(`t-${n}`, { dueAtMs: 1000 + 37 * (n % 10) })
    yield* settle
    for (let second = 0; second < 120; second++) yield* TestClock.adjust("1 second")
    const all = yield* delivered
    const occurrences = all.filter(({ headers }) => headers["schedule-id"] === "each-second")
    assert.deepStrictEqual(
      occurrences.map(({ value }) => value.n).toSorted((a, b) => a - b),
      Array.from({ length: 120 }, (_, n) => (n + 1) * 1000)
    )
    assert.lengthOf(all, 220)
    assert.strictEqual(new Set(all.map(({ headers }) => headers["delivery-id"])).size, 220)
    assert.strictEqual(new Set(occurrences.map(({ value }) => value.id)).size, 120)
  }).pipe(Effect.provide(schedulerBench))
)

/**
 * @guarantee records: A timer that can't be delivered is set aside with the reason, and never dropped
 * @how a request is checked against topics.yaml and the target's schema before it is stored, else it goes to the dead letters; one that fits no more when it is due is kept and told as refused
 */
it.effect("sets a request that can't be delivered aside with the reason, and stores nothing of it", () =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* scheduler("1")
    const sound = yield* orderTimer("wrong", { dueAtMs: 5 })
    const value = sound.value as Extract<TimerRecord, { _tag: "TimerRequested" }>
    const wrong: ReadonlyArray<readonly [string, Outgoing]> = [
      ["declares no topic it-absent", changed(sound, { target: { ...value.target, topic: "it-absent" } })],
      ["have no schema yet", changed(sound, { target: { ...value.target, topic: "it-unknown" } })],
      ["has no lane normal; its lanes are high, low", changed(sound, { target: { ...value.target, lane: "normal" } })],
      [
        "flow-runner writes no kind of record of it-strangers",
        changed(sound, { target: { ...value.target, topic: "it-strangers" } })
      ],
      ["its payload is no record of it-orders", changed(sound, { payload: { id: "wrong", n: "one" } })],
      ["its payload is no record of it-orders", changed(sound, { payload: { id: "wrong", n: 1, more: true } })],
      ["it-orders takes 16384 at most", changed(sound, { payload: { id: "x".repeat(20_000), n: 1 } })],
      ["notifier is no declared writer of it-timers", changed(sound, { owner: "notifier" })],
      ["a timer can't ask for timers", changed(sound, { target: { ...value.target, topic: "it-timers" } })],
      ["the key of a timer's records is its id", { ...sound, key: "another" }]
    ]
    for (const [, record] of wrong) yield* publisher.publish([record])
    yield* settle
    const control = yield* MemoryKafkaControl
    const letters = yield* control.records("it-timers.dlq")
    const messages = letters.map(({ headers }) => Buffer.from(headers["dlq-message"]!).toString())
    for (const [issue] of wrong)
      assert.isTrue(
        messages.some((message) => message.includes(issue)),
        issue
      )
    assert.lengthOf(messages, wrong.length)
    assert.deepStrictEqual(yield* TimerStore.use((store) => store.counts), { waiting: 0, due: 0 })
  }).pipe(Effect.provide(schedulerBench))
)

/** @guarantee records: A timer that can't be delivered is set aside with the reason, and never dropped */
it.effect("keeps, and tells, what can't be delivered any more, and delivers the rest of its batch", () =>
  Effect.gen(function* () {
    const store = yield* TimerStore
    const target = { topic: "it-orders", key: "k", workspaceId: "ws-1" }
    const old = { owner: "flow-runner", revision: 1, dueAtMs: 1000, target, skipWhenLaterMs: undefined }
    yield* store.schedule({ ...old, timerId: "old", payload: { id: "old", amount: 1 } })
    yield* store.schedule({ ...old, timerId: "sound", payload: { id: "sound", n: 1 } })
    yield* scheduler("1")
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* ids, [idOf("sound")])
    const told = (yield* firings).find(({ timerId }) => timerId === "old")
    assert.strictEqual(told?.outcome, "refused")
    assert.include(told?.reason, "no record of it-orders")
    assert.deepStrictEqual(
      (yield* store.list({ limit: 10 })).rows.map(({ timerId, state }) => [timerId, state]),
      [["old", "refused"]]
    )
  }).pipe(Effect.provide(schedulerBench))
)

/** @guarantee records: A timer that can't be delivered is set aside with the reason, and never dropped */
it.effect("a record that the broker refuses for good does not hold up the others of its batch", () =>
  Effect.gen(function* () {
    const kafka = yield* MemoryKafkaControl
    yield* scheduler("1")
    for (const timerId of ["a", "b", "c"]) yield* ask(timerId, { dueAtMs: 1000 })
    yield* settle
    yield* kafka.failNextSends(2, { reason: "tooLarge" })
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual((yield* ids).toSorted(), [idOf("b"), idOf("c")].toSorted())
    const told = (yield* firings).find(({ timerId }) => timerId === "a")
    assert.deepInclude(told, { outcome: "refused" })
    assert.include(told?.reason, "tooLarge")
  }).pipe(Effect.provide(schedulerBench))
)

it.effect("is not ready while Kafka is down, then delivers late, and leaves out what is of no use any more", () =>
  Effect.gen(function* () {
    const kafka = yield* MemoryKafkaControl
    const health = yield* Health
    const state = () =>
      health
        .checks()
        .find(({ name }) => name === "scheduler-timers")!
        .state()
    yield* scheduler("1")
    yield* ask("always", { dueAtMs: 10_000 })
    yield* ask("soon", { dueAtMs: 10_000, skipWhenLaterMs: 30_000 })
    yield* settle
    assert.isTrue(state().ready)
    yield* kafka.setAvailable(false)
    yield* TestClock.adjust("1 minute")
    assert.isFalse(state().ready)
    assert.include(state().reason, "Nothing was published")
    yield* kafka.setAvailable(true)
    yield* TestClock.adjust("2 seconds")
    assert.isTrue(state().ready)
    assert.deepStrictEqual(yield* ids, [idOf("always")])
    assert.deepStrictEqual((yield* firings).map(({ timerId, outcome }) => [timerId, outcome]).toSorted(), [
      ["always", "delivered"],
      ["soon", "skipped"]
    ])
  }).pipe(Effect.provide(schedulerBench))
)

/**
 * @guarantee records: A clock that jumps repeats no timer and loses none
 * @how what was delivered is marked; what waits comes when the store's clock is there; a claim that ends later than any could is over
 */
it.effect("a clock that goes back repeats nothing, and one that jumps ahead loses nothing", () =>
  Effect.gen(function* () {
    yield* scheduler("1", { SCHEDULER_POLL: "5 seconds" })
    yield* ask("first", { dueAtMs: 2 * hour })
    yield* ask("second", { dueAtMs: 4 * hour })
    yield* settle
    yield* TestClock.setTime(3 * hour)
    assert.deepStrictEqual(yield* ids, [idOf("first")])
    yield* TestClock.setTime(hour)
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(yield* ids, [idOf("first")])
    yield* TestClock.setTime(5 * hour)
    assert.deepStrictEqual(yield* ids, [idOf("first"), idOf("second")])
    assert.strictEqual(yield* Clock.currentTimeMillis, 5 * hour)
  }).pipe(Effect.provide(schedulerBench))
)

const onTestTopic = (record: Outgoing): Outgoing => ({ ...record, contract: requests as TopicContract<unknown> })

const changed = (record: Outgoing, change: Readonly<Record<string, unknown>>): Outgoing =>
  onTestTopic({ ...record, value: { ...(record.value as object), ...change } })
