import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Deferred, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { nothing } from "../src/index.ts"
import { running, worker } from "./runWorkerFixtures.ts"
import { committedRecords, failure, orders, put, result, settle, valuesOf } from "./workbench.ts"

it.effect("handles a record, publishes its outcome with workspace and trace, and commits", () =>
  Effect.gen(function* () {
    yield* worker((record) => Effect.succeed(result(record.key, record.value.n + 1)))
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`
    yield* put(orders, "o-1", 41, { headers: { traceparent } })
    yield* settle
    assert.deepStrictEqual(yield* valuesOf("it-results"), [{ id: "o-1", n: 42 }])
    const [published] = yield* (yield* MemoryKafkaControl).records("it-results")
    assert.strictEqual(Buffer.from(published!.headers["workspace-id"]!).toString(), "ws-1")
    assert.strictEqual(Buffer.from(published!.headers.traceparent!).toString(), traceparent)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 0)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 1)
  }).pipe(running)
)

it.effect("writes the trace of who publishes, and none where nothing is traced", () =>
  Effect.gen(function* () {
    const traced = put(orders, "t", 1).pipe(Effect.withSpan("request"))
    yield* traced
    yield* traced.pipe(Effect.withTracerEnabled(false))
    const [one, other] = yield* (yield* MemoryKafkaControl).records("it-orders")
    assert.match(Buffer.from(one!.headers.traceparent!).toString(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/u)
    assert.isUndefined(other!.headers.traceparent)
  }).pipe(running)
)

/** @guarantee records: A failed record waits alone, counts its attempts, and ends in the dead letters */
it.effect("waits 1 s, then 2 s, between three attempts, and other keys do not wait", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* worker((record) => {
      seen.push(`${record.key}#${record.attempt}`)
      return record.key === "bad" ? Effect.fail(failure("temporary")) : Effect.succeed(nothing)
    })
    yield* put(orders, "bad", 1)
    yield* put(orders, "bad", 2)
    yield* put(orders, "good", 1)
    yield* settle
    assert.deepStrictEqual(seen.toSorted(), ["bad#1", "good#1"])
    yield* TestClock.adjust("999 millis")
    assert.strictEqual(seen.length, 2)
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(seen.slice(2), ["bad#2"])
    yield* TestClock.adjust("2 seconds")
    yield* settle
    assert.deepStrictEqual(seen.slice(3), ["bad#3", "bad#1"])
    assert.deepStrictEqual(yield* valuesOf("it-orders.dlq"), [{ id: "bad", n: 1 }])
  }).pipe(running)
)

it.effect("keeps the order of a key while its records fail, and crosses other keys", () =>
  Effect.gen(function* () {
    const handled: Array<string> = []
    let failures = 0
    yield* worker((record) => {
      if (record.key === "a" && record.value.n === 1 && failures++ < 2) return Effect.fail(failure("temporary"))
      handled.push(`${record.key}${record.value.n}`)
      return Effect.succeed(nothing)
    })
    for (const [key, n] of [
      ["a", 1],
      ["a", 2],
      ["b", 1],
      ["a", 3]
    ] as const)
      yield* put(orders, key, n)
    yield* TestClock.adjust("10 seconds")
    yield* settle
    assert.deepStrictEqual(handled, ["b1", "a1", "a2", "a3"])
  }).pipe(running)
)

/**
 * @guarantee records: A handler that overruns is interrupted and counts as failed
 * @how the topic's timeout
 */
it.effect("interrupts a handler after its timeout and counts it as a failed attempt", () =>
  Effect.gen(function* () {
    const attempts: Array<number> = []
    let interrupted = 0
    yield* worker(
      (record) => {
        attempts.push(record.attempt)
        return Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => interrupted++)))
      },
      { timeout: Duration.seconds(5), attempts: 2 }
    )
    yield* put(orders, "slow", 1)
    yield* settle
    yield* TestClock.adjust("5 seconds")
    assert.strictEqual(interrupted, 1)
    yield* TestClock.adjust("1 second")
    yield* TestClock.adjust("5 seconds")
    yield* settle
    assert.deepStrictEqual(attempts, [1, 2])
    const [letter] = yield* (yield* MemoryKafkaControl).records("it-orders.dlq")
    assert.strictEqual(Buffer.from(letter!.headers["dlq-tag"]!).toString(), "HandlerTimedOut")
    assert.strictEqual(Buffer.from(letter!.headers["dlq-attempts"]!).toString(), "2")
  }).pipe(running)
)

