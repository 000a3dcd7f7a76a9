/** Workers obey the topic `controls`; it is written here as control-api writes it. */
import { assert, it } from "@effect/vitest"
import { type Control, controlKey, controls, makeTopics, type Pause, pauseKey } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Clock, Deferred, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { broadcast, input, nothing, outgoing, Publisher, runWorker } from "../src/index.ts"
import { type Order, orders, put, settle, testTopics, ticks, workbenchOf } from "./workbench.ts"

const orderTopic = testTopics.topic("it-orders")!
const withControls = makeTopics(
  [
    ...testTopics.all,
    {
      ...orderTopic,
      name: "controls",
      partitions: 1,
      lanes: [{ name: "critical", topic: "controls", isDefault: true }],
      defaultLane: "critical"
    }
  ],
  testTopics.policyOf("it-orders")
)

const running = Effect.provide(Layer.fresh(workbenchOf(withControls)))

const tell = (control: Control) => say(controlKey(control), control)

const say = Effect.fnUntraced(function* (key: string, value: Control | null) {
  const publisher = yield* Publisher
  yield* publisher.publish([outgoing(controls, { key, value, workspaceId: "system" })])
  yield* settle
})

const beat = Effect.flatMap(Clock.currentTimeMillis, (atMs) => tell({ _tag: "ControlsHeartbeat", atMs }))

const pauseOf = (scope: Partial<Pause> = {}): Pause => ({
  _tag: "Pause",
  topic: "it-orders",
  actor: "operator",
  atMs: 0,
  ...scope
})

/** A worker that writes down what it handles, as `<lane> <key>`. */
const recorder = (seen: Array<string>, name = "it-worker", instance = "1") =>
  runWorker({
    name,
    instance,
    inputs: [
      input({
        contract: orders,
        handle: (record) => Effect.sync(() => seen.push(`${record.lane} ${record.key}`)).pipe(Effect.as(nothing))
      })
    ]
  })

/**
 * @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts
 * @how each worker reads the compacted topic `controls` before its first record and follows it; records in flight are finished
 */
it.effect("knows its pauses before it takes its first record, and takes what waited once resumed", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const publisher = yield* Publisher
    const beats = Array.from({ length: 3_000 }, (_, atMs): Control => ({ _tag: "ControlsHeartbeat", atMs }))
    yield* publisher.publish(
      [...beats, pauseOf({ lane: "low" })].map((value) =>
        outgoing(controls, { key: controlKey(value), value, workspaceId: "system" })
      )
    )
    yield* put(orders, "a", 1, { lane: "low" })
    yield* put(orders, "b", 1)
    const worker = yield* recorder(seen)
    yield* settle
    assert.deepStrictEqual(seen, ["high b"])
    assert.deepStrictEqual(
      worker.status().lanes.map(({ lane, paused }) => [lane, paused]),
      [
        ["critical", false],
        ["high", false],
        ["low", true]
      ]
    )
    yield* say(pauseKey({ topic: "it-orders", lane: "low" }), null)
    assert.deepStrictEqual(seen, ["high b", "low a"])
  }).pipe(running)
)

/** @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts */
it.effect("is paused again after a restart and a rebalance", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const seen: Array<string> = []
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* recorder(seen)
        yield* tell(pauseOf())
      })
    )
    yield* recorder(seen)
    yield* put(orders, "a", 1)
    yield* settle
    yield* control.rebalance("it-worker")
    yield* put(orders, "b", 1, { lane: "critical" })
    yield* settle
    assert.deepStrictEqual(seen, [])
    yield* say(pauseKey({ topic: "it-orders" }), null)
    assert.deepStrictEqual(seen.toSorted(), ["critical b", "high a"])
  }).pipe(running)
)

