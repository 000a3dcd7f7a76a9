/**
 * Somebody writes bytes into a topic that are not in its format, between two good records of the same partition. The
 * good ones are handled; the bad one stands in the dead letters with exactly its bytes, its key and its cause, and only
 * then is its offset committed.
 */
import { assert, it } from "@effect/vitest"
import { partitionOf } from "@millrace/contracts"
import { input, Publisher, runWorker } from "@millrace/runtime"
import { Effect } from "effect"
import {
  committedRecords,
  done,
  orderBench,
  orderTopics,
  putOrders,
  randomName,
  readAll,
  readOrders,
  until
} from "./Orders.ts"

/** @guarantee records: A record that can't be decoded goes to the dead letters with its bytes, key and cause */
it.live("a record that can't be decoded goes to the dead letters with its bytes, and the next one is handled", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    yield* Effect.gen(function* () {
      const publisher = yield* Publisher
      const bytes = new Uint8Array([0, 0, 0, 0, 99, 123, 255, 0, 13])
      const key = new TextEncoder().encode("k")
      yield* putOrders(topics, [1], { keyOf: () => "k" })
      yield* publisher.sendRaw([
        {
          topic: topics.orders.name,
          partition: partitionOf(topics.orders, "k", 3),
          key,
          value: bytes,
          headers: { "workspace-id": "ws-1", origin: "somebody" }
        }
      ])
      yield* putOrders(topics, [2], { keyOf: () => "k" })
      const handle = (record: { readonly value: { readonly id: string; readonly n: number } }) =>
        Effect.succeed(done(topics, record.value))
      yield* runWorker({ name: topics.group, instance: "1", inputs: [input({ contract: topics.orders, handle })] })
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 3))
      assert.deepStrictEqual(
        (yield* readOrders(topics.results.name)).map(({ n }) => n),
        [1, 2]
      )
      const letters = yield* readAll(`${topics.orders.name}.dlq`)
      assert.strictEqual(letters.length, 1)
      assert.deepStrictEqual(new Uint8Array(letters[0]!.value!), bytes)
      assert.deepStrictEqual(new Uint8Array(letters[0]!.key!), key)
      const headers = Object.fromEntries(
        Object.entries(letters[0]!.headers).map(([name, value]) => [name, Buffer.from(value).toString()])
      )
      assert.include(headers, { origin: "somebody", "dlq-tag": "Undecodable", "dlq-origin-offset": "1" })
      assert.notStrictEqual(headers["dlq-message"], "")
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
