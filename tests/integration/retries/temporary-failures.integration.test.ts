/**
 * Of three orders in one partition, one fails twice and then succeeds, one always fails, one is fine. The fine one does
 * not wait; the first succeeds at its third attempt; the hopeless one stands in the dead letters after three attempts.
 */
import { assert, it } from "@effect/vitest"
import { type HandlerFailure, type Incoming, input, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import {
  committedRecords,
  done,
  type Order,
  orderBench,
  orderTopics,
  putOrders,
  randomName,
  readAll,
  readOrders,
  until
} from "../delivery/Orders.ts"

const busy: HandlerFailure = { _tag: "Busy", kind: "temporary", message: "the other side is busy" }

/** @guarantee records: A failed record waits alone, counts its attempts, and ends in the dead letters */
it.live("failed attempts wait, count and end in the dead letters", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    const attempts: Array<string> = []
    const handle = (record: Incoming<Order>) => {
      attempts.push(`${record.key}#${record.attempt}`)
      const fails = record.key === "hopeless" || (record.key === "shaky" && record.attempt < 3)
      return fails ? Effect.fail(busy) : Effect.succeed(done(topics, record.value))
    }
    yield* Effect.gen(function* () {
      const names = ["shaky", "hopeless", "fine"]
      yield* putOrders(topics, [0, 1, 2], { keyOf: (n) => names[n]! })
      yield* runWorker({ name: topics.group, instance: "1", inputs: [input({ contract: topics.orders, handle })] })
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 3))
      assert.deepStrictEqual((yield* readOrders(topics.results.name)).map(({ id }) => id).toSorted(), ["fine", "shaky"])
      const letters = yield* readAll(`${topics.orders.name}.dlq`)
      assert.strictEqual(letters.length, 1)
      assert.strictEqual(Buffer.from(letters[0]!.key!).toString(), "hopeless")
      assert.strictEqual(Buffer.from(letters[0]!.headers["dlq-attempts"]!).toString(), "3")
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
    assert.deepStrictEqual(
      attempts.filter((line) => line.startsWith("fine")),
      ["fine#1"]
    )
    assert.strictEqual(attempts.filter((line) => line.startsWith("hopeless")).length, 3)
  })
)
