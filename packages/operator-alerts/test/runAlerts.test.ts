/** Processes that judge and deliver, in virtual time: leaders that change, channels that fail. */
import { assert, describe, it } from "@effect/vitest"
import { MemoryKafka } from "@millrace/kafka"
import { Breakers } from "@millrace/runtime"
import { AlertStore, Leases, layerMemoryAlertStore, layerMemoryIntentLedger, StoreError } from "@millrace/store"
import { ConfigProvider, Effect, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type AlertChannel, defaultRules, runAlertsWith, type SendResult } from "../src/index.ts"
import { instance } from "./reports.ts"

const stores = Layer.mergeAll(layerMemoryAlertStore, layerMemoryIntentLedger, Leases.layerMemory, MemoryKafka.layer)

/** A channel that notes when it was sent what, and answers as a test says. */
class ScriptedChannel implements AlertChannel {
  readonly name: string
  readonly sent: Array<string> = []
  readonly script: Array<SendResult> = []
  /** Answer without a script. */
  usual: SendResult = { _tag: "Delivered", detail: "ok" }

  constructor(name: string) {
    this.name = name
  }

  readonly send: AlertChannel["send"] = (_, { firing, kind, resolved }) =>
    Effect.clockWith((clock) =>
      Effect.sync(() => {
        const subjects = [...firing, ...resolved].map(({ subject }) => subject)
        this.sent.push(`${Math.round(clock.currentTimeMillisUnsafe() / 1000)} ${kind} ${subjects.join()}`)
        return this.script.shift() ?? this.usual
      })
    )

  /** What was sent, without the times. */
  get told(): ReadonlyArray<string> {
    return this.sent.map((text) => text.slice(text.indexOf(" ") + 1))
  }
}

/** What the processes of a test see. */
class Sight {
  readonly notReady = new Set<string>()
  readonly sources = {
    instances: () => [
      instance({ instance: "well" }),
      ...[...this.notReady].map((name) => instance({ instance: name, ready: false, reason: "waits" }))
    ],
    lastTickAtMs: () => Number.POSITIVE_INFINITY,
    unguarded: () => []
  }
}

const rules = new Map([["not-ready", { ...defaultRules.get("not-ready")!, forSeconds: 4, keepSeconds: 0 }]])

/** Starts a process that judges and delivers; closing the scope ends it in order. */
const start = Effect.fnUntraced(function* (name: string, sight: Sight, channels: ReadonlyArray<AlertChannel>) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const environment = ConfigProvider.fromUnknown({
    INSTANCE: name,
    ALERT_GROUP_INTERVAL: "10 seconds",
    ALERT_GIVE_UP_AFTER: "20 minutes"
  })
  yield* runAlertsWith({ rules, channels, sources: sight.sources }).pipe(
    Effect.provide(Layer.fresh(Breakers.layer)),
    Effect.provideService(ConfigProvider.ConfigProvider, environment),
    Scope.provide(scope)
  )
  return scope
})

