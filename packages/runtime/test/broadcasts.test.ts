import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Deferred, Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  broadcast,
  type HandlerFailure,
  type Incoming,
  nothing,
  type Outcome,
  Publisher,
  runWorker
} from "../src/index.ts"
import { committedRecords, failure, type Order, put, result, settle, ticks, valuesOf, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

type HandleChunk = (records: ReadonlyArray<Incoming<Order>>) => Effect.Effect<Outcome, HandlerFailure>

const listen = (instance: string, handleChunk: HandleChunk, from: "beginning" | "end" = "beginning") =>
  runWorker({ name: "it-worker", instance, broadcasts: [broadcast({ contract: ticks, from, handleChunk })] })

const numbers = (records: ReadonlyArray<Incoming<Order>>) => records.map(({ value }) => value.n)

it.effect("brings every record to every instance, in order", () =>
  Effect.gen(function* () {
    const seen: Record<string, Array<number>> = { one: [], two: [] }
    for (const instance of ["one", "two"]) {
      yield* listen(instance, (records) =>
        Effect.sync(() => seen[instance]!.push(...numbers(records))).pipe(Effect.as(nothing))
      )
    }
    for (let n = 0; n < 100; n++) yield* put(ticks, "btc", n)
    yield* settle
    const all = Array.from({ length: 100 }, (_, n) => n)
    assert.deepStrictEqual(seen, { one: all, two: all })
  }).pipe(running)
)

it.effect("gathers what comes during a chunk into the next one, one chunk at a time", () =>
  Effect.gen(function* () {
    const chunks: Array<ReadonlyArray<number>> = []
    const gate = yield* Deferred.make<void>()
    yield* listen("1", (records) =>
      Effect.sync(() => chunks.push(numbers(records))).pipe(Effect.andThen(Deferred.await(gate)), Effect.as(nothing))
    )
    for (let n = 0; n < 5; n++) {
      yield* put(ticks, "btc", n)
      yield* settle
    }
    assert.deepStrictEqual(chunks, [[0]])
    yield* Deferred.succeed(gate, undefined)
    yield* settle
    assert.deepStrictEqual(chunks, [[0], [1, 2, 3, 4]])
  }).pipe(running)
)

/**
 * @guarantee crash: monitor before its outputs are sent
 * @redelivered the ticks, from the committed offset
 * @harmless the decision is a function of ticks and state, and the same inputs give the same outputs, byte for byte
 */
it.effect("commits a chunk only once its outcome is with the broker", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* listen("1", (records) => Effect.succeed(result("r", records.length)))
    yield* settle
    yield* put(ticks, "btc", 1)
    yield* control.failNextSends(6, { reason: "unavailable", written: false })
    yield* settle
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(yield* committedRecords("it-worker.1", "it-ticks"), 0)
    assert.strictEqual((yield* valuesOf("it-results")).length, 0)
    yield* TestClock.adjust("30 seconds")
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 1)
    assert.strictEqual(yield* committedRecords("it-worker.1", "it-ticks"), 1)
  }).pipe(running)
)

it.effect("starts at the end without a committed offset, and goes on where it left off after a restart", () =>
  Effect.gen(function* () {
    const seen: Array<number> = []
    const collect: HandleChunk = (records) => Effect.sync(() => seen.push(...numbers(records))).pipe(Effect.as(nothing))
    yield* put(ticks, "btc", 1)
    const first = yield* Scope.make()
    yield* Scope.provide(listen("1", collect, "end"), first)
    yield* put(ticks, "btc", 2)
    yield* settle
    yield* Scope.close(first, Exit.void)
    yield* put(ticks, "btc", 3)
    yield* listen("1", collect, "end")
    yield* settle
    assert.deepStrictEqual(seen, [2, 3])
  }).pipe(running)
)

it.effect("tries a chunk again that failed, then hands its records over one by one and sets the bad one aside", () =>
  Effect.gen(function* () {
    const done: Array<number> = []
    const gate = yield* Deferred.make<void>()
    yield* listen("1", (records) =>
      Effect.gen(function* () {
        yield* Deferred.await(gate)
        if (numbers(records).includes(3)) return yield* Effect.fail(failure("permanent", "3 is bad"))
        done.push(...numbers(records))
        return nothing
      })
    )
    for (let n = 0; n < 6; n++) yield* put(ticks, "btc", n)
    yield* Deferred.succeed(gate, undefined)
    yield* TestClock.adjust("1 minute")
    yield* settle
    assert.deepStrictEqual(done, [0, 1, 2, 4, 5])
    assert.deepStrictEqual(yield* valuesOf("it-ticks.dlq"), [{ id: "btc", n: 3 }])
    assert.strictEqual(yield* committedRecords("it-worker.1", "it-ticks"), 6)
  }).pipe(running)
)

it.effect("sets an undecodable record aside and hands over the others of the chunk", () =>
  Effect.gen(function* () {
    const seen: Array<number> = []
    const publisher = yield* Publisher
    yield* put(ticks, "btc", 1)
    yield* publisher.sendRaw([
      {
        topic: "it-ticks",
        partition: 0,
        key: new Uint8Array([1]),
        value: new Uint8Array([9]),
        headers: { "workspace-id": "w" }
      }
    ])
    yield* put(ticks, "btc", 2)
    yield* listen("1", (records) => Effect.sync(() => seen.push(...numbers(records))).pipe(Effect.as(nothing)))
    yield* settle
    assert.deepStrictEqual(seen, [1, 2])
    assert.strictEqual((yield* (yield* MemoryKafkaControl).records("it-ticks.dlq")).length, 1)
  }).pipe(running)
)
