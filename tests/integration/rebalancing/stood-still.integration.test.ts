/** A process that stood still for longer than its session: what it had decided before must not go out once it moves again. */
import { assert, it } from "@effect/vitest"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { bytes, freshTopic, openReader, until } from "@millrace/testkit"
import { Effect } from "effect"

/** The shortest session that a broker allows by default, in milliseconds. */
const sessionTimeoutMs = 6_000

/** Stops every timer and callback of this process. */
const standStill = (milliseconds: number) =>
  Effect.sync(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  })

/** @guarantee records: A rebalance loses nothing, and a lost partition publishes nothing more */
it.live("sends nothing after it stood still for its session, until what it held is given back", () =>
  Effect.gen(function* () {
    const { producer } = yield* KafkaClient
    const topic = yield* freshTopic(2)
    const record = (value: string) => ({ topic, partition: 0, key: null, value: bytes(value) })
    const reader = yield* openReader({
      groupId: topic,
      clientId: "still",
      topics: [{ topic, from: "committed" }],
      sessionTimeoutMs
    })
    const { send } = yield* producer({ clientId: "still" })
    yield* until("it holds both", () => reader.held().length === 2)
    yield* send([record("before")])
    yield* standStill(sessionTimeoutMs + 500)
    // Before any timer of the client could find out.
    const refused = yield* Effect.flip(send([record("late")]))
    assert.strictEqual(refused.reason, "staleEpoch")
    assert.match(refused.message, /did not answer for a session/u)
    yield* until("it holds both again", () => reader.assignments.length === 2 && reader.held().length === 2)
    yield* send([record("after")])
    yield* until("both came", () => reader.values().includes("after"))
    assert.notInclude(reader.values(), "late")
    assert.strictEqual(reader.losses(), 1, "it might have been another's meanwhile")
  }).pipe(Effect.scoped, Effect.provide(KafkaJsClient.layer))
)
