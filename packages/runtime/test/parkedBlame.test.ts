/** Parked records and unclean ends: which one is blamed, and which is not. */
import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { type Duration, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { nothing, Publisher } from "../src/index.ts"
import { parkedRecord } from "../src/ParkedRecord.ts"
import { type Handle, hour, parked, running, start } from "./parkingFixtures.ts"
import { failure, orders, put, settle } from "./workbench.ts"

it.effect("sets a parked record aside with which the process ended again and again", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const publisher = yield* Publisher
    yield* put(orders, "deadly", 1)
    yield* settle
    const [record] = yield* (yield* MemoryKafkaControl).records("it-orders")
    const state = { dueMs: 0, failed: 1, begun: 3, running: false, firstFailureMs: 0 }
    const origin = { topic: "it-orders", partition: record!.partition, record: record! }
    yield* publisher.sendRaw([parkedRecord("it-orders.parked", origin, state)])
    yield* start((record) => Effect.sync(() => seen.push(record.key)).pipe(Effect.as(nothing)))
    yield* put(orders, "other", 1)
    yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(seen, ["other"])
    const [letter] = yield* (yield* MemoryKafkaControl).records("it-orders.dlq")
    assert.strictEqual(Buffer.from(letter!.headers["dlq-tag"]!).toString(), "CrashLoop")
    assert.deepStrictEqual(yield* parked, [])
  }).pipe(running)
)

it.effect("blames no parked record for attempts that it lived through, however many", () =>
  Effect.gen(function* () {
    let attempts = 0
    yield* start(() => {
      attempts++
      if (attempts === 1) return Effect.fail(failure("system", "down for long", hour))
      return attempts < 12 ? Effect.fail(failure("system", "still down", 500)) : Effect.succeed(nothing)
    })
    yield* put(orders, "a", 1)
    yield* settle
    yield* TestClock.adjust("1 hour")
    for (let second = 0; second < 20; second++) yield* TestClock.adjust("1 second")
    yield* settle
    assert.strictEqual(attempts, 12)
    assert.deepStrictEqual(yield* (yield* MemoryKafkaControl).records("it-orders.dlq"), [])
    assert.deepStrictEqual(yield* parked, [])
  }).pipe(running)
)

it.effect("blames no parked record for attempts that were cut short as its partition was given back", () =>
  Effect.gen(function* () {
    const life = (runs: Duration.Input, handle: Handle) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        yield* Scope.provide(start(handle), scope)
        yield* TestClock.adjust(runs)
        yield* settle
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(closing)
      })
    yield* put(orders, "a", 1)
    yield* life("1 hour", (record) =>
      record.attempt === 1 ? Effect.fail(failure("temporary", "later", hour)) : Effect.never
    )
    for (let n = 0; n < 4; n++) yield* life("1 second", () => Effect.never)
    assert.deepStrictEqual(yield* parked, ["a"])
    yield* life("1 second", () => Effect.succeed(nothing))
    assert.deepStrictEqual(yield* parked, [])
    assert.deepStrictEqual(yield* (yield* MemoryKafkaControl).records("it-orders.dlq"), [])
  }).pipe(running)
)
