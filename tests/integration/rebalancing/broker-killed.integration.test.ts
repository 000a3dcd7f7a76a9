import { rmSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { bytes, freshTopic, openReader, until } from "@millrace/testkit"
import { ConfigProvider, Effect, Fiber, Layer, Ref } from "effect"
import { awaitGone, runStack, stackFolder } from "../local-stack/StackProcess.ts"

// One broker, killed with SIGKILL while one client sends without pause and another reads and commits; the stack brings it
// back on the same data. What must hold: the process goes on by itself, every send that succeeded is read exactly once
// (the producer repeats under the same sequence), commits work again, transactions too.

const folder = Effect.acquireRelease(
  Effect.sync(() => stackFolder("millrace-broker-")),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const partitions = 4

/**
 * @guarantee crash: broker is killed (kill -9) and comes back
 * @redelivered whatever was not acknowledged
 * @harmless clients go on by themselves; senders repeat a batch under its sequence, so that every send that succeeded
 *   is read exactly once; commits and transactions work again
 * @guarantee operation: A dependency that is down is no reason to be restarted
 * @guarantee records: A send of unknown fate is repeated as it was, before anything later
 */
it.live("goes on by itself when the broker was killed and came back, with nothing lost or doubled", () =>
  Effect.gen(function* () {
    const stack = yield* runStack(["--data", yield* folder])
    const { kafkaBrokers, pids } = stack.addresses ?? assert.fail(`the stack did not start: ${stack.said}`)
    const environment = ConfigProvider.layer(ConfigProvider.fromUnknown({ KAFKA: { BROKERS: kafkaBrokers } }))
    yield* scenario(pids.kafka as number).pipe(Effect.provide(KafkaJsClient.layer.pipe(Layer.provide(environment))))
  })
)

const scenario = Effect.fnUntraced(function* (broker: number) {
  const { admin, producer, transactionalProducer } = yield* KafkaClient
  const topic = yield* freshTopic(partitions)
  const { send } = yield* producer({ clientId: "sender" })
  const { transact } = yield* transactionalProducer({ clientId: "worker", transactionalId: topic })
  const reader = yield* openReader({ groupId: topic, clientId: "reader", topics: [{ topic, from: "committed" }] })
  const going = yield* Ref.make(true)
  const sent: Array<string> = []
  const sending = yield* Effect.forkChild(
    Effect.whileLoop({
      while: () => Ref.getUnsafe(going),
      body: () => {
        const value = `${sent.push(`${sent.length}`) - 1}`
        const record = { topic, partition: sent.length % partitions, key: null, value: bytes(value) }
        return Effect.andThen(send([record]), Effect.sleep("2 millis"))
      },
      step: () => {}
    })
  )
  yield* until("records flow", () => reader.values().length > 200)
  yield* Effect.sync(() => process.kill(broker, "SIGKILL"))
  yield* awaitGone([broker], 5)
  const atDeath = reader.consumer.progress()
  yield* until("the consumer's loops come round without a broker", () => {
    const { fetches, heartbeats } = reader.consumer.progress()
    return fetches > atDeath.fetches + 2 && heartbeats > atDeath.heartbeats + 2
  })
  assert.strictEqual(reader.consumer.progress().lastHeartbeatMs, atDeath.lastHeartbeatMs)
  const before = reader.values().length
  yield* Effect.retry(
    transact([], { groupId: `${topic}-copy`, offsets: [{ topic, partition: 0, offset: 1, metadata: "" }] }),
    { times: 200, while: (error) => error.reason === "unavailable" }
  )
  yield* until("records flow again", () => reader.values().length > before + 200)
  yield* Ref.set(going, false)
  yield* Fiber.join(sending)
  yield* until("all came", () => reader.values().length >= sent.length)
  assert.deepStrictEqual([...reader.values()].sort(), [...sent].sort())
  assert.deepStrictEqual(reader.failures, [])

  const offsets = [{ topic, partition: 0, offset: 2, metadata: "after" }]
  yield* Effect.retry(
    Effect.suspend(() => reader.consumer.commit(reader.epoch(), offsets)),
    { times: 10 }
  )
  assert.deepStrictEqual(yield* admin.committed(topic, [topic]), offsets)
})
