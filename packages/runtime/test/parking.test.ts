import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { ConfigProvider, Effect, Exit, Logger, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { nothing, outgoing, Publisher } from "../src/index.ts"
import { type Handle, hour, parked, running, start } from "./parkingFixtures.ts"
import { committedRecords, failure, orders, put, result, settle, valuesOf } from "./workbench.ts"

it.effect("parks a record that waits for long with those behind it; the commit moves on, and the order holds", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* start((record) => {
      seen.push(`${record.key}${record.value.n}#${record.attempt}`)
      return record.key === "a" && record.value.n === 1 && record.attempt === 1
        ? Effect.fail(failure("temporary", "later", hour))
        : Effect.succeed(result(record.key, record.value.n))
    })
    for (const [key, n] of [
      ["a", 1],
      ["a", 2],
      ["b", 1]
    ] as const)
      yield* put(orders, key, n)
    yield* settle
    yield* put(orders, "a", 3)
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(seen.toSorted(), ["a1#1", "b1#1"])
    assert.deepStrictEqual(yield* parked, ["a", "a", "a"])
    const [first, second] = yield* (yield* MemoryKafkaControl).records("it-orders.parked")
    assert.include(Buffer.from(first!.headers["parked-why"]!).toString(), "later", "its last failure")
    assert.isUndefined(second!.headers["parked-why"], "it waits for the first only")
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 4)
    yield* TestClock.adjust("1 hour")
    yield* settle
    assert.deepStrictEqual(seen.slice(2), ["a1#2", "a2#1", "a3#1"])
    assert.deepStrictEqual(yield* parked, [])
    yield* put(orders, "a", 4)
    yield* settle
    assert.deepStrictEqual(seen.slice(5), ["a4#1"])
    assert.deepStrictEqual(yield* parked, [])
  }).pipe(running)
)

/**
 * @guarantee records: A long wait survives a restart, with its attempts and what came later of its key
 * @how the record lies in `<topic>.parked` until its outcome is with the broker
 */
it.effect("goes on with the wait and the attempts after a restart, and keeps later records behind", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const handle: Handle = (record) => {
      seen.push(`${record.key}${record.value.n}#${record.attempt}`)
      return record.value.n === 1 && record.attempt < 3
        ? Effect.fail(failure("temporary", "later", hour))
        : Effect.succeed(result(record.key, record.value.n))
    }
    const first = yield* Scope.make()
    yield* Scope.provide(start(handle), first)
    yield* put(orders, "a", 1)
    yield* put(orders, "a", 2)
    yield* settle
    yield* Scope.close(first, Exit.void)
    yield* TestClock.adjust("30 minutes")
    yield* start(handle)
    yield* put(orders, "a", 3)
    yield* settle
    assert.deepStrictEqual(seen, ["a1#1"])
    yield* TestClock.adjust("30 minutes")
    assert.deepStrictEqual(seen, ["a1#1", "a1#2"])
    yield* TestClock.adjust("1 hour")
    yield* settle
    assert.deepStrictEqual(seen, ["a1#1", "a1#2", "a1#3", "a2#1", "a3#1"])
    assert.deepStrictEqual(yield* parked, [])
  }).pipe(running)
)

it.effect("does not hold a parked record's key against a higher lane", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* start((record) => {
      seen.push(`${record.lane} ${record.value.n}`)
      return record.lane === "low" ? Effect.fail(failure("temporary", "later", hour)) : Effect.succeed(nothing)
    })
    yield* put(orders, "a", 1, { lane: "low" })
    yield* settle
    yield* put(orders, "a", 2, { lane: "critical" })
    yield* settle
    assert.deepStrictEqual(seen, ["low 1", "critical 2"])
  }).pipe(running)
)

it.effect("handles a record once that was parked and comes again, as its offset was not committed", () =>
  Effect.gen(function* () {
    const handled: Array<number> = []
    const first = yield* Scope.make()
    yield* Scope.provide(
      start(() => Effect.fail(failure("temporary", "later", hour))),
      first
    )
    yield* settle
    yield* (yield* MemoryKafkaControl).failNextCommits(100, { reason: "unavailable" })
    yield* put(orders, "a", 1)
    yield* put(orders, "a", 2)
    yield* settle
    yield* Scope.close(first, Exit.void)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 0)
    assert.deepStrictEqual(yield* parked, ["a", "a"])
    yield* (yield* MemoryKafkaControl).failNextCommits(0, { reason: "unavailable" })
    yield* start((record) => Effect.sync(() => handled.push(record.value.n)).pipe(Effect.as(nothing)))
    yield* TestClock.adjust("3 hours")
    yield* settle
    assert.deepStrictEqual(handled, [1, 2])
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 2)
    assert.deepStrictEqual(yield* parked, [])
  }).pipe(running)
)

