import { assert, it } from "@effect/vitest"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { bytes, freshTopic, openReader, until } from "@millrace/testkit"
import { Effect, Fiber, Ref } from "effect"
import { KafkaConfig } from "../../../packages/kafka/src/KafkaConfig.ts"
import { ClusterLink } from "../../../packages/kafka/src/KafkaJsCluster.ts"
import { KafkaJsMember } from "../../../packages/kafka/src/KafkaJsMember.ts"
import { kafkaJsConfig } from "../../../packages/kafka/src/KafkaJsSettings.ts"

// Two members share two partitions under a steady flow. A third one comes, gets nothing, and leaves; a further one joins and
// ends without a word, so that the group's next round has to wait for its session. What must hold: the two never hear of it,
// go on in their epoch, and their commits are taken all the while.

const member = (topic: string, clientId: string, sessionTimeoutMs = 10_000) => ({
  groupId: topic,
  clientId,
  topics: [{ topic, from: "committed" as const }],
  heartbeatIntervalMs: 100,
  sessionTimeoutMs
})

const joinAndFallSilent = Effect.fnUntraced(function* (topic: string) {
  const config = kafkaJsConfig(yield* KafkaConfig, "silent", yield* Effect.context<never>())
  const link = yield* Effect.acquireRelease(
    Effect.sync(() => new ClusterLink(config, [topic])),
    (opened) => opened.close
  )
  yield* new KafkaJsMember(link, member(topic, "silent", 6_000)).join([])
})

/**
 * @guarantee records: Partitions that stay with their worker are read on while others come, go and die
 * @how a member joins while it reads, and the group's leader gives nobody what another member still holds
 */
it.live("goes on in its epoch while a member without a share comes, goes and dies", () =>
  Effect.gen(function* () {
    const { admin, producer } = yield* KafkaClient
    const topic = yield* freshTopic(2)
    const { send } = yield* producer({ clientId: "sender" })
    const one = yield* openReader(member(topic, "one"))
    const two = yield* openReader(member(topic, "two"))
    const both = [one, two]
    yield* until("each holds one", () => both.every((reader) => reader.held().length === 1))
    const epochs = both.map((reader) => reader.epoch())
    // The one that came first may have held both, and given one away.
    const revoked = both.map((reader) => reader.revoked.length)
    const going = yield* Ref.make(true)
    const sending = yield* Effect.forkChild(
      Effect.whileLoop({
        while: () => Ref.getUnsafe(going),
        body: () =>
          Effect.andThen(
            send([0, 1].map((partition) => ({ topic, partition, key: null, value: bytes("v") }))),
            Effect.sleep("10 millis")
          ),
        step: () => {}
      })
    )
    const more = () => {
      const before = both.map((reader) => reader.values().length)
      return until("both read on", () => both.every((reader, n) => reader.values().length > before[n]! + 20))
    }

    const third = yield* openReader(member(topic, "three"))
    yield* until("the third is a member", () => third.assignments.length > 0)
    yield* more()
    yield* third.consumer.leave
    yield* more()

    // It joins and is silent from then on, like a process that was killed: who comes next waits for its session to run out.
    yield* joinAndFallSilent(topic)
    const late = yield* openReader(member(topic, "late"))
    const offsets = [{ topic, partition: Number(one.held()[0]!.split("/")[1]), offset: 5, metadata: "meanwhile" }]
    yield* more()
    yield* one.consumer.commit(one.epoch(), offsets)
    assert.strictEqual(late.assignments.length, 0, "the group is still waiting for the silent one")
    yield* until("the late one is a member", () => late.assignments.length > 0)
    yield* more()

    yield* Ref.set(going, false)
    yield* Fiber.join(sending)
    assert.deepStrictEqual(
      both.map((reader) => reader.epoch()),
      epochs
    )
    assert.deepStrictEqual(
      both.map((reader) => reader.revoked.length),
      revoked
    )
    assert.deepStrictEqual(yield* admin.committed(topic, [topic]), offsets)
  }).pipe(Effect.scoped, Effect.provide(KafkaJsClient.layer))
)
