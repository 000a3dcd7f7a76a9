/**
 * An operator pauses the low lane while a worker is in the middle of 600 low orders. The pause goes the whole way: stored
 * in PostgreSQL, published by control-api from its outbox, read by the worker. From then on critical orders are handled
 * and no low one is; neither is one after the worker is stopped and started again, nor after a second worker has joined.
 * Once the lane is resumed every low order is handled once, in the order of its key.
 */
import { assert, it } from "@effect/vitest"
import { TopicsFile } from "@millrace/contracts"
import { runOutboxRelay } from "@millrace/control-api"
import { type Incoming, input, nothing, type RunningWorker, runWorker } from "@millrace/runtime"
import { ControlStore, layerPgControlStore, Outbox } from "@millrace/store"
import { Effect, Layer } from "effect"
import { fixedIds, type Order, orderBench, orderTopics, putOrders, randomName, until } from "../delivery/Orders.ts"
import { layerOwnSchema } from "../side-effects/database.ts"

const stores = layerPgControlStore.pipe(Layer.provideMerge(Outbox.layerPg), Layer.provideMerge(layerOwnSchema))

/** @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts */
it.live("a lane paused under load stays so over a restart and a rebalance; resumed, it loses nothing", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    const { all } = yield* TopicsFile
    const low: Array<Incoming<Order>> = []
    const critical = new Set<number>()
    let running = 0
    const handle = Effect.fnUntraced(function* (record: Incoming<Order>) {
      running += 1
      yield* Effect.sleep("5 millis")
      if (record.lane === "low") low.push(record)
      else critical.add(record.value.n)
      running -= 1
      return nothing
    })
    const start = (instance: string) =>
      runWorker({ name: topics.group, instance, inputs: [input({ contract: topics.orders, handle })] })
    const lowPaused = (worker: RunningWorker) =>
      worker.status().lanes.some(({ lane, paused }) => lane === "low" && paused)

    /** A critical order of each of many keys goes through, and no low one meanwhile. */
    const onlyCritical = Effect.fnUntraced(function* (round: number) {
      const before = low.length
      const numbers = Array.from({ length: 30 }, (_, n) => round * 100 + n)
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n % 30}`, laneOf: () => "critical" })
      yield* until(Effect.sync(() => numbers.every((n) => critical.has(n))))
      assert.strictEqual(low.length, before, "a low order was handled while its lane was paused")
    })

    yield* Effect.gen(function* () {
      const store = yield* ControlStore
      yield* runOutboxRelay
      const numbers = Array.from({ length: 600 }, (_, n) => n)
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n % 30}`, laneOf: () => "low" })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const worker = yield* start("1")
          yield* until(Effect.sync(() => low.length >= 40))
          yield* store.pause({ topic: topics.orders.name, lane: "low" }, { actor: "it" })
          yield* until(Effect.sync(() => lowPaused(worker) && running === 0))
          assert.isBelow(low.length, 600)
          yield* onlyCritical(1)
        })
      )
      const restarted = yield* start("1")
      assert.isTrue(lowPaused(restarted), "paused before it takes a record")
      yield* onlyCritical(2)
      const joined = yield* start("2")
      assert.isTrue(lowPaused(joined))
      yield* onlyCritical(3)
      yield* store.resume({ topic: topics.orders.name }, "it")
      yield* until(Effect.sync(() => low.length >= 600))
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(stores, orderBench(topics, fixedIds, all))))

    assert.strictEqual(low.length, 600, "each low order once")
    const newest = new Map<string, number>()
    for (const { key, value } of low) {
      assert.isAbove(value.n, newest.get(key) ?? -1, key)
      newest.set(key, value.n)
    }
  }).pipe(Effect.provide(TopicsFile.layer))
)
