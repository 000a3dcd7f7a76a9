import { rmSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { ConfigProvider, Deferred, Effect, Exit } from "effect"
import { runStack, stackFolder } from "../local-stack/StackProcess.ts"

// A broker stops answering, its connections stay open: its process is frozen. A member must count its partitions as lost
// after its session timeout, though its requests would wait for longer: the group may have given them to another by then.

const sessionTimeoutMs = 6_000
const requestTimeoutMs = 60_000

/**
 * @guarantee records: A worker whom the broker does not answer for a session's length gives its partitions back, though its requests still wait
 * @how silence is watched apart from the heartbeats; their answers may be awaited for longer than the session lasts
 */
it.live("gives its partitions back after a session's silence, before its requests give up waiting", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => stackFolder("millrace-silent-")),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const { addresses, said } = yield* runStack(["--data", folder])
    const stack = addresses ?? assert.fail(`the stack did not start: ${said}`)
    const pid = stack.pids.kafka as number
    const kafka = KafkaJsClient.layer
    const settings = ConfigProvider.fromUnknown({
      KAFKA: { BROKERS: stack.kafkaBrokers.join(","), REQUEST_TIMEOUT: `${requestTimeoutMs} millis` }
    })
    yield* Effect.gen(function* () {
      const client = yield* KafkaClient
      const events: Array<string> = []
      const held = yield* Deferred.make<void>()
      const heldAgain = yield* Deferred.make<void>()
      const lost = yield* Deferred.make<number>()
      yield* client.admin.createTopics([{ topic: "it-silent", partitions: 1, replication: 1, config: {} }])
      yield* client.consumer(
        {
          groupId: "it-silent",
          clientId: "it-silent",
          topics: [{ topic: "it-silent", from: "committed" }],
          sessionTimeoutMs
        },
        {
          onAssigned: () =>
            Effect.sync(() => {
              events.push("assigned")
              Deferred.doneUnsafe(events.length > 1 ? heldAgain : held, Exit.void)
            }),
          onRevoked: () =>
            Effect.sync(() => {
              events.push("revoked")
              Deferred.doneUnsafe(lost, Exit.succeed(performance.now()))
            }),
          onLost: () => {
            events.push("lost")
          },
          onBatch: () => {},
          onFailure: (error) => assert.fail(String(error))
        }
      )
      yield* Deferred.await(held)
      yield* Effect.sleep("1 second")
      const frozenAt = performance.now()
      yield* Effect.acquireUseRelease(
        Effect.sync(() => process.kill(pid, "SIGSTOP")),
        () => Deferred.await(lost),
        () => Effect.sync(() => process.kill(pid, "SIGCONT"))
      )
      const afterMs = (yield* Deferred.await(lost)) - frozenAt
      assert.isBelow(afterMs, requestTimeoutMs, "before a request has waited in vain")
      yield* Deferred.await(heldAgain)
      assert.deepStrictEqual(events, ["assigned", "revoked", "lost", "assigned"], "nothing counts as kept")
    }).pipe(Effect.scoped, Effect.provide(kafka), Effect.provideService(ConfigProvider.ConfigProvider, settings))
  }).pipe(Effect.scoped)
)
