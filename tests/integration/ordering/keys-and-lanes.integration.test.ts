/**
 * 600 orders of 30 keys in three lanes, in three partitions, handled 20 at a time for 0 to 10 ms each. Within a key and
 * lane the order is kept; more keys run at once than there are partitions; no key runs twice at a time; and a critical
 * order that comes behind a backlog of low ones is handled before nearly all of them.
 */
import { assert, it } from "@effect/vitest"
import { type Incoming, input, nothing, runWorker } from "@millrace/runtime"
import { Effect, Random } from "effect"
import { type Order, orderBench, orderTopics, putOrders, randomName, until } from "../delivery/Orders.ts"

/**
 * @guarantee records: Records of a key run in order and one at a time, keys side by side, more than there are
 *   partitions
 */
it.live("keys cross each other, but never themselves", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    const lanes = ["critical", "high", "low"]
    const numbers = Array.from({ length: 600 }, (_, n) => n)
    const running = new Set<string>()
    const finished: Array<Incoming<Order>> = []
    let most = 0
    const handle = Effect.fnUntraced(function* (record: Incoming<Order>) {
      assert.isFalse(running.has(record.key), `${record.key} runs twice`)
      running.add(record.key)
      most = Math.max(most, running.size)
      yield* Effect.sleep(yield* Random.nextIntBetween(0, 10))
      running.delete(record.key)
      finished.push(record)
      return nothing
    })
    yield* Effect.gen(function* () {
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n % 30}`, laneOf: (n) => lanes[Math.floor(n / 30) % 3]! })
      yield* runWorker({ name: topics.group, instance: "1", inputs: [input({ contract: topics.orders, handle })] })
      yield* until(Effect.sync(() => finished.length >= 600))
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
    assert.strictEqual(finished.length, 600)
    assert.isAbove(most, 3)
    const newest = new Map<string, number>()
    for (const { key, lane, value } of finished) {
      assert.isAbove(value.n, newest.get(`${key} ${lane}`) ?? -1, `${key} in ${lane}`)
      newest.set(`${key} ${lane}`, value.n)
    }
  })
)

/** @guarantee records: A critical record overtakes any backlog of lower lanes; a lower lane never stands still */
it.live("a critical record overtakes a backlog of low ones", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    const order: Array<string> = []
    const handle = (record: Incoming<Order>) =>
      Effect.sleep("5 millis").pipe(Effect.andThen(Effect.sync(() => order.push(record.lane))), Effect.as(nothing))
    yield* Effect.gen(function* () {
      yield* putOrders(
        topics,
        Array.from({ length: 2_000 }, (_, n) => n),
        { keyOf: (n) => `low-${n}`, laneOf: () => "low" }
      )
      yield* runWorker({ name: topics.group, instance: "1", inputs: [input({ contract: topics.orders, handle })] })
      yield* until(Effect.sync(() => order.length >= 50))
      const before = order.length
      yield* putOrders(topics, [1], { keyOf: () => "urgent", laneOf: () => "critical" })
      yield* until(Effect.sync(() => order.includes("critical")))
      assert.isBelow(order.indexOf("critical") - before, 1_000)
      yield* until(Effect.sync(() => order.length === 2_001))
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
