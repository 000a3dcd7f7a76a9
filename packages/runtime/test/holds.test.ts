import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expiresHeader, type HandlerFailure, input, nothing, runWorker } from "../src/index.ts"
import { committedRecords, failure, orders, put, result, settle, valuesOf, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))
const down: HandlerFailure = { ...failure("system", "all of it is down", 10_000), holds: "lane" }

/** @guarantee records: A dependency that is down uses up no attempts */
it.effect("stops a lane whose dependency is down, asks with one record at a time, and goes on when it is back", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    let isDown = true
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          policy: { concurrency: 20 },
          handle: (record) => {
            seen.push(`${record.lane}#${record.attempt}`)
            return isDown && record.lane === "high" ? Effect.fail(down) : Effect.succeed(result(record.key, 1))
          }
        })
      ]
    })
    yield* put(orders, "first", 0)
    yield* settle
    for (let n = 0; n < 50; n++) yield* put(orders, `k-${n}`, n)
    yield* put(orders, "other", 1, { lane: "critical" })
    yield* settle
    assert.deepStrictEqual(seen, ["high#1", "critical#1"])
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(seen.length, 2 + 6)
    isDown = false
    yield* TestClock.adjust("10 seconds")
    yield* settle
    assert.strictEqual((yield* valuesOf("it-results")).length, 52)
    assert.deepStrictEqual([...new Set(seen)].toSorted(), ["critical#1", "high#1"])
  }).pipe(running)
)

it.effect("asks ever more rarely, however many keys have not asked yet", () =>
  Effect.gen(function* () {
    let asked = 0
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          handle: () =>
            Effect.suspend(() => {
              asked++
              return Effect.fail({ ...failure("system", "all of it is down"), holds: "lane" as const })
            })
        })
      ]
    })
    yield* put(orders, "first", 0)
    yield* settle
    for (let n = 0; n < 100; n++) yield* put(orders, `k-${n}`, n)
    for (let second = 0; second < 60; second++) yield* TestClock.adjust("1 second")
    assert.isAtLeast(asked, 10)
    assert.isAtMost(asked, 20, "100 ms, doubling up to 5 s, for the lane and not for each key")
  }).pipe(running)
)

it.effect("finishes a record that came too late without handling it, or as its own handler says", () =>
  Effect.gen(function* () {
    const handled: Array<string> = []
    const late: Array<string> = []
    const expires = (atMs: number) => ({ headers: { [expiresHeader]: String(atMs) } })
    const at = (record: { readonly key: string }, to: Array<string>) =>
      Effect.as(
        Effect.sync(() => to.push(record.key)),
        nothing
      )
    yield* TestClock.setTime(1_000_000)
    const worker = yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          handle: (record) => at(record, handled),
          expired: (record) => at(record, late)
        })
      ]
    })
    yield* put(orders, "in time", 1, expires(1_000_001))
    yield* put(orders, "too late", 2, expires(1_000_000))
    yield* settle
    yield* worker.pause("high")
    yield* put(orders, "paused for too long", 3, expires(1_005_000))
    yield* TestClock.adjust("6 seconds")
    yield* worker.resume("high")
    yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(handled, ["in time"])
    assert.deepStrictEqual(late.toSorted(), ["paused for too long", "too late"])
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 3)
    assert.deepStrictEqual(yield* (yield* MemoryKafkaControl).records("it-orders.dlq"), [])
  }).pipe(running)
)
