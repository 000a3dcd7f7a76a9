import { assert, it } from "@effect/vitest"
import { type ConsumerListener, KafkaClient, KafkaError, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { openReader } from "@millrace/testkit"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

const topic = "it-memory"
const record = (value: string, partition = 0) => ({
  topic,
  partition,
  key: Buffer.from("k"),
  value: Buffer.from(value)
})
const options = (clientId: string) => ({
  groupId: "it-group",
  clientId,
  topics: [{ topic, from: "committed" as const }],
  heartbeatIntervalMs: 1_000
})

const withTopic = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics([{ topic, partitions: 2, replication: 1, config: {} }])
    return yield* test
  }).pipe(Effect.provide(MemoryKafka.layer))

const settle = TestClock.adjust("1 millis")

it.effect("fails the sends it was told to, with the records written or not", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* control.failNextSends(1, { reason: "unavailable" })
      yield* control.failNextSends(1, { reason: "unavailable", written: true })
      assert.strictEqual((yield* Effect.flip(send([record("not written")]))).reason, "unavailable")
      assert.strictEqual((yield* Effect.flip(send([record("reply lost")]))).reason, "unavailable")
      yield* send([record("fine")])
      const values = (yield* control.records(topic)).map(({ value }) => Buffer.from(value!).toString())
      assert.deepStrictEqual(values, ["reply lost", "fine"])
    })
  )
)

it.effect("lets a send take as long as it was told, in virtual time, and keeps the order", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* control.delaySends(Duration.seconds(2))
      const first = yield* Effect.forkChild(send([record("1")]))
      const second = yield* Effect.forkChild(send([record("2")]))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* control.records(topic)).length, 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      const values = (yield* control.records(topic)).map(({ value }) => Buffer.from(value!).toString())
      assert.deepStrictEqual(values, ["1", "2"])
    })
  )
)

it.effect("lets an expelled member read on until its next heartbeat, refuses its commits, and takes it back", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      const one = yield* openReader(options("one"))
      const two = yield* openReader(options("two"))
      yield* settle
      const held = one.held()
      const revokedBefore = one.revoked.length
      assert.strictEqual(held.length, 1)
      yield* control.expel("it-group", "one")
      yield* settle
      assert.strictEqual(two.held().length, 2)
      assert.deepStrictEqual(one.held(), held)
      yield* send([record("seen by both", Number(held[0]!.split("/")[1]))])
      yield* settle
      assert.deepStrictEqual([one.values(), two.values()], [["seen by both"], ["seen by both"]])
      const refused = yield* Effect.flip(
        one.consumer.commit(one.epoch(), [{ topic, partition: 0, offset: 1, metadata: "" }])
      )
      assert.strictEqual(refused.reason, "staleEpoch")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(one.revoked.length, revokedBefore + 1)
      assert.deepStrictEqual([one.held().length, two.held().length], [1, 1])
    })
  )
)

it.effect("puts out a member that takes longer to give back than the rebalance timeout", () =>
  withTopic(
    Effect.gen(function* () {
      const slow = yield* openReader(
        { ...options("slow"), rebalanceTimeoutMs: 5_000 },
        { onRevoked: (epoch) => (epoch === 1 ? Effect.sleep("8 seconds") : Effect.void) }
      )
      yield* settle
      const two = yield* openReader(options("two"))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(two.assignments.length, 0)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(two.held().length, 2)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual([slow.held().length, two.held().length], [1, 1])
    })
  )
)

it.effect("delivers nothing and answers nothing while switched off, and goes on where it stood", () =>
  withTopic(
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      const one = yield* openReader(options("one"))
      yield* settle
      yield* control.setAvailable(false)
      assert.strictEqual((yield* Effect.flip(send([record("1")]))).reason, "unavailable")
      assert.strictEqual((yield* Effect.flip(admin.listTopics)).reason, "unavailable")
      assert.strictEqual((yield* Effect.flip(one.consumer.commit(one.epoch(), []))).reason, "unavailable")
      yield* control.setAvailable(true)
      yield* send([record("2")])
      yield* settle
      assert.deepStrictEqual(one.values(), ["2"])
      assert.strictEqual(one.assignments.length, 1)
    })
  )
)

it.effect("keeps offsets when it compacts, and moves past the gaps", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* send(["1", "2", "3"].map((value) => record(value)))
      yield* control.compact(topic)
      const one = yield* openReader(options("one"))
      yield* settle
      assert.deepStrictEqual(
        one.recordsOf(topic, 0).map(({ offset }) => offset),
        [2]
      )
      assert.strictEqual(one.batches.at(-1)?.nextOffset, 3)
    })
  )
)

it.effect("tells a consumer that it crashed", () =>
  withTopic(
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      const one = yield* openReader(options("one"))
      const error = new KafkaError({ operation: "fetch", reason: "invalid", cause: "test" })
      yield* control.crash("one", error)
      assert.deepStrictEqual(one.failures, [error])
    })
  )
)

it.effect("runs a listener in the context of the fiber that made the consumer", () =>
  withTopic(
    Effect.gen(function* () {
      const { consumer } = yield* KafkaClient
      let atMs = 0
      const listener: ConsumerListener = {
        onAssigned: () =>
          Effect.clockWith((clock) =>
            Effect.sync(() => {
              atMs = clock.currentTimeMillisUnsafe()
            })
          ),
        onRevoked: () => Effect.void,
        onBatch: () => {},
        onFailure: () => {}
      }
      yield* TestClock.setTime(77_000)
      yield* consumer(options("one"), listener)
      yield* settle
      assert.isTrue(atMs === 77_000 || atMs === 77_001)
    })
  )
)

it.effect("shows nothing of a transaction that failed, and all of one whose reply was lost", () =>
  withTopic(
    Effect.gen(function* () {
      const { admin, transactionalProducer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { transact } = yield* transactionalProducer({ clientId: "p", transactionalId: "it-transaction" })
      const input = (offset: number) => ({
        groupId: "it-input",
        offsets: [{ topic, partition: 0, offset, metadata: "" }]
      })
      yield* control.failNextTransactions(1, { reason: "unavailable" })
      yield* Effect.flip(transact([record("aborted")], input(1)))
      assert.deepStrictEqual(yield* control.records(topic), [])
      assert.deepStrictEqual(yield* admin.committed("it-input", [topic]), [])
      yield* control.failNextTransactions(1, { reason: "unavailable", written: true })
      yield* Effect.flip(transact([record("committed")], input(2)))
      const [committed] = yield* control.records(topic)
      assert.deepStrictEqual([committed?.offset, Buffer.from(committed!.value!).toString()], [2, "committed"])
      assert.deepStrictEqual(yield* admin.committed("it-input", [topic]), input(2).offsets)
    })
  )
)
