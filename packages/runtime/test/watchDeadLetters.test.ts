import { assert, it } from "@effect/vitest"
import { KafkaClient, MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetterBox, watchDeadLetters } from "../src/index.ts"
import { dlq, everything, letterbench, setAside } from "./letterbench.ts"

const running = Effect.provide(Layer.fresh(letterbench))

/** The gauges of the orders: open and quarantined. */
const gauges = Effect.map(Metric.snapshot, (all) =>
  ["open", "quarantined"].map((name) => {
    const found = all.find(
      ({ id, attributes }) => id === `millrace_runtime_dead_letters_${name}` && attributes?.topic === "it-orders"
    )
    return found?.type === "Gauge" ? Number(found.state.value) : undefined
  })
)

/** What an operator's log says, a text for each line. */
const withLog = <A, E, R>(run: (lines: () => ReadonlyArray<string>) => Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => lines.push(JSON.stringify(message)))
  return Effect.provide(
    Effect.suspend(() => run(() => lines.splice(0))),
    Logger.layer([logger])
  )
}

const later = TestClock.adjust("30 seconds")

/**
 * @guarantee operation: Dead letters that wait are counted per topic and told when they grow
 * @how control-api follows the dead letters and their marks
 */
it.effect("counts what waits, tells when it grows and when nothing is left", () =>
  withLog((lines) =>
    Effect.gen(function* () {
      const box = yield* DeadLetterBox
      yield* watchDeadLetters
      yield* later
      assert.deepStrictEqual(yield* gauges, [0, 0])
      assert.deepStrictEqual(lines(), [])
      yield* setAside([
        { key: "a", n: 1 },
        { key: "b", n: 2, replayCount: 2 },
        { key: "c", n: 3 }
      ])
      yield* later
      assert.deepStrictEqual(yield* gauges, [2, 1])
      assert.deepStrictEqual(lines(), ['["dead letters wait",{"topic":"it-orders","open":2,"quarantined":1,"more":3}]'])
      yield* box.replay("it-orders", { ...everything, selection: { key: "a" } })
      yield* later
      assert.deepStrictEqual(yield* gauges, [1, 1])
      yield* setAside([{ key: "a", n: 1 }])
      yield* later
      assert.deepStrictEqual(yield* gauges, [1, 1], "a letter written twice waits once")
      assert.deepStrictEqual(lines(), [])
      yield* box.purge("it-orders", { selection: {}, actor: "ada" })
      yield* later
      assert.deepStrictEqual(yield* gauges, [0, 0])
      assert.deepStrictEqual(lines(), ['["no dead letter waits any more",{"topic":"it-orders"}]'])
    })
  ).pipe(running)
)

it.effect("forgets what retention removed, and goes on when Kafka answers again", () =>
  withLog((lines) =>
    Effect.gen(function* () {
      const control = yield* MemoryKafkaControl
      const { admin } = yield* KafkaClient
      yield* setAside(Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, n })))
      yield* watchDeadLetters
      yield* later
      assert.deepStrictEqual(yield* gauges, [10, 0])
      lines()
      yield* control.setAvailable(false)
      yield* later
      assert.match(lines().join("\n"), /dead letters not watched/u)
      yield* control.setAvailable(true)
      yield* admin.deleteRecords(dlq, [{ partition: 0, offset: 6 }])
      yield* later
      assert.deepStrictEqual(yield* gauges, [4, 0])
    })
  ).pipe(running)
)
