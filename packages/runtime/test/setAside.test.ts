/** Records that are set aside: as dead letters, with their bytes and their cause. */
import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { nothing, Publisher } from "../src/index.ts"
import { running, worker } from "./runWorkerFixtures.ts"
import { committedRecords, failure, orders, put, result, settle, valuesOf } from "./workbench.ts"

/** @guarantee records: A failed record waits alone, counts its attempts, and ends in the dead letters */
it.effect("sets a permanent failure aside with its bytes and its cause, and handles the next", () =>
  Effect.gen(function* () {
    yield* worker((record) =>
      record.value.n === 13
        ? Effect.fail(failure("permanent", "no luck with 13"))
        : Effect.succeed(result(record.key, 0))
    )
    yield* put(orders, "k", 13, {
      lane: "critical",
      headers: { traceparent: `00-${"c".repeat(32)}-${"d".repeat(16)}-01` }
    })
    yield* put(orders, "k", 14)
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 1)
    const control = yield* MemoryKafkaControl
    const [letter] = yield* control.records("it-orders.dlq")
    const [original] = yield* control.records("it-orders.critical")
    assert.deepStrictEqual(letter!.value, original!.value)
    assert.deepStrictEqual(letter!.key, original!.key)
    const headers = Object.fromEntries(
      Object.entries(letter!.headers).map(([name, value]) => [name, Buffer.from(value).toString()])
    )
    assert.include(headers, {
      "workspace-id": "ws-1",
      "dlq-kind": "permanent",
      "dlq-tag": "TestFailure",
      "dlq-message": "no luck with 13",
      "dlq-attempts": "1",
      "dlq-service": "it-worker",
      "dlq-trace-id": "c".repeat(32),
      "dlq-lane": "critical",
      "dlq-origin-topic": "it-orders.critical",
      "dlq-origin-offset": "0"
    })
    assert.match(headers["dlq-fingerprint"]!, /^[0-9a-f]{16}$/u)
    assert.match(headers["dlq-first-failure"]!, /^1970-01-01T/u)
    assert.isDefined(headers["dlq-version"])
  }).pipe(running)
)

/**
 * @guarantee records: A record that can't be decoded goes to the dead letters with its bytes, key and cause
 * @how original bytes and headers, causes in `dlq-…` headers
 */
it.effect("sets a record aside that can't be decoded, or lacks its workspace, with its bytes", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* worker((record) => {
      seen.push(record.key)
      return Effect.succeed(nothing)
    })
    const publisher = yield* Publisher
    const key = new TextEncoder().encode("raw")
    const bytes = new TextEncoder().encode("not in the wire format")
    yield* publisher.sendRaw([
      { topic: "it-orders", partition: 0, key, value: bytes, headers: { "workspace-id": "ws-1" } },
      { topic: "it-orders", partition: 0, key, value: bytes }
    ])
    yield* put(orders, "next", 1)
    yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(seen, ["next"])
    const letters = yield* (yield* MemoryKafkaControl).records("it-orders.dlq")
    assert.deepStrictEqual(
      letters.map(({ value }) => Buffer.from(value!).toString()),
      Array(2).fill("not in the wire format")
    )
    assert.deepStrictEqual(
      letters.map(({ headers }) => Buffer.from(headers["dlq-tag"]!).toString()),
      ["Undecodable", "MalformedRecord"]
    )
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 3)
  }).pipe(running)
)

/**
 * @guarantee records: A bad record is not committed while its dead letter can't be written
 * @how the dead letter is sent first
 */
it.effect("does not commit a bad record while its dead letter can't be written", () =>
  Effect.gen(function* () {
    yield* worker(() => Effect.fail(failure("permanent")))
    yield* put(orders, "k", 1)
    const control = yield* MemoryKafkaControl
    yield* control.failNextSends(3, { reason: "unavailable", written: false })
    yield* settle
    yield* TestClock.adjust("150 millis")
    assert.strictEqual((yield* valuesOf("it-orders.dlq")).length, 0)
    yield* TestClock.adjust("5 seconds")
    yield* settle
    assert.strictEqual((yield* valuesOf("it-orders.dlq")).length, 1)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 1)
  }).pipe(running)
)

it.effect("sets a defect aside with its stack and goes on", () =>
  Effect.gen(function* () {
    const running = yield* worker((record) =>
      record.value.n === 1 ? Effect.die(new TypeError("a bug")) : Effect.succeed(result(record.key, record.value.n))
    )
    yield* put(orders, "k", 1)
    yield* put(orders, "k", 2)
    yield* settle
    const [letter] = yield* (yield* MemoryKafkaControl).records("it-orders.dlq")
    assert.strictEqual(Buffer.from(letter!.headers["dlq-kind"]!).toString(), "defect")
    assert.include(Buffer.from(letter!.headers["dlq-stack"]!).toString(), "setAside.test")
    assert.deepStrictEqual(yield* valuesOf("it-results"), [{ id: "k", n: 2 }])
    assert.isTrue(running.status().ready)
  }).pipe(running)
)
