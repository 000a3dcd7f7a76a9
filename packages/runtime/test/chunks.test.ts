import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { type HandlerFailure, type Incoming, inputOfChunks, nothing, type Outcome, runWorker } from "../src/index.ts"
import { committedRecords, failure, type Order, orders, put, result, settle, valuesOf, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

type Handle = (records: ReadonlyArray<Incoming<Order>>) => Effect.Effect<Outcome, HandlerFailure>

const start = (handle: Handle, policy = {}, records = 4) =>
  runWorker({
    name: "it-worker",
    instance: "1",
    inputs: [inputOfChunks({ contract: orders, policy, chunk: { records, handle } })]
  })

/** One result for each record of the chunk. */
const results = (records: ReadonlyArray<Incoming<Order>>): Outcome => ({
  publish: records.flatMap(({ key, value }) => result(key, value.n).publish)
})

const numbers = Effect.map(valuesOf("it-results"), (values) => values.map((value) => value!.n))

it.effect("hands over what waits of a key together, in order, up to the chunk's size, and never two keys", () =>
  Effect.gen(function* () {
    const chunks: Array<string> = []
    yield* start((records) => {
      chunks.push(records.map(({ key, value }) => `${key}${value.n}`).join(" "))
      return Effect.as(Effect.sleep("1 second"), results(records))
    })
    for (let n = 0; n < 7; n++) yield* put(orders, "a", n)
    yield* put(orders, "b", 0)
    yield* settle
    for (let second = 0; second < 5; second++) yield* TestClock.adjust("1 second")
    yield* settle
    assert.deepStrictEqual(
      chunks.filter((chunk) => chunk.startsWith("a")).join(" "),
      [0, 1, 2, 3, 4, 5, 6].map((n) => `a${n}`).join(" ")
    )
    assert.isTrue(chunks.includes("b0"))
    assert.isTrue(chunks.some((chunk) => chunk.split(" ").length === 4))
    assert.isTrue(chunks.every((chunk) => chunk.split(" ").length <= 4))
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 8)
  }).pipe(running)
)

/**
 * @guarantee records: A failed record waits alone, counts its attempts, and ends in the dead letters
 */
it.effect("handles the records of a failed chunk one by one, and sets only the one at fault aside", () =>
  Effect.gen(function* () {
    const sizes: Array<number> = []
    const worker = yield* start((records) => {
      sizes.push(records.length)
      return records.some(({ value }) => value.n === 2)
        ? Effect.fail(failure("permanent", "no luck with 2"))
        : Effect.succeed(results(records))
    })
    yield* worker.pause("high")
    for (let n = 0; n < 4; n++) yield* put(orders, "a", n)
    yield* settle
    yield* worker.resume("high")
    yield* TestClock.adjust("2 seconds")
    yield* settle
    assert.deepStrictEqual(sizes, [4, 1, 1, 1, 1])
    assert.deepStrictEqual(yield* numbers, [0, 1, 3])
    assert.strictEqual((yield* (yield* MemoryKafkaControl).records("it-orders.dlq")).length, 1)
    assert.strictEqual(yield* committedRecords("it-worker", "it-orders"), 4)
  }).pipe(running)
)

const Step = Schema.Struct({
  key: Schema.Literals(["a", "b"]),
  lane: Schema.Literals(["critical", "high"]),
  end: Schema.Literals(["good", "temporary", "permanent"])
})

it.effect.prop(
  "keeps the order of each key and lane and loses nothing, whatever fails, also in transactions",
  [Schema.Array(Step).check(Schema.isMaxLength(20)), Schema.Boolean],
  ([steps, transactional]) =>
    Effect.gen(function* () {
      const done: Array<{ readonly key: string; readonly lane: string; readonly n: number }> = []
      const tries = new Map<number, number>()
      const worker = yield* start(
        (records) => {
          for (const { value } of records) tries.set(value.n, (tries.get(value.n) ?? 0) + 1)
          const bad = records.find(({ value }) => steps[value.n]!.end === "permanent")
          if (bad !== undefined) return Effect.fail(failure("permanent"))
          const early = records.find(({ attempt, value }) => steps[value.n]!.end === "temporary" && attempt === 1)
          if (early !== undefined) return Effect.fail(failure("temporary"))
          for (const { key, lane, value } of records) done.push({ key, lane, n: value.n })
          return Effect.succeed(steps.length % 2 === 0 ? nothing : results(records))
        },
        { transactional }
      )
      yield* worker.pause("high")
      for (const [n, { key, lane }] of steps.entries()) yield* put(orders, key, n, { lane })
      yield* settle
      yield* worker.resume("high")
      for (let second = 0; second < 60; second++) yield* TestClock.adjust("1 second")
      yield* settle
      const good = steps.flatMap(({ end }, n) => (end === "permanent" ? [] : [n]))
      assert.deepStrictEqual(
        done.map(({ n }) => n).toSorted((one, other) => one - other),
        good
      )
      for (const key of ["a", "b"]) {
        for (const lane of ["critical", "high"]) {
          const order = done.filter((one) => one.key === key && one.lane === lane).map(({ n }) => n)
          assert.deepStrictEqual(
            order,
            order.toSorted((one, other) => one - other)
          )
        }
      }
      const letters = yield* (yield* MemoryKafkaControl).records("it-orders.dlq")
      assert.strictEqual(letters.length, steps.length - good.length)
      if (steps.length % 2 === 1)
        assert.deepStrictEqual(
          (yield* numbers).toSorted((a, b) => a - b),
          good
        )
      const committed = yield* Effect.all([
        committedRecords("it-worker", "it-orders"),
        committedRecords("it-worker", "it-orders.critical")
      ])
      assert.strictEqual(committed[0] + committed[1], steps.length)
    }).pipe(running),
  { arbitrary: { runs: 60 } }
)
