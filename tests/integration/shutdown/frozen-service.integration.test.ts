/**
 * A service works at 40 orders; its handler of one of them never gives the process back. Nothing within the process can end
 * it in order, so its guard kills it, with a last line that says why. Started anew, as a supervisor does, and without that
 * handler's fault, it brings every order to its end: none is lost.
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

/** @guarantee operation: A process whose event loop is blocked is ended, so that its supervisor starts it anew */
it.live("a service whose handler blocks the process is ended with a last line; its successor loses nothing", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const environment = { MILLRACE_TOPICS: topicsYaml(name), RUNTIME_FROZEN_AFTER: "3 seconds" }
    yield* Effect.gen(function* () {
      yield* Effect.forEach([topics.orders, topics.results], register).pipe(Effect.provide(SchemaRegistry.layer))
      const frozen = yield* service(name, environment, 13)
      yield* readyOrEnded(frozen)
      yield* putOrders(topics, [...Array(40).keys()], { keyOf: (n) => `k-${n}` })
      yield* exitCode(frozen)
      assert.strictEqual(frozen.child.signalCode, "SIGKILL", frozen.errors())
      assert.include(frozen.errors().trim().split("\n").at(-1), "the event loop did not turn for 3")
      yield* service(name, environment)
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 40))
      const all = (yield* readOrders(topics.results.name)).map(({ n }) => n)
      assert.deepStrictEqual(
        [...new Set(all)].toSorted((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n)
      )
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics, ConfluentCodec.layer)))
  })
)
