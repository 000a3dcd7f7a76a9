/**
 * A worker whose input is transactional is killed (kill -9) twice in the middle of 300 orders, once with its successor
 * already waiting. Readers of committed records see the result of each order once: none is lost, none comes twice.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { committedRecords, orderBench, orderTopics, putOrders, randomName, readOrders, until } from "./Orders.ts"

const script = fileURLToPath(new URL("worker-process.ts", import.meta.url))

const workerProcess = (name: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [script, name, "-1", "--transactional"], { stdio: ["ignore", "inherit", "inherit"] })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** @guarantee records: A transactional input publishes each outcome once, also over crashes and frozen owners */
it.live("a transactional worker that is killed shows each outcome once", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const numbers = Array.from({ length: 300 }, (_, n) => n)
    yield* Effect.gen(function* () {
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n % 50}` })
      const results = readOrders(topics.results.name)
      const first = yield* workerProcess(name)
      yield* until(Effect.map(results, (all) => all.length >= 40))
      first.kill("SIGKILL")
      const second = yield* workerProcess(name)
      yield* until(Effect.map(results, (all) => all.length >= 120))
      yield* workerProcess(name)
      second.kill("SIGKILL")
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === numbers.length))
      assert.deepStrictEqual(
        (yield* results).map(({ n }) => n).toSorted((one, other) => one - other),
        numbers
      )
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
