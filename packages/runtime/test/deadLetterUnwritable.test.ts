import { assert, it } from "@effect/vitest"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { input, runWorker } from "../src/index.ts"
import { committedRecords, failure, orders, put, result, settle, valuesOf, workbench } from "./workbench.ts"

/** @guarantee records: A bad record is not committed while its dead letter can't be written */
it.effect("commits nothing of a bad record that the dead letters refuse, until they take it", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.alterTopicConfig("it-orders.dlq", { "max.message.bytes": "50" })
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          handle: ({ key, value }) =>
            key === "bad" ? Effect.fail(failure("permanent")) : Effect.succeed(result(key, value.n))
        })
      ]
    })
    yield* put(orders, "bad", 1)
    yield* put(orders, "good", 2)
    yield* put(orders, "bad", 3)
    for (let minute = 0; minute < 5; minute += 1) yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(yield* valuesOf("it-results"), [{ id: "good", n: 2 }])
    assert.isBelow(yield* committedRecords("it-worker", "it-orders"), 2, "the bad ones' partition stays where it is")
    yield* admin.alterTopicConfig("it-orders.dlq", { "max.message.bytes": "100000" })
    yield* TestClock.adjust("1 minute")
    yield* settle
    assert.deepStrictEqual(
      (yield* valuesOf("it-orders.dlq")).map((order) => order?.n),
      [1, 3]
    )
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 3)
  }).pipe(Effect.provide(Layer.fresh(workbench)))
)
