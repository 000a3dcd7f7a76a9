/**
 * A transactional input: readers of committed records see each outcome once, whatever ends the worker.
 */
import { assert, it } from "@effect/vitest"
import { KafkaClient, MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Exit, Layer, Logger, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  type HandlerFailure,
  type Incoming,
  input,
  nothing,
  type Outcome,
  outgoing,
  Publisher,
  runWorker
} from "../src/index.ts"
import { committedRecords, failure, type Order, orders, put, result, settle, valuesOf, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

type Handle = (record: Incoming<Order>) => Effect.Effect<Outcome, HandlerFailure>

const start = (handle: Handle, instance = "1", policy = {}) =>
  runWorker({
    name: "it-worker",
    instance,
    inputs: [input({ contract: orders, policy: { transactional: true, ...policy }, handle })]
  })

const numbers = Effect.map(valuesOf("it-results"), (values) =>
  values.map((value) => value!.n).toSorted((a, b) => a - b)
)

const all = (count: number) => Array.from({ length: count }, (_, n) => n)

it.effect("publishes an outcome and commits its record together", () =>
  Effect.gen(function* () {
    yield* start((record) => Effect.succeed(record.value.n % 3 === 0 ? nothing : result(record.key, record.value.n)))
    for (const n of all(30)) yield* put(orders, `k-${n}`, n)
    yield* settle
    const done = yield* numbers
    assert.deepStrictEqual(
      done,
      all(30).filter((n) => n % 3 !== 0)
    )
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 30)
  }).pipe(running)
)

it.effect("publishes nothing twice and commits nothing twice when a transaction's end is not known", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start((record) => Effect.succeed(result(record.key, record.value.n)))
    yield* settle
    yield* control.failNextTransactions(2, { reason: "unavailable", written: true })
    for (const n of all(20)) yield* put(orders, `k-${n}`, n)
    yield* settle
    yield* control.failNextTransactions(2, { reason: "unavailable", written: false })
    for (const n of all(40).slice(20)) yield* put(orders, `k-${n}`, n)
    for (let second = 0; second < 20; second++) yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(yield* numbers, all(40))
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 40)
  }).pipe(running)
)

it.effect("sets aside a record whose outcome the broker refuses, and publishes the others", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start((record) =>
      Effect.succeed(
        record.value.n === 4
          ? { publish: result("big".repeat(700_000), record.value.n).publish }
          : result(record.key, record.value.n)
      )
    )
    for (const n of all(8)) yield* put(orders, `k-${n}`, n)
    yield* TestClock.adjust("2 seconds")
    yield* settle
    assert.deepStrictEqual(
      yield* numbers,
      all(8).filter((n) => n !== 4)
    )
    assert.strictEqual((yield* control.records("it-orders.dlq")).length, 1)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 8)
  }).pipe(running)
)

it.effect("ends a parked record together with its outcome", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start((record) =>
      record.attempt === 1
        ? Effect.fail(failure("temporary", "later", 60_000))
        : Effect.succeed(result(record.key, record.value.n))
    )
    yield* put(orders, "a", 1)
    yield* put(orders, "a", 2)
    yield* TestClock.adjust("3 minutes")
    yield* settle
    assert.deepStrictEqual(yield* numbers, [1, 2])
    const last = new Map<string, boolean>()
    for (const { key, value } of yield* control.records("it-orders.parked")) {
      last.set(Buffer.from(key!).toString(), value === null)
    }
    assert.deepStrictEqual([...last.values()], [true, true])
  }).pipe(running)
)

it.effect("loses no outcome of a parked record whose transaction has an unknown end", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start((record) =>
      record.attempt === 1
        ? Effect.fail(failure("temporary", "later", 60_000))
        : Effect.succeed(result(record.key, record.value.n))
    )
    yield* put(orders, "a", 1)
    yield* TestClock.adjust("59 seconds")
    yield* settle
    // The count of the attempt is written, and each transaction after it is aborted once while its answer is lost.
    yield* control.failNextTransactions(3, { reason: "unavailable", written: false })
    for (let second = 0; second < 20; second++) yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(yield* numbers, [1])
  }).pipe(running)
)

it.effect("lets no parked record of a former owner through", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const handled: Array<string> = []
    const handle =
      (instance: string): Handle =>
      (record) =>
        Effect.suspend(() => {
          handled.push(instance)
          return instance === "former"
            ? Effect.fail(failure("temporary", "later", 60_000))
            : Effect.succeed(result(record.key, record.value.n))
        })
    yield* start(handle("former"), "1")
    yield* settle
    yield* control.failNextTransactions(1, { reason: "unavailable" })
    yield* put(orders, "a", 1)
    yield* Effect.yieldNow
    yield* control.expel("it-worker", "it-worker.1")
    yield* start(handle("new"), "2")
    for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(yield* numbers, [1])
    const rows = yield* control.records("it-orders.parked")
    assert.isTrue(rows.length === 0 || rows.at(-1)!.value === null, "nothing is parked for ever")
  }).pipe(running)
)

