import { assert, describe, it } from "@effect/vitest"
import { marketTicks } from "@millrace/contracts"
import { outgoing, Publisher, PublishFailed } from "@millrace/runtime"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeOrderedPublisher } from "../src/OrderedPublisher.ts"

const record = (key: string) => outgoing(marketTicks, { key, value: null, workspaceId: "w" })
const failed = (kind: "system" | "permanent") =>
  new PublishFailed({ topics: ["market-ticks"], detail: "as the test wants", kind, cause: undefined })

const start = Effect.gen(function* () {
  const sends: Array<string> = []
  const state = { allowed: true, kafka: Effect.void as Effect.Effect<void, PublishFailed>, bad: "" }
  const publisher = yield* makeOrderedPublisher({ name: "test", allowed: () => state.allowed }).pipe(
    Effect.provideService(
      Publisher,
      Publisher.of({
        publish: (records) =>
          Effect.suspend(() =>
            records.some(({ key }) => key === state.bad) ? Effect.fail(failed("permanent")) : state.kafka
          ).pipe(Effect.andThen(Effect.sync(() => sends.push(records.map(({ key }) => key).join("")))), Effect.asVoid),
        encode: () => Effect.succeed([]),
        prepare: () => Effect.void,
        sendRaw: () => Effect.void
      })
    )
  )
  const offer = (keys: string) => publisher.offer([...keys].map(record))
  return { publisher, state, sends, offer }
})

describe("the ordered publisher", () => {
  it.effect("puts what comes while a send is under way into the next, in order", () =>
    Effect.gen(function* () {
      const { offer, publisher, sends, state } = yield* start
      state.kafka = Effect.sleep("10 millis")
      offer("a")
      yield* TestClock.adjust("1 millis")
      offer("b")
      offer("cd")
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual(sends, ["a", "bcd"])
      assert.strictEqual(publisher.waiting(), 0)
    })
  )

  /**
   * @guarantee crash: broker is away for long
   * @redelivered nothing
   * @harmless ticks, decisions and outcomes wait in order and go out once it answers; nothing is handled twice for it
   */
  it.effect("holds everything while Kafka is down, and drops nothing", () =>
    Effect.gen(function* () {
      const { offer, publisher, sends, state } = yield* start
      state.kafka = Effect.fail(failed("system"))
      offer("a")
      yield* TestClock.adjust("1 minute")
      offer("b")
      const flushed = yield* Effect.forkChild(publisher.flushed)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(flushed.pollUnsafe())
      state.kafka = Effect.void
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(flushed)
      assert.deepStrictEqual(sends, ["a", "b"])
    })
  )

  it.effect("leaves out a record that can never be published, and only that", () =>
    Effect.gen(function* () {
      const { offer, publisher, sends, state } = yield* start
      state.bad = "b"
      offer("abc")
      yield* publisher.flushed
      assert.deepStrictEqual(sends, ["a", "c"])
    })
  )

  /** @guarantee crash: market-data goes on publishing as a former leader, or sent a tick before it ended */
  it.effect("publishes nothing once another instance leads", () =>
    Effect.gen(function* () {
      const { offer, publisher, sends, state } = yield* start
      state.kafka = Effect.fail(failed("system"))
      offer("a")
      yield* TestClock.adjust("1 second")
      state.allowed = false
      state.kafka = Effect.void
      offer("b")
      yield* TestClock.adjust("10 seconds")
      yield* publisher.flushed
      assert.deepStrictEqual(sends, [])
    })
  )
})
