/** Faults that only the in-memory broker can have on demand: cuts, silence, late requests, drawn trouble, retention. */
import { assert, it } from "@effect/vitest"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { openReader } from "@millrace/testkit"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

const topic = "it-faults"
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
  heartbeatIntervalMs: 1_000,
  sessionTimeoutMs: 6_000
})
const commit = (offset: number, partition = 0) => [{ topic, partition, offset, metadata: "" }]

const withTopic = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics([{ topic, partitions: 2, replication: 1, config: {} }])
    return yield* test
  }).pipe(Effect.provide(MemoryKafka.layer))

const settle = Effect.gen(function* () {
  for (let round = 0; round < 20; round++) yield* TestClock.adjust("1 millis")
})

/** A reader of a process of its own, whose link can be cut. */
const openCuttable = (name: string) =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    return yield* openReader(options(name)).pipe(Effect.provideService(KafkaClient, control.client(name)))
  })

/** @guarantee records: What another owner wrote while a member was put out is known before the member acts again */
it.effect(
  "puts a member out that is cut off for its session; it gives back by itself then, and joins again later",
  () =>
    withTopic(
      Effect.gen(function* () {
        const control = yield* MemoryKafkaControl
        const one = yield* openCuttable("one")
        const two = yield* openCuttable("two")
        yield* settle
        assert.deepStrictEqual([one.held().length, two.held().length], [1, 1])
        yield* control.setConnected("one", false)
        yield* TestClock.adjust("5 seconds")
        yield* settle
        assert.strictEqual(two.held().length, 1)
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual([one.held().length, two.held().length], [0, 2])
        assert.strictEqual(one.losses(), 1, "it is told at once, not only when it is back")
        assert.strictEqual((yield* Effect.flip(one.consumer.commit(one.epoch(), commit(0)))).reason, "staleEpoch")
        yield* control.setConnected("one", true)
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual([one.held().length, two.held().length], [1, 1])
      })
    )
)

/** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
it.effect("sends nothing of a process that gives back what a session's silence made doubtful", () =>
  withTopic(
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      const client = control.client("one")
      const one = yield* openReader(options("one"), {
        onRevoked: (epoch) => (epoch === 1 ? Effect.sleep("3 seconds") : Effect.void)
      }).pipe(Effect.provideService(KafkaClient, client))
      const { send } = yield* client.producer({ clientId: "one" })
      yield* settle
      assert.lengthOf(one.held(), 2)
      yield* send([record("before")])
      yield* control.setConnected("one", false)
      yield* TestClock.adjust("7 seconds")
      yield* control.setConnected("one", true)
      assert.strictEqual((yield* Effect.flip(send([record("late")]))).reason, "staleEpoch")
      yield* TestClock.adjust("4 seconds")
      yield* settle
      yield* send([record("after")])
      const values = (yield* control.records(topic)).map(({ value }) => Buffer.from(value!).toString())
      assert.deepStrictEqual(values, ["before", "after"])
      assert.lengthOf(one.held(), 2)
    })
  )
)

it.effect("keeps a member that is slow to give back for as long as it sends heartbeats, beyond its session", () =>
  withTopic(
    Effect.gen(function* () {
      const slow = yield* openReader(options("slow"), {
        onRevoked: (epoch) => (epoch === 1 ? Effect.sleep("20 seconds") : Effect.void)
      })
      yield* settle
      const two = yield* openReader(options("two"))
      yield* TestClock.adjust("19 seconds")
      assert.strictEqual(two.assignments.length, 0)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.deepStrictEqual([slow.held().length, two.held().length], [1, 1])
    })
  )
)

it.effect("takes the members of a broker back that was down for longer than their sessions", () =>
  withTopic(
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      const one = yield* openReader(options("one"))
      yield* settle
      yield* control.setAvailable(false)
      yield* TestClock.adjust("30 seconds")
      yield* control.setAvailable(true)
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.deepStrictEqual([one.assignments.length, one.held().length], [2, 2])
    })
  )
)

it.effect("refuses a commit that was on its way when the group went on without it, and keeps the later one", () =>
  withTopic(
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* send([record("1"), record("2"), record("3")])
      const one = yield* openReader(options("one"))
      yield* settle
      yield* control.setTrouble("commit", { delayMs: 1_000_000 })
      const late = yield* Effect.forkChild(Effect.flip(one.consumer.commit(one.epoch(), commit(1))))
      yield* settle
      yield* control.setTrouble("commit", undefined)
      yield* control.rebalance("it-group")
      yield* settle
      yield* one.consumer.commit(one.epoch(), commit(3))
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual((yield* Fiber.join(late)).reason, "staleEpoch")
      assert.strictEqual((yield* admin.committed("it-group", [topic]))[0]?.offset, 3)
    })
  )
)

it.effect("writes what was sent although the caller was interrupted, and keeps the order of the calls", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* control.setTrouble("send", { delayMs: 1_000 })
      const first = yield* Effect.forkChild(send([record("1")]))
      yield* settle
      yield* Fiber.interrupt(first)
      const second = yield* Effect.forkChild(send([record("2")]))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(second)
      const values = (yield* control.records(topic)).map(({ value }) => Buffer.from(value!).toString())
      assert.deepStrictEqual(values, ["1", "2"])
    })
  )
)

it.effect("fails the share of calls it was told to, and writes those whose answer it loses", () =>
  withTopic(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const control = yield* MemoryKafkaControl
      const { send } = yield* producer({ clientId: "p" })
      yield* control.setTrouble("send", { failShare: 0.3, answerLostShare: 0.3 })
      const failed = yield* Effect.forEach(Array.from({ length: 400 }), (_, n) =>
        Effect.match(send([record(`${n}`)]), { onFailure: () => 1, onSuccess: () => 0 })
      )
      const failures = failed.reduce((sum: number, one) => sum + one, 0)
      const written = (yield* control.records(topic)).length
      assert.isTrue(failures > 180 && failures < 300, `${failures} of 400 failed`)
      assert.isTrue(written > 220 && written < 340, `${written} of 400 written`)
      yield* control.setTrouble("send", undefined)
      yield* send([record("fine")])
    })
  )
)

it.effect("starts at the log's start when retention deleted what the group has not read", () =>
  withTopic(
    Effect.gen(function* () {
      const { admin, producer } = yield* KafkaClient
      const { send } = yield* producer({ clientId: "p" })
      yield* send(["1", "2", "3", "4"].map((value) => record(value)))
      const one = yield* openReader(options("one"))
      yield* settle
      yield* one.consumer.commit(one.epoch(), commit(1))
      yield* one.consumer.leave
      yield* admin.deleteRecords(topic, [{ partition: 0, offset: 3 }])
      assert.deepStrictEqual((yield* admin.offsets(topic))[0], { partition: 0, start: 3, end: 4 })
      const two = yield* openReader(options("two"))
      yield* settle
      assert.strictEqual(two.assignments[0]?.partitions[0]?.startOffset, 3)
      assert.deepStrictEqual(two.values(), ["4"])
    })
  )
)