describe("several processes", () => {
  /**
   * @guarantee operation: However many control-apis run, end and take over, operators are told of each alert once by each channel
   * @how one judges by a lease, and its epoch guards what it keeps; messages are claimed in order
   */
  it.effect("tell each alert once by each channel, while they come and go", () =>
    Effect.gen(function* () {
      const sight = new Sight()
      const channels = [new ScriptedChannel("slack"), new ScriptedChannel("email:ops@example.org")]
      const first = yield* start("1", sight, channels)
      yield* start("2", sight, channels)
      sight.notReady.add("a")
      yield* TestClock.adjust("14 seconds")
      assert.deepStrictEqual(
        channels.map(({ told }) => told),
        [["firing it-service/a"], ["firing it-service/a"]]
      )
      yield* Scope.close(first, yield* Effect.exit(Effect.void))
      yield* TestClock.adjust("1 minute")
      sight.notReady.delete("a")
      yield* TestClock.adjust("20 seconds")
      for (const { told } of channels) assert.deepStrictEqual(told, ["firing it-service/a", "resolved it-service/a"])
      yield* start("3", sight, channels)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(channels[0]!.told, 2)
    }).pipe(Effect.provide(stores))
  )

  it.effect("go on when the store was away, and tell then", () =>
    Effect.gen(function* () {
      const sight = new Sight()
      const channel = new ScriptedChannel("slack")
      const store = yield* AlertStore
      let isAway = true
      const away = Effect.suspend(() =>
        isAway ? Effect.fail(new StoreError({ operation: "answer", cause: "away" })) : Effect.void
      )
      const shaky = AlertStore.of({
        ...store,
        commit: (epoch, changes) => Effect.andThen(away, store.commit(epoch, changes))
      })
      yield* Effect.provideService(start("1", sight, [channel]), AlertStore, shaky)
      sight.notReady.add("a")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(channel.told, [])
      isAway = false
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(channel.told, ["firing it-service/a"])
    }).pipe(Effect.provide(stores))
  )
})

describe("a channel", () => {
  /** One alert is decided; returns the channel after some time. */
  const after = (channel: ScriptedChannel, time: Parameters<typeof TestClock.adjust>[0]) =>
    Effect.gen(function* () {
      const sight = new Sight()
      yield* start("1", sight, [channel])
      sight.notReady.add("a")
      yield* TestClock.adjust(time)
      return sight
    })

  const wellAfter = [10, 11, 12, 13]

  it.effect("is left alone for as long as it says, and then gets the message", () =>
    Effect.gen(function* () {
      const channel = new ScriptedChannel("slack")
      channel.script.push({ _tag: "Retry", reason: "status 429", afterMs: 90_000 })
      yield* after(channel, "3 minutes")
      const [first, second, ...more] = channel.sent.map((text) => Number.parseInt(text, 10))
      assert.include(wellAfter, first)
      assert.isAtLeast(second! - first!, 90)
      assert.isAtMost(second! - first!, 92)
      assert.lengthOf(more, 0)
    }).pipe(Effect.provide(stores))
  )

  it.effect("that fails is asked ever less often, its breaker opens, and it gets everything in order in the end", () =>
    Effect.gen(function* () {
      const channel = new ScriptedChannel("webhook")
      channel.usual = { _tag: "Retry", reason: "status 502" }
      const sight = yield* after(channel, "10 minutes")
      assert.isAtMost(channel.sent.length, 30)
      assert.isAtLeast(channel.sent.length, 6)
      sight.notReady.clear()
      yield* TestClock.adjust("1 minute")
      channel.sent.length = 0
      channel.usual = { _tag: "Delivered", detail: "ok" }
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(channel.told, ["firing it-service/a", "resolved it-service/a"])
    }).pipe(Effect.provide(stores))
  )

  it.effect("that refuses a message is not asked for it again, and gets the next one", () =>
    Effect.gen(function* () {
      const channel = new ScriptedChannel("discord")
      channel.script.push({ _tag: "Refused", reason: "status 404" })
      const sight = yield* after(channel, "30 seconds")
      const store = yield* AlertStore
      assert.deepInclude((yield* store.channels)[0]?.last, { end: "refused", detail: "status 404" })
      sight.notReady.clear()
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(channel.told, ["firing it-service/a", "resolved it-service/a"])
    }).pipe(Effect.provide(stores))
  )

  it.effect("that does not come back in time loses the message, and does not hold up the next one", () =>
    Effect.gen(function* () {
      const channel = new ScriptedChannel("slack")
      channel.usual = { _tag: "Retry", reason: "no answer: ECONNREFUSED" }
      yield* after(channel, "30 minutes")
      const store = yield* AlertStore
      assert.deepInclude((yield* store.channels)[0]?.last, { end: "given_up" })
    }).pipe(Effect.provide(stores))
  )
})
