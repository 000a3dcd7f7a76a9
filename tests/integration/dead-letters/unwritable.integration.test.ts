/**
 * The dead letters of a topic take only tiny records, so that a hopeless order can't be set aside. It is held and its
 * offset is not committed, though orders behind it are handled. Once the limit is raised it is set aside, once.
 */
import { assert, it } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { type HandlerFailure, input, runWorker } from "@millrace/runtime"
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
} from "../delivery/Orders.ts"

const hopeless: HandlerFailure = { _tag: "Hopeless", kind: "permanent", message: "no luck with it" }

/** @guarantee records: A bad record is not committed while its dead letter can't be written */
it.live("an order that the dead letters refuse is held, not lost", () =>
  Effect.gen(function* () {
    const topics = orderTopics(yield* randomName)
    const deadLetters = `${topics.orders.name}.dlq`
    let attempts = 0
    yield* Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      yield* admin.alterTopicConfig(deadLetters, { "max.message.bytes": "100" })
      yield* putOrders(topics, [0, 1, 2, 3], { keyOf: (n) => (n === 1 ? "hopeless" : "fine") })
      yield* runWorker({
        name: topics.group,
        instance: "1",
        inputs: [
          input({
            contract: topics.orders,
            handle: ({ key, value }) => {
              if (key !== "hopeless") return Effect.succeed(done(topics, value))
              attempts += 1
              return Effect.fail(hopeless)
            }
          })
        ]
      })
      yield* until(Effect.map(readOrders(topics.results.name), (handled) => handled.length === 3))
      yield* until(Effect.sync(() => attempts >= 3))
      assert.lengthOf(yield* readAll(deadLetters), 0)
      assert.isBelow(yield* committedRecords(topics.group, topics.orders.name), 4)
      yield* admin.alterTopicConfig(deadLetters, { "max.message.bytes": "100000" })
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 4))
      assert.lengthOf(yield* readAll(deadLetters), 1)
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
