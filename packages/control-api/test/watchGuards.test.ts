// Foreign boundary: an HTTP server that takes heartbeats.
import { createServer } from "node:http"
import { assert, it } from "@effect/vitest"
import { ConfluentCodec, type Notification, notifications, RecordCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { Publisher } from "@millrace/runtime"
import { OperatorAlerts } from "@millrace/telemetry"
import { ConfigProvider, Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { GuardWatch, type Unguarded } from "../src/index.ts"
import { watchGuards } from "../src/watchGuards.ts"

const environment = Publisher.layerOf("test").pipe(
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
)

const unguarded: Unguarded = {
  accountId: "a",
  workspaceId: "w",
  userId: "u",
  name: "Alice",
  positions: 2,
  sinceMs: 0,
  because: "not_evaluated"
}

/** A watch that finds what a test says. */
class ScriptedWatch extends GuardWatch {
  found: ReadonlyArray<Unguarded> = []
  looks = 0
  override look = () => {
    this.looks++
    return this.found
  }
}

const told = Effect.gen(function* () {
  const codec = yield* RecordCodec
  const records = yield* (yield* MemoryKafkaControl).records("notifications.critical")
  return records.map(({ value }): Notification => Result.getOrThrow(codec.decode(notifications, value!)))
})

/** @guarantee protection: A guarded position that nobody evaluates is alarmed, to its user and to the operator */
it.effect("tells user and operator once per outage, and the operator when it is over", () => {
  const operator: Array<string> = []
  const watch = new ScriptedWatch(30_000, 0)
  return Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics([{ topic: "notifications.critical", partitions: 12, replication: 1, config: {} }])
    yield* watchGuards(watch, () => true)
    watch.found = [unguarded]
    yield* TestClock.adjust("5 seconds")
    const [notice, ...others] = yield* told
    assert.lengthOf(others, 0)
    assert.deepInclude(notice, { userId: "u", accountId: "a", kind: "guarding_alert", level: "critical" })
    assert.include(notice?.title ?? "", "2 open positions are not protected")
    assert.include(operator, "raised")
    watch.found = []
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(operator.at(-1), "cleared")
    watch.found = [{ ...unguarded, sinceMs: 7_000 }]
    yield* TestClock.adjust("1 second")
    const again = yield* told
    assert.lengthOf(again, 2)
    assert.notStrictEqual(again[1]?.notificationId, notice?.notificationId)
  }).pipe(
    Effect.provideService(OperatorAlerts, {
      raise: () => Effect.sync(() => void operator.push("raised")),
      clear: () => Effect.sync(() => void operator.push("cleared"))
    }),
    Effect.provide(environment)
  )
})

const sink = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly count: () => number; readonly close: () => void }>((resume) => {
    let count = 0
    const server = createServer((_, response) => {
      count++
      response.writeHead(200).end()
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}/`, count: () => count, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.andThen(Effect.sleep("5 millis"), until(holds))))

/**
 * @guarantee operation: A heartbeat goes out to the operator's own service only while every guarded position is evaluated
 * @how a request to `HEARTBEAT_URL` each `HEARTBEAT_INTERVAL`; none while positions are not evaluated or controls not published
 */
it.live("sends heartbeats while all is guarded and published, and none otherwise", () =>
  Effect.gen(function* () {
    const { count, url } = yield* sink
    const watch = new ScriptedWatch(30_000, 0)
    let ready = true
    let asked = 0
    const settings = ConfigProvider.fromUnknown({ HEARTBEAT_URL: url, HEARTBEAT_INTERVAL: "10 millis" })
    yield* watchGuards(watch, () => {
      asked++
      return ready
    }).pipe(Effect.provide(Layer.merge(environment, ConfigProvider.layer(settings))))
    yield* until(() => count() >= 3)
    ready = false
    const before = asked
    yield* until(() => asked >= before + 5)
    const silent = count()
    yield* until(() => asked >= before + 10)
    assert.strictEqual(count(), silent)
    ready = true
    yield* until(() => count() > silent)
    watch.found = [unguarded]
    const { looks } = watch
    yield* until(() => watch.looks >= looks + 2)
    const stopped = count()
    const last = asked
    yield* until(() => asked >= last + 5)
    assert.strictEqual(count(), stopped)
  }).pipe(Effect.scoped)
)
