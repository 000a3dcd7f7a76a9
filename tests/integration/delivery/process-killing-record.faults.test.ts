/**
 * Two of 120 orders end the worker's process whenever they are handled. A supervisor starts it again each time. The two
 * are found and set aside, every other order is handled, and then the process lives on.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { committedRecords, orderBench, orderTopics, putOrders, randomName, readOrders, until } from "./Orders.ts"

const script = fileURLToPath(new URL("worker-process.ts", import.meta.url))
const deadly = [13, 77]

/** Starts the worker again whenever it has ended, and counts how often it was started. */
const supervised = Effect.fnUntraced(function* (name: string, starts: Ref.Ref<number>) {
  const life = Effect.callback<void>((ended) => {
    const child = spawn(process.execPath, [script, name, deadly.join(",")], { stdio: ["ignore", "inherit", "inherit"] })
    child.once("exit", () => ended(Effect.void))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Ref.update(starts, (n) => n + 1),
        life
      )
    )
  )
})

/** @guarantee records: A record that ends the process again and again is set aside, and no other is */
it.live("sets aside the records that end the process, and handles the others", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const numbers = Array.from({ length: 120 }, (_, n) => n)
    yield* Effect.gen(function* () {
      yield* putOrders(topics, numbers, { keyOf: (n) => `k-${n}` })
      const starts = yield* Ref.make(0)
      yield* supervised(name, starts)
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === numbers.length))
      const aside = yield* readOrders(`${topics.orders.name}.dlq`)
      assert.deepStrictEqual(
        aside.map(({ n }) => n).toSorted((a, b) => a - b),
        deadly
      )
      const handled = new Set((yield* readOrders(topics.results.name)).map(({ n }) => n))
      assert.deepStrictEqual(
        numbers.filter((n) => !handled.has(n)),
        deadly
      )
      assert.isAtMost(yield* Ref.get(starts), 9)
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