it.effect("parks what comes behind a record only once that is with the broker", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    yield* start(() => Effect.fail(failure("temporary", "later", hour)))
    yield* settle
    for (const n of [1, 2, 3]) yield* put(orders, "a", n)
    yield* control.failNextSends(4, { reason: "unavailable" })
    for (let step = 0; step < 40; step++) {
      yield* TestClock.adjust("100 millis")
      const offsets = (yield* control.records("it-orders.parked")).map(({ key }) =>
        Number(Buffer.from(key!).toString().split("/")[2])
      )
      assert.deepStrictEqual(
        offsets,
        offsets.toSorted((one, other) => one - other)
      )
    }
    assert.strictEqual((yield* parked).length, 3)
  }).pipe(running)
)

it.effect(
  "parks the lowest unfinished record when a commit can't remember all that is finished above",
  () =>
    Effect.gen(function* () {
      const total = 18_000
      let open = false
      const handled = new Set<number>()
      yield* start(
        (record) => {
          if (!open && record.offset % 2 === 0) return Effect.fail(failure("temporary", "soon", 20_000))
          handled.add(record.value.n)
          return Effect.succeed(nothing)
        },
        { attempts: 100 }
      )
      const publisher = yield* Publisher
      yield* publisher.publish(
        Array.from({ length: total }, (_, n) =>
          outgoing(orders, { key: `k-${n}`, value: { id: `k-${n}`, n }, workspaceId: "ws-1" })
        )
      )
      while (handled.size < total / 2) yield* settle
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.isAbove((yield* parked).length, 0)
      open = true
      yield* TestClock.adjust("25 seconds")
      while (handled.size < total) yield* settle
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.strictEqual(handled.size, total)
      assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), total)
      assert.deepStrictEqual(yield* parked, [])
    }).pipe(Effect.provide(Logger.layer([])), running),
  60_000
)

it.effect("keeps a record in memory that finds no room among the parked ones, and commits nothing of it", () =>
  Effect.gen(function* () {
    let open = false
    yield* start((record) =>
      open ? Effect.succeed(result(record.key, 1)) : Effect.fail(failure("temporary", "", hour))
    )
    yield* put(orders, "a", 1)
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(yield* parked, [])
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 0)
    open = true
    yield* TestClock.adjust("1 hour")
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 1)
  }).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RUNTIME: { PARKED_BYTES: "10" } }))),
    running
  )
)

const Step = Schema.Struct({
  key: Schema.Literals(["a", "b", "c"]),
  lane: Schema.Literals(["critical", "high", "low"]),
  failures: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  restart: Schema.Boolean
})

it.effect.prop(
  "keeps every record and the order of each key and lane, whatever waits and restarts come between",
  [Schema.Array(Step).check(Schema.isMaxLength(12))],
  ([steps]) =>
    Effect.gen(function* () {
      const handled: Array<{ readonly key: string; readonly lane: string; readonly n: number }> = []
      const handle: Handle = ({ attempt, key, lane, value: { n } }) => {
        if (attempt <= steps[n]!.failures) return Effect.fail(failure("temporary", "later", 60_000))
        return Effect.sync(() => handled.push({ key, lane, n })).pipe(Effect.as(nothing))
      }
      let scope = yield* Scope.make()
      yield* Scope.provide(start(handle, { attempts: 5 }), scope)
      for (const [n, { key, lane, restart }] of steps.entries()) {
        yield* put(orders, key, n, { lane })
        if (!restart) continue
        yield* settle
        yield* Scope.close(scope, Exit.void)
        scope = yield* Scope.make()
        yield* Scope.provide(start(handle, { attempts: 5 }), scope)
        yield* TestClock.adjust("20 seconds")
      }
      for (let minutes = 0; minutes < 3 * steps.length + 2; minutes++) yield* TestClock.adjust("1 minute")
      yield* settle
      assert.strictEqual(handled.length, steps.length)
      for (const key of ["a", "b", "c"]) {
        for (const lane of ["critical", "high", "low"]) {
          const order = handled.filter((one) => one.key === key && one.lane === lane).map(({ n }) => n)
          assert.deepStrictEqual(
            order,
            order.toSorted((one, other) => one - other)
          )
        }
      }
      assert.deepStrictEqual(yield* parked, [])
      yield* Scope.close(scope, Exit.void)
    }).pipe(running),
  { timeout: 30_000, arbitrary: { runs: 40 } }
)
