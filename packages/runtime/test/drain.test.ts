import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Deferred, Effect, Exit, Fiber, Layer, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type HandlerFailure, type Incoming, input, nothing, type Outcome, runWorker } from "../src/index.ts"
import { committedRecords, failure, type Order, orders, put, result, settle, valuesOf, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

type Handle = (record: Incoming<Order>) => Effect.Effect<Outcome, HandlerFailure>

const start = (handle: Handle, instance = "1") =>
  runWorker({ name: "it-worker", instance, inputs: [input({ contract: orders, policy: { concurrency: 4 }, handle })] })

/**
 * @guarantee records: A stop finishes what is in flight, commits it and starts nothing new
 * @how bounded drain; what outlasts it comes again
 */
it.effect("finishes what is in flight when it stops, commits it, and starts nothing new", () =>
  Effect.gen(function* () {
    const started: Array<string> = []
    const scope = yield* Scope.make()
    const handle: Handle = (record) =>
      Effect.sync(() => started.push(record.key)).pipe(
        Effect.andThen(Effect.sleep("3 seconds")),
        Effect.as(result(record.key, 1))
      )
    yield* Scope.provide(start(handle), scope)
    for (let n = 0; n < 10; n++) yield* put(orders, `k-${n}`, n)
    yield* settle
    assert.strictEqual(started.length, 3)
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("3 seconds")
    yield* Fiber.join(closing)
    assert.strictEqual(started.length, 3)
    assert.strictEqual((yield* valuesOf("it-results")).length, 3)

    const again: Array<string> = []
    yield* start((record) => Effect.sync(() => again.push(record.key)).pipe(Effect.as(nothing)))
    yield* settle
    assert.strictEqual(new Set([...started, ...again]).size, 10)
  }).pipe(running)
)

/** @guarantee records: A stop finishes what is in flight, commits it and starts nothing new */
it.effect("interrupts a handler that outlasts the drain time; its record comes again", () =>
  Effect.gen(function* () {
    let interrupted = false
    const scope = yield* Scope.make()
    yield* Scope.provide(
      start(() =>
        Effect.never.pipe(
          Effect.onInterrupt(() =>
            Effect.sync(() => {
              interrupted = true
            })
          )
        )
      ),
      scope
    )
    yield* put(orders, "k", 1)
    yield* settle
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("9 seconds")
    assert.isFalse(interrupted)
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(closing)
    assert.isTrue(interrupted)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 0)
    const seen: Array<string> = []
    yield* start((record) => Effect.sync(() => seen.push(record.key)).pipe(Effect.as(nothing)))
    yield* settle
    assert.deepStrictEqual(seen, ["k"])
  }).pipe(running)
)

/**
 * @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more
 * @how epochs; commits of an older one are refused
 */
it.effect("publishes nothing more for a partition once it is lost", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const scope = yield* Scope.make()
    const handle: Handle = (record) => Effect.uninterruptible(Effect.as(Deferred.await(gate), result(record.key, 1)))
    yield* Scope.provide(start(handle), scope)
    yield* put(orders, "k", 1)
    yield* settle
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("11 seconds")
    yield* Deferred.succeed(gate, undefined)
    yield* Fiber.join(closing)
    yield* settle
    assert.deepStrictEqual(yield* valuesOf("it-results"), [])
  }).pipe(running)
)

it.effect("does not wait for a record's next attempt when it stops; a long wait is parked", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.provide(
      start(() => Effect.fail(failure("temporary", "later", 3_600_000))),
      scope
    )
    yield* put(orders, "k", 1)
    yield* settle
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual((yield* valuesOf("it-orders.parked")).length, 1)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 1)
  }).pipe(running)
)

/** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
it.effect("shares the work with an instance that joins, and loses nothing", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const handle =
      (instance: string): Handle =>
      (record) =>
        Effect.sleep("100 millis").pipe(
          Effect.andThen(Effect.sync(() => seen.push(`${instance} ${record.key}`))),
          Effect.as(result(record.key, record.value.n))
        )
    yield* start(handle("1"), "1")
    for (let n = 0; n < 60; n++) yield* put(orders, `k-${n}`, n)
    yield* TestClock.adjust("250 millis")
    yield* Effect.forkScoped(start(handle("2"), "2"))
    for (let round = 0; round < 100; round++) yield* TestClock.adjust("100 millis")
    yield* settle
    const handled = new Set((yield* valuesOf("it-results")).map((value) => value!.n))
    assert.strictEqual(handled.size, 60)
    assert.isTrue(seen.some((line) => line.startsWith("2 ")))
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 60)
  }).pipe(running)
)

it.effect("goes on after it was expelled from the group, and loses nothing", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start((record) => Effect.succeed(result(record.key, record.value.n)))
    yield* settle
    yield* control.expel("it-worker", "it-worker.1")
    for (let n = 0; n < 20; n++) yield* put(orders, `k-${n}`, n)
    for (let round = 0; round < 10; round++) yield* TestClock.adjust("1 second")
    const handled = new Set((yield* valuesOf("it-results")).map((value) => value!.n))
    assert.strictEqual(handled.size, 20)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 20)
  }).pipe(running)
)

/**
 * @guarantee records: An unfinished record's offset is never committed
 * @guarantee records: A record finished above the committed offset does not come again after a crash
 */
it.effect.prop(
  "brings again after a restart exactly what was not finished, also above what was committed",
  [Schema.Array(Schema.Tuple([Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 })), Schema.Boolean]))],
  ([records]) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const finished = new Set<number>()
      const handle: Handle = (record) =>
        records[record.value.n]![1]
          ? Effect.sync(() => finished.add(record.value.n)).pipe(Effect.as(nothing))
          : Effect.never
      yield* Scope.provide(start(handle), scope)
      for (const [n, [key]] of records.entries()) yield* put(orders, `k-${key}`, n)
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(closing)
      const again: Array<number> = []
      yield* start((record) => Effect.sync(() => again.push(record.value.n)).pipe(Effect.as(nothing)))
      yield* settle
      const unfinished = records.map((_, n) => n).filter((n) => !finished.has(n))
      assert.deepStrictEqual(again.toSorted(), unfinished.toSorted())
    }).pipe(Effect.scoped, running)
)
