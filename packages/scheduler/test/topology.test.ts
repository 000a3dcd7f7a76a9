/** The whole scheduler on Kafka and a store in memory, under a test clock: requests in, records out at their time. */
import { assert, it } from "@effect/vitest"
import { cancelTimer, Publisher } from "@millrace/runtime"
import { TimerStore } from "@millrace/store"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, delivered, firings, Order, recordsOf, scheduler, schedulerBench, settle } from "./SchedulerBench.ts"
import { hour, idOf, ids, onTestTopic } from "./timerFixtures.ts"

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
