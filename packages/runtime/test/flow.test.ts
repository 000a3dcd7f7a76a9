import { assert, it } from "@effect/vitest"
import { KafkaError, MemoryKafkaControl } from "@millrace/kafka"
import { ConfigProvider, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import {
  broadcast,
  input,
  makeTable,
  nothing,
  runWorker,
  StopProcess,
  type TableChange,
  type WorkerFailed
} from "../src/index.ts"
import { committedRecords, type Order, orders, put, settle, stock, ticks, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

/**
 * @guarantee operation: A lane can be paused and resumed at run time
 * @how its partitions are paused; other lanes go on
 */
it.effect("takes nothing of a paused lane at run time, and all of it once resumed", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const worker = yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          handle: (record) => Effect.sync(() => seen.push(record.lane)).pipe(Effect.as(nothing))
        })
      ]
    })
    yield* worker.pause("low")
    yield* put(orders, "a", 1, { lane: "low" })
    yield* put(orders, "b", 1, { lane: "critical" })
    yield* settle
    assert.deepStrictEqual(seen, ["critical"])
    assert.isTrue(worker.status().lanes.find(({ lane }) => lane === "low")!.paused)
    yield* worker.resume("low")
    yield* settle
    assert.deepStrictEqual(seen, ["critical", "low"])
  }).pipe(running)
)

/**
 * @guarantee records: Memory is bounded whatever the backlog
 * @how buffers that pause their partitions
 */
it.effect("holds no more than its buffer of a backlog, and still works all of it off", () =>
  Effect.gen(function* () {
    const total = 300
    const filling = "x".repeat(10_000)
    for (let n = 0; n < total; n++) yield* put(orders, `k-${n}-${filling}`, n)
    let handled = 0
    const worker = yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          policy: { concurrency: 10 },
          handle: () => Effect.sleep("1 millis").pipe(Effect.andThen(Effect.sync(() => handled++)), Effect.as(nothing))
        })
      ]
    }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RUNTIME: { BUFFER_BYTES: 100_000 } }))))
    let most = 0
    for (let round = 0; round < 500 && handled < total; round++) {
      most = Math.max(most, worker.status().lanes.find(({ lane }) => lane === "high")!.buffered)
      yield* TestClock.adjust("1 millis")
    }
    assert.strictEqual(handled, total)
    assert.isAtMost(most, 60)
  }).pipe(running)
)

/** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
it.effect("hands an interrupted chunk over again after a rebalance, skips nothing, and commits only then", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const begun: Array<ReadonlyArray<number>> = []
    let stuck = true
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      broadcasts: [
        broadcast({
          contract: ticks,
          from: "beginning",
          handleChunk: (records) =>
            Effect.suspend(() => {
              begun.push(records.map(({ value }) => value.n))
              return stuck ? Effect.never : Effect.succeed(nothing)
            })
        })
      ]
    })
    yield* put(ticks, "btc", 1)
    yield* settle
    yield* put(ticks, "btc", 2)
    yield* settle
    yield* Effect.forkScoped(control.rebalance("it-worker.1"))
    yield* TestClock.adjust("9 seconds")
    stuck = false
    yield* TestClock.adjust("5 seconds")
    yield* settle
    assert.deepStrictEqual(begun, [[1], [1], [2]])
    assert.strictEqual(yield* committedRecords("it-worker.1", "it-ticks"), 2)
  }).pipe(running)
)

/** @guarantee records: Tables are read to their end before a record is handled, and followed */
it.effect("does not read a kept partition of a table anew after a rebalance", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const changes: Array<TableChange<Order>> = []
    const table = yield* makeTable({
      contract: stock,
      scope: "partitioned",
      onChange: (change) => changes.push(change)
    })
    yield* runWorker({ name: "it-worker", instance: "1", tables: [table] })
    for (let n = 0; n < 10; n++) yield* put(stock, `s-${n}`, n)
    yield* settle
    yield* control.rebalance("it-worker")
    yield* put(stock, "s-0", 100)
    yield* TestClock.adjust("1 second")
    yield* settle
    assert.strictEqual(table.size(), 10)
    assert.strictEqual(table.get("s-0")?.n, 100)
    assert.strictEqual(changes.length, 11)
  }).pipe(running)
)

it.effect("asks the process to end when its consumer can't go on, and is not live then", () =>
  Effect.gen(function* () {
    const reasons: Array<WorkerFailed> = []
    const worker = yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [input({ contract: orders, handle: () => Effect.succeed(nothing) })]
    }).pipe(Effect.provideService(StopProcess, (reason) => reasons.push(reason)))
    const cause = new KafkaError({ operation: "fetch", reason: "closed", cause: undefined })
    yield* (yield* MemoryKafkaControl).crash("it-worker.1", cause)
    assert.strictEqual(reasons.length, 1)
    assert.isFalse(worker.status().ready)
    const failure = yield* Effect.flip(worker.failure)
    assert.include(failure.message, "can't go on")
  }).pipe(running)
)
