import { assert, describe, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { Deferred, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { broadcast, input, nothing, runWorker } from "../src/index.ts"
import { consumerWatched, Stalls } from "../src/Stalls.ts"
import { orders, put, result, settle, ticks, workbench } from "./workbench.ts"

describe("what is looked at each second", () => {
  const one = (mark: number) => [{ id: "one", mark, limitMs: 3_000, stalled: "one does not move" }]

  it("is stalled once it had the same mark for longer than its limit, and no longer when it moves", () => {
    const stalls = new Stalls(1_000)
    for (let look = 0; look < 4; look++) stalls.look(one(1))
    assert.isUndefined(stalls.reason)
    stalls.look(one(1))
    assert.strictEqual(stalls.reason, "one does not move for 4 s")
    stalls.look(one(2))
    assert.isUndefined(stalls.reason)
  })

  it("is forgotten when it is gone, and has its full time when it comes again", () => {
    const stalls = new Stalls(1_000)
    for (let look = 0; look < 4; look++) stalls.look(one(1))
    stalls.look([])
    for (let look = 0; look < 4; look++) stalls.look(one(1))
    assert.isUndefined(stalls.reason)
  })

  it("is of a consumer its heartbeats always, its fetches while some are due", () => {
    const progress = { heartbeats: 1, fetches: 1, fetching: false, lastHeartbeatMs: 1, lastFetchMs: 1 }
    assert.lengthOf(consumerWatched("it-group", progress, 1), 1)
    assert.lengthOf(consumerWatched("it-group", { ...progress, fetching: true }, 1), 2)
  })
})

const running = Effect.provide(Layer.fresh(Layer.sync(Health, makeHealthRegistry).pipe(Layer.provideMerge(workbench))))

/** Health of the one worker that runs. */
const state = Effect.map(Health, (health) => health.checks()[0]!.state())

const start = (handle: Effect.Effect<typeof nothing>) =>
  runWorker({ name: "it-worker", instance: "1", inputs: [input({ contract: orders, handle: () => handle })] })

/**
 * @guarantee operation: A frozen consumer, or a handler that never ends, makes the process not live, with the reason
 * @how heartbeats, fetches and handlers in flight are looked at each second; what does not move on for its limit is stalled
 */
it.effect.each(["fetches", "heartbeats"] as const)(
  "is not live while a consumer's %s never end, and live again once they do",
  (what) =>
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      yield* start(Effect.succeed(nothing))
      yield* control.stall(what)
      yield* put(orders, "a", 1)
      yield* TestClock.adjust("119 seconds")
      assert.isTrue((yield* state).live)
      yield* TestClock.adjust("5 seconds")
      assert.deepInclude(yield* state, { live: false, ready: true })
      assert.match(
        (yield* state).reason!,
        /^its consumer of group it-worker has ended no (fetch|heartbeat) for 12\d s$/u
      )
      yield* control.stall(undefined)
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.isTrue((yield* state).live)
    }).pipe(running)
)

/** @guarantee operation: A frozen consumer, or a handler that never ends, makes the process not live, with the reason */
it.effect("is not live while a handler goes on that its time-out interrupted, once the grace is over", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    yield* start(Effect.uninterruptible(Effect.as(Deferred.await(gate), nothing)))
    yield* put(orders, "a", 1)
    yield* TestClock.adjust("59 seconds")
    assert.isTrue((yield* state).live)
    yield* TestClock.adjust("5 seconds")
    assert.isFalse((yield* state).live)
    assert.include((yield* state).reason, "a handler of it-orders does not end")
    yield* Deferred.succeed(gate, undefined)
    yield* TestClock.adjust("2 seconds")
    assert.isTrue((yield* state).live)
  }).pipe(running)
)

it.effect("is not live while the handler of a chunk does not end, and is while its outcome waits for the broker", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const gate = yield* Deferred.make<void>()
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      broadcasts: [
        broadcast({
          contract: ticks,
          from: "beginning",
          handleChunk: () => Effect.as(Deferred.await(gate), result("btc", 1))
        })
      ]
    })
    yield* put(ticks, "btc", 1)
    yield* TestClock.adjust("65 seconds")
    assert.include((yield* state).reason, "a handler of it-ticks does not end")
    yield* Deferred.succeed(gate, undefined)
    yield* control.setAvailable(false)
    yield* TestClock.adjust("10 minutes")
    assert.isTrue((yield* state).live)
  }).pipe(running)
)

/**
 * @guarantee operation: A dependency that is down is no reason to be restarted
 * @how what fails has ended, and so moves on; only what does not even fail is stalled
 */
it.effect("stays live while the broker is away, while lanes are paused, and while there is nothing to do", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const worker = yield* start(Effect.succeed(nothing))
    yield* TestClock.adjust("10 minutes")
    assert.isTrue((yield* state).live)
    yield* worker.pause("high")
    yield* put(orders, "a", 1)
    yield* TestClock.adjust("10 minutes")
    assert.isTrue((yield* state).live)
    yield* control.setAvailable(false)
    yield* worker.resume("high")
    yield* TestClock.adjust("10 minutes")
    assert.isTrue((yield* state).live)
  }).pipe(running)
)