it.effect(
  "publishes no outcome that the commit can't remember, so that a crash repeats none",
  () =>
    Effect.gen(function* () {
      const total = 11_000
      let open = false
      const handle: Handle = (record) =>
        open || record.offset % 2 === 1
          ? Effect.succeed(result(record.key, record.value.n))
          : Effect.fail(failure("temporary", "soon", 5_000))
      const publisher = yield* Publisher
      yield* publisher.publish(
        all(total).map((n) => outgoing(orders, { key: `k-${n}`, value: { id: `k-${n}`, n }, workspaceId: "ws-1" }))
      )
      yield* start(handle, "1", { attempts: 100 })
      for (let step = 0; step < 20; step++) yield* TestClock.adjust("100 millis")
      yield* (yield* MemoryKafkaControl).expel("it-worker", "it-worker.1")
      open = true
      yield* start(handle, "2", { attempts: 100 })
      for (let second = 0; second < 60; second++) yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(yield* numbers, all(total))
    }).pipe(Effect.provide(Logger.layer([])), running),
  60_000
)

it.effect("takes its mark away when it stops, so that the next one begins without care", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.provide(
      start((record) => Effect.succeed(result(record.key, 1))),
      scope
    )
    yield* put(orders, "a", 1)
    yield* settle
    yield* Scope.close(scope, Exit.void)
    const { admin } = yield* KafkaClient
    const commits = yield* admin.committed("it-worker", ["it-orders"])
    assert.deepStrictEqual(
      commits.filter(({ metadata }) => metadata.includes("open")),
      []
    )
  }).pipe(running)
)

it.effect("does not repeat what a former owner committed after the new one was assigned its partitions", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const kafka = yield* KafkaClient
    const slow = KafkaClient.of({
      ...kafka,
      transactionalProducer: (options) =>
        Effect.andThen(Effect.sleep("300 millis"), kafka.transactionalProducer(options))
    })
    const handled: Array<string> = []
    const handle =
      (instance: string): Handle =>
      (record) =>
        Effect.sleep("100 millis").pipe(
          Effect.andThen(Effect.sync(() => handled.push(`${instance}:${record.value.n}`))),
          Effect.as(result(record.key, record.value.n))
        )
    yield* start(handle("former"), "1")
    yield* put(orders, "a", 0)
    yield* settle
    yield* control.expel("it-worker", "it-worker.1")
    yield* Effect.forkScoped(Effect.provideService(start(handle("new"), "2"), KafkaClient, slow))
    yield* TestClock.adjust("10 seconds")
    yield* settle
    assert.deepStrictEqual(handled, ["former:0"])
    assert.deepStrictEqual(yield* numbers, [0])
    yield* put(orders, "a", 1)
    yield* TestClock.adjust("10 seconds")
    assert.deepStrictEqual(yield* numbers, [0, 1])
  }).pipe(running)
)

const Step = Schema.Struct({
  keys: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(Schema.isMaxLength(8)),
  next: Schema.Literals(["go on", "expel", "restart", "unknown fate", "refuse"])
})

/**
 * @guarantee records: A transactional input publishes each outcome once, also over crashes and frozen owners
 * @how outcome and commit share a transaction; a new owner takes the partition's transactional id over first
 */
it.effect.prop(
  "shows each outcome once to readers of committed records, whatever happens between",
  [Schema.Array(Step).check(Schema.isMaxLength(6))],
  ([steps]) =>
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      const handle: Handle = (record) =>
        Effect.as(Effect.sleep(`${record.value.n % 7} millis`), result(record.key, record.value.n))
      let lives = 0
      let scope = yield* Scope.make()
      const begin = Effect.suspend(() => Scope.provide(start(handle, `${lives++}`), scope))
      yield* begin
      let n = 0
      for (const step of steps) {
        for (const key of step.keys) yield* put(orders, `k-${key}`, n++)
        yield* TestClock.adjust("3 millis")
        if (step.next === "unknown fate")
          yield* control.failNextTransactions(1, { reason: "unavailable", written: true })
        if (step.next === "refuse") yield* control.failNextTransactions(1, { reason: "unavailable", written: false })
        if (step.next === "expel") {
          yield* control.expel("it-worker", `it-worker.${lives - 1}`)
          yield* begin
        }
        if (step.next === "restart") {
          const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
          for (let second = 0; second < 12; second++) yield* TestClock.adjust("1 second")
          assert.isDefined(closing.pollUnsafe())
          scope = yield* Scope.make()
          yield* begin
        }
      }
      for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(yield* numbers, all(n))
      assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), n)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      for (let second = 0; second < 12; second++) yield* TestClock.adjust("1 second")
      assert.isDefined(closing.pollUnsafe())
    }).pipe(running),
  { arbitrary: { runs: 40 } }
)
