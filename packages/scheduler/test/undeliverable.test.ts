/** Requests and timers that can't be delivered, or not in time. */
import { assert, it } from "@effect/vitest"
import type { TimerRecord } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { type Outgoing, Publisher } from "@millrace/runtime"
import { TimerStore } from "@millrace/store"
import { Health } from "@millrace/telemetry"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, firings, orderTimer, scheduler, schedulerBench, settle } from "./SchedulerBench.ts"
import { idOf, ids, onTestTopic } from "./timerFixtures.ts"

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

const changed = (record: Outgoing, change: Readonly<Record<string, unknown>>): Outgoing =>
  onTestTopic({ ...record, value: { ...(record.value as object), ...change } })