/**
 * @guarantee records: A dependency that is down uses up no attempts
 * @how the record is held
 */
it.effect("holds a record whose dependency is down, without using up attempts", () =>
  Effect.gen(function* () {
    const attempts: Array<number> = []
    let down = true
    yield* worker((record) => {
      attempts.push(record.attempt)
      return down ? Effect.fail(failure("system")) : Effect.succeed(result(record.key, 1))
    })
    yield* put(orders, "k", 1)
    for (let minute = 0; minute < 3; minute++) yield* TestClock.adjust("1 minute")
    assert.isAbove(attempts.length, 10)
    down = false
    yield* TestClock.adjust("10 seconds")
    yield* settle
    assert.deepStrictEqual([...new Set(attempts)], [1])
    assert.strictEqual((yield* valuesOf("it-results")).length, 1)
    assert.strictEqual((yield* valuesOf("it-orders.dlq")).length, 0)
  }).pipe(running)
)

/** @guarantee protection: A protection command is never set aside, however long the exchange is down */
it.effect("never gives a protection command up for a temporary failure", () =>
  Effect.gen(function* () {
    let attempts = 0
    yield* worker(
      () => {
        attempts++
        return Effect.fail(failure("temporary"))
      },
      { neverDeadLetter: true, attempts: 2 }
    )
    yield* put(orders, "k", 1)
    for (let minute = 0; minute < 60; minute++) yield* TestClock.adjust("1 minute")
    assert.isAbove(attempts, 30)
    assert.strictEqual((yield* valuesOf("it-orders.dlq")).length, 0)
    assert.isAbove((yield* valuesOf("it-orders.parked")).filter((value) => value !== null).length, 0)
  }).pipe(running)
)

it.effect("waits as long as a failure says before the next attempt", () =>
  Effect.gen(function* () {
    let attempts = 0
    yield* worker(() => {
      attempts++
      return Effect.fail(failure("temporary", "429", 7_000))
    })
    yield* put(orders, "k", 1)
    yield* settle
    yield* TestClock.adjust("6999 millis")
    assert.strictEqual(attempts, 1)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(attempts, 2)
  }).pipe(running)
)

it.effect("takes a rule's refusal as handled: no retry, no dead letter", () =>
  Effect.gen(function* () {
    let attempts = 0
    yield* worker(() => {
      attempts++
      return Effect.fail(failure("business"))
    })
    yield* put(orders, "k", 1)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(attempts, 1)
    assert.strictEqual((yield* valuesOf("it-orders.dlq")).length, 0)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 1)
  }).pipe(running)
)

it.effect("handles critical records before a backlog of low ones, and as many keys at once as it may", () =>
  Effect.gen(function* () {
    const handled: Array<string> = []
    const gate = yield* Deferred.make<void>()
    for (let n = 0; n < 200; n++) yield* put(orders, `low-${n}`, n, { lane: "low" })
    yield* worker(
      (record) =>
        Effect.sync(() => handled.push(record.lane)).pipe(Effect.andThen(Deferred.await(gate)), Effect.as(nothing)),
      { concurrency: 10 }
    )
    yield* settle
    assert.deepStrictEqual(handled, Array(8).fill("low"))
    yield* put(orders, "urgent", 1, { lane: "critical" })
    yield* settle
    assert.deepStrictEqual(handled.slice(8), ["critical"])
    yield* Deferred.succeed(gate, undefined)
    yield* settle
    assert.strictEqual(handled.length, 201)
  }).pipe(running)
)

/** @guarantee crash: broker is away for long */
it.effect("publishes the outcome again until the broker takes it, without handling twice", () =>
  Effect.gen(function* () {
    let handled = 0
    yield* worker((record) => {
      handled++
      return Effect.succeed(result(record.key, 1))
    })
    yield* put(orders, "k", 1)
    yield* (yield* MemoryKafkaControl).failNextSends(2, { reason: "unavailable", written: false })
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 0)
    yield* TestClock.adjust("5 seconds")
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 1)
    assert.strictEqual(handled, 1)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 1)
  }).pipe(running)
)
