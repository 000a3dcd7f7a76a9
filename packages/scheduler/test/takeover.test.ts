/** Several schedulers, and what one left behind: each record is delivered once, or again under the same id. */
import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { ScheduleStore, StoreError, TimerStore } from "@millrace/store"
import { Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { ask, delivered, scheduler, schedulerBench, settle } from "./SchedulerBench.ts"
import { idOf, ids } from "./timerFixtures.ts"

const dueCount = Effect.map(
  TimerStore.use((store) => store.counts),
  ({ due }) => due
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
