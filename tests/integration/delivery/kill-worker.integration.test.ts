/**
 * A worker is killed (kill -9) in the middle of 400 orders, with up to 20 in its hands and offsets committed only each
 * second. Started again, it brings every order to its end: none is lost; those that were handled but not yet committed
 * come twice, which their ids show.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { committedRecords, orderBench, orderTopics, putOrders, randomName, readOrders, until } from "./Orders.ts"

const script = fileURLToPath(new URL("worker-process.ts", import.meta.url))

const workerProcess = (name: string) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [script, name], { stdio: ["ignore", "inherit", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/**
 * @guarantee crash: worker of any kind is killed (kill -9) in the middle of its records
 * @redelivered the records that are not committed
 * @harmless no record is lost; those that come again have the same ids
 */
it.live("a worker killed in the middle loses no record", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const numbers = Array.from({ length: 400 }, (_, n) => n)
    yield* Effect.gen(function* () {
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n % 100}` })
      const first = yield* workerProcess(name)
      yield* until(Effect.map(readOrders(topics.results.name), (all) => all.length >= 100))
      first.kill("SIGKILL")
      const atDeath = yield* readOrders(topics.results.name)
      assert.isBelow(atDeath.length, 400)
      yield* workerProcess(name)
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 400))
      const results = yield* readOrders(topics.results.name)
      assert.deepStrictEqual(
        [...new Set(results.map(({ n }) => n))].toSorted((a, b) => a - b),
        numbers
      )
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