/** @guarantee operation: A topic or a lane can be paused and resumed at run time, for all workers or one, over restarts */
it.effect("finishes what is in flight, and holds no other lane back, not even for a key of the paused one", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const seen: Array<string> = []
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      inputs: [
        input({
          contract: orders,
          policy: { concurrency: 4 },
          handle: ({ key, lane, value }) =>
            Effect.gen(function* () {
              if (value.n === 1) yield* Deferred.await(gate)
              seen.push(`${lane} ${key} ${value.n}`)
              return nothing
            })
        })
      ]
    })
    yield* put(orders, "a", 1, { lane: "critical" })
    yield* put(orders, "a", 2, { lane: "critical" })
    yield* put(orders, "a", 3, { lane: "low" })
    yield* settle
    yield* tell(pauseOf({ lane: "critical" }))
    yield* Deferred.succeed(gate, undefined)
    yield* settle
    assert.deepStrictEqual(seen, ["critical a 1", "low a 3"])
    yield* say(pauseKey({ topic: "it-orders", lane: "critical" }), null)
    assert.deepStrictEqual(seen, ["critical a 1", "low a 3", "critical a 2"])
  }).pipe(running)
)

it.effect("obeys pauses of its own name and of all, and stays paused until the last of them ends", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const worker = yield* recorder(seen)
    yield* tell(pauseOf({ worker: "it-other" }))
    assert.deepStrictEqual(worker.status().controls?.pauses, [])
    yield* put(orders, "a", 1)
    yield* settle
    assert.deepStrictEqual(seen, ["high a"])
    yield* tell(pauseOf({ worker: "it-worker" }))
    yield* tell(pauseOf({ lane: "high" }))
    yield* say(pauseKey({ topic: "it-orders", worker: "it-worker" }), null)
    yield* put(orders, "b", 1)
    yield* settle
    assert.deepStrictEqual(seen, ["high a"])
    yield* say(pauseKey({ topic: "it-orders", lane: "high" }), null)
    assert.deepStrictEqual(seen, ["high a", "high b"])
  }).pipe(running)
)

it.effect("holds for every process, also for two with the same name of instance", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* recorder(seen)
    yield* recorder(seen)
    yield* settle
    yield* tell(pauseOf())
    for (let n = 0; n < 20; n++) yield* put(orders, `k-${n}`, n)
    yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(seen, [])
  }).pipe(running)
)

/**
 * @guarantee operation: Controls that can't be read are shown, and pauses keep their last known state
 * @how a heartbeat each second on the topic; its age and `readable` are in health and metrics
 */
it.effect("shows when the controls are silent, and stays paused meanwhile", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    yield* beat
    const worker = yield* recorder(seen)
    yield* tell(pauseOf())
    yield* TestClock.adjust("2 seconds")
    yield* beat
    yield* TestClock.adjust("3 seconds")
    assert.deepInclude(worker.status().controls, { readable: true, heartbeatAgeMs: 3_000 })
    yield* TestClock.adjust("1 second")
    assert.deepInclude(worker.status().controls, { readable: false, heartbeatAgeMs: 4_000 })
    yield* put(orders, "a", 1)
    yield* settle
    assert.deepStrictEqual(seen, [])
    assert.isTrue(worker.status().ready, "silent controls are no reason to stop")
    yield* beat
    assert.isTrue(worker.status().controls?.readable)
  }).pipe(running)
)

it.effect("finishes the chunk in flight of a paused broadcast, takes no other, and goes on in order", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const seen: Array<number> = []
    yield* tell(pauseOf({ topic: "it-ticks" }))
    yield* put(ticks, "btc", 1)
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      broadcasts: [
        broadcast<Order, never>({
          contract: ticks,
          from: "beginning",
          handleChunk: (records) =>
            Deferred.await(gate).pipe(
              Effect.andThen(Effect.sync(() => seen.push(...records.map(({ value }) => value.n)))),
              Effect.as(nothing)
            )
        })
      ]
    })
    yield* settle
    assert.deepStrictEqual(seen, [])
    yield* say(pauseKey({ topic: "it-ticks" }), null)
    yield* put(ticks, "btc", 2)
    yield* settle
    yield* tell(pauseOf({ topic: "it-ticks" }))
    yield* Deferred.succeed(gate, undefined)
    yield* settle
    assert.deepStrictEqual(seen, [1])
    yield* say(pauseKey({ topic: "it-ticks" }), null)
    assert.deepStrictEqual(seen, [1, 2])
  }).pipe(running)
)
