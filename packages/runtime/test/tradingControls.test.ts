/** The kill switches that a process's workers see; the topic `controls` is written here as control-api writes it. */
import { assert, it } from "@effect/vitest"
import { type Control, controlKey, controls, makeTopics, tradingKey } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Clock, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { input, nothing, outgoing, Publisher, runWorker, TradingControls } from "../src/index.ts"
import { orders, put, settle, testTopics, workbenchOf } from "./workbench.ts"

const withControls = makeTopics(
  [
    ...testTopics.all,
    {
      ...testTopics.topic("it-orders")!,
      name: "controls",
      partitions: 1,
      lanes: [{ name: "critical", topic: "controls", isDefault: true }],
      defaultLane: "critical"
    }
  ],
  testTopics.policyOf("it-orders")
)
const running = Effect.provide(Layer.fresh(Layer.merge(TradingControls.layer, workbenchOf(withControls))))

const say = Effect.fnUntraced(function* (key: string, value: Control | null) {
  const publisher = yield* Publisher
  yield* publisher.publish([outgoing(controls, { key, value, workspaceId: "system" })])
  yield* settle
})
const tell = (control: Control) => say(controlKey(control), control)
const beat = Effect.flatMap(Clock.currentTimeMillis, (atMs) => tell({ _tag: "ControlsHeartbeat", atMs }))
/** A heartbeat each second, as control-api sends them. */
const beatFor = (time: Duration.Input) =>
  Effect.repeat(Effect.andThen(beat, TestClock.adjust("1 second")), { times: Duration.toSeconds(time) - 1 })

/** A worker whose handler writes down the verdict that it finds. */
const asking = (seen: Array<string>, name: string) =>
  runWorker({
    name,
    instance: "1",
    inputs: [
      input({
        contract: orders,
        handle: Effect.fnUntraced(function* (record) {
          const trading = yield* TradingControls
          const { mode, readable } = trading.verdict({ accountId: record.key })
          seen.push(`${record.key} ${mode}${readable ? "" : ", unreadable"}`)
          return nothing
        })
      })
    ]
  })

/** @guarantee protection: A kill switch for all, an account or a rule holds in every process; the strictest one that covers a rule counts */
it.effect("are known before the first record, followed at once, and shared by the workers of a process", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const changes: Array<unknown> = []
    const trading = yield* TradingControls
    trading.onChange((scope) => changes.push(scope))
    assert.deepInclude(trading.verdict({}), { mode: "HALTED", readable: false })
    yield* tell({ _tag: "TradingSwitch", accountId: "a", mode: "HALTED", actor: "operator", atMs: 0 })
    yield* beat
    yield* put(orders, "a", 1)
    yield* put(orders, "b", 1)
    yield* asking(seen, "it-worker")
    yield* settle
    assert.deepStrictEqual(seen.splice(0).toSorted(), ["a HALTED", "b ACTIVE"])
    yield* say(tradingKey({ accountId: "a" }), null)
    yield* asking([], "it-other")
    yield* settle
    assert.deepInclude(trading.verdict({ accountId: "a" }), { mode: "ACTIVE", readable: true })
    yield* tell({ _tag: "TradingSwitch", mode: "REDUCE_ONLY", actor: "operator", atMs: 0 })
    yield* put(orders, "a", 2)
    yield* settle
    assert.deepStrictEqual(seen, ["a REDUCE_ONLY"])
    assert.deepStrictEqual(changes, [{}, { accountId: "a" }, {}])
  }).pipe(running)
)

/** @guarantee protection: While the controls can't be read nothing is opened, and what protects follows the mode last known */
it.effect(
  "are unreadable three seconds after the last heartbeat, in the last mode, and readable a session after the next one",
  () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      let changes = 0
      yield* tell({ _tag: "TradingSwitch", mode: "REDUCE_ONLY", actor: "operator", atMs: 0 })
      yield* beat
      yield* asking(seen, "it-worker")
      const trading = yield* TradingControls
      trading.onChange(() => changes++)
      yield* TestClock.adjust("3 seconds")
      assert.isTrue(trading.verdict({}).readable)
      assert.strictEqual(changes, 0)
      yield* TestClock.adjust("250 millis")
      assert.strictEqual(changes, 1)
      yield* put(orders, "a", 1)
      yield* settle
      assert.deepStrictEqual(seen, ["a REDUCE_ONLY, unreadable"])
      yield* beatFor("5 seconds")
      assert.isFalse(trading.verdict({}).readable)
      yield* beatFor("1 second")
      assert.isTrue(trading.verdict({}).readable)
      assert.strictEqual(changes, 2)
    }).pipe(running)
)

it.effect("are unreadable while Kafka is away, though the process goes on", () =>
  Effect.gen(function* () {
    const kafka = yield* MemoryKafkaControl
    yield* beat
    yield* asking([], "it-worker")
    const trading = yield* TradingControls
    assert.isTrue(trading.verdict({}).readable)
    yield* kafka.setAvailable(false)
    yield* TestClock.adjust("4 seconds")
    assert.deepInclude(trading.verdict({}), { mode: "ACTIVE", readable: false })
    yield* kafka.setAvailable(true)
    yield* TestClock.adjust("10 seconds")
    yield* beatFor("6 seconds")
    assert.isTrue(trading.verdict({}).readable)
  }).pipe(running)
)
