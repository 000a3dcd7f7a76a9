import { assert, it } from "@effect/vitest"
import type { TopicContract } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetterBox } from "../src/index.ts"
import { everything, numbersIn, setAside } from "./letterbench.ts"
import { orders, workbench } from "./workbench.ts"

/** While open, marks above an offset can't be seen, as when a transaction of another topic lies before them. */
const otherTransaction = { open: false, from: 0 }

const heldBack = Layer.effect(
  KafkaClient,
  Effect.map(KafkaClient, (client) => ({
    ...client,
    admin: {
      ...client.admin,
      read: (place) =>
        Effect.map(client.admin.read(place), (read) => {
          if (!otherTransaction.open || place.topic !== "dead-letter-marks") return read
          const { from } = otherTransaction
          const records = read.records.filter((record) => record.offset < from)
          return { ...read, records, nextOffset: Math.min(from, read.nextOffset), endOffset: from }
        })
    }
  }))
).pipe(Layer.provideMerge(workbench))

const bench = DeadLetterBox.layerOf([orders as TopicContract<unknown>]).pipe(Layer.provideMerge(heldBack))

const letters = Array.from({ length: 10 }, (_, n) => ({ key: "k", n }))

it.effect("waits for transactions of other topics before it believes that a letter has no mark", () =>
  Effect.gen(function* () {
    const box = yield* DeadLetterBox
    yield* setAside(letters)
    yield* box.replay("it-orders", everything)
    otherTransaction.open = true
    const replaying = yield* Effect.forkChild(box.replay("it-orders", everything))
    yield* TestClock.adjust("5 seconds")
    assert.lengthOf(yield* numbersIn("it-orders"), 10)
    otherTransaction.open = false
    yield* TestClock.adjust("1 second")
    assert.deepInclude(yield* Fiber.join(replaying), { replayed: 0, settled: 10 })
    assert.lengthOf(yield* numbersIn("it-orders"), 10)
  }).pipe(Effect.provide(Layer.fresh(bench)))
)

it.effect("gives up, and sends nothing, when such a transaction does not end", () =>
  Effect.gen(function* () {
    const box = yield* DeadLetterBox
    yield* setAside(letters)
    yield* box.replay("it-orders", everything)
    otherTransaction.open = true
    const replaying = yield* Effect.forkChild(Effect.flip(box.replay("it-orders", everything)))
    yield* TestClock.adjust("10 minutes")
    const failed = yield* Fiber.join(replaying)
    assert.strictEqual(failed.reason, "unavailable")
    assert.include(failed.message, "a transaction on dead-letter-marks has stayed open")
    assert.lengthOf(yield* numbersIn("it-orders"), 10)
  }).pipe(
    Effect.ensuring(
      Effect.sync(() => {
        otherTransaction.open = false
      })
    ),
    Effect.provide(Layer.fresh(bench))
  )
)
