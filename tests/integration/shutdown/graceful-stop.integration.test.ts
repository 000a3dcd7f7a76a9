/**
 * A service works at 40 orders, five at a time, 200 ms each, its schemas in the registry. It is told to stop (SIGTERM) in
 * the middle. It finishes the five in its hands, commits them, and ends with exit code 0; its successor does exactly the
 * rest, so that every order is done once. A service that can't start says why in one line and ends with exit code 1.
 */
import { assert, it } from "@effect/vitest"
import { ConfluentCodec, SchemaRegistry } from "@millrace/contracts"
import { Effect } from "effect"
import {
  committedRecords,
  orderBench,
  orderTopics,
  putOrders,
  randomName,
  readOrders,
  until
} from "../delivery/Orders.ts"
import { exitCode, readyOrEnded, register, service, topicsYaml } from "./Services.ts"

/** @guarantee records: A stop finishes what is in flight, commits it and starts nothing new */
it.live("a service told to stop finishes what it holds, and its successor does exactly the rest", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const environment = { MILLRACE_TOPICS: topicsYaml(name) }
    yield* Effect.gen(function* () {
      yield* Effect.forEach([topics.orders, topics.results], register).pipe(Effect.provide(SchemaRegistry.layer))
      const first = yield* service(name, environment)
      yield* readyOrEnded(first)
      assert.include(first.output(), '"event":"ready"', first.errors())
      const ready = JSON.parse(first.output())
      assert.strictEqual(ready.worker, topics.group)
      const health = yield* Effect.promise(async () => (await fetch(`${ready.health}/ready`)).status)
      assert.strictEqual(health, 200)
      yield* putOrders(topics, [...Array(40).keys()], { keyOf: (n) => `k-${n}` })
      yield* until(Effect.map(readOrders(topics.results.name), (all) => all.length >= 5))
      first.child.kill("SIGTERM")
      assert.strictEqual(yield* exitCode(first), 0, first.errors())
      const byFirst = yield* readOrders(topics.results.name)
      assert.isBelow(byFirst.length, 40)
      yield* service(name, environment)
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 40))
      const all = (yield* readOrders(topics.results.name)).map(({ n }) => n)
      assert.deepStrictEqual(
        all.toSorted((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n)
      )
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics, ConfluentCodec.layer)))
  })
)

/**
 * @guarantee operation: A service that can't start says why in one line and ends with 1
 * @how one JSON line on standard error
 */
it.live("a service without its settings says so in one line and ends with 1", () =>
  Effect.gen(function* () {
    const broken = yield* service("it-none", { KAFKA_BROKERS: "" })
    assert.strictEqual(yield* exitCode(broken), 1)
    const lines = broken.errors().trim().split("\n")
    assert.strictEqual(lines.length, 1, broken.errors())
    assert.include(JSON.parse(lines[0]!).error, "KAFKA")
    assert.strictEqual(broken.output(), "")
  }).pipe(Effect.scoped)
)
