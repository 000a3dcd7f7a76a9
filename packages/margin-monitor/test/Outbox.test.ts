import { assert, it } from "@effect/vitest"
import { type Outgoing, Publisher, PublishFailed } from "@millrace/runtime"
import { Effect, Fiber, Latch, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Outbox } from "../src/Outbox.ts"
import type { Outputs } from "../src/Output.ts"
import { account, Bench, position, rule } from "./fixtures.ts"

const failure = (kind: "system" | "permanent") =>
  new PublishFailed({ topics: ["margin-state"], detail: "down", kind, cause: undefined })

/** A publisher that fails as planned, waits at the gate, and keeps what it was given. */
class Recorder {
  readonly calls: Array<ReadonlyArray<string>> = []
  readonly failures: Array<PublishFailed> = []
  refused: string | undefined
  readonly gate = Latch.makeUnsafe(true)

  readonly layer = Layer.succeed(Publisher, {
    publish: (records: ReadonlyArray<Outgoing>) =>
      this.gate.await.pipe(
        Effect.andThen(
          Effect.suspend(() => {
            const next = this.failures.shift()
            if (next !== undefined) return Effect.fail(next)
            const keys = records.map((record) => record.key)
            if (this.refused !== undefined && keys.includes(this.refused)) return Effect.fail(failure("permanent"))
            this.calls.push(keys)
            return Effect.void
          })
        )
      ),
    encode: () => Effect.succeed([]),
    prepare: () => Effect.void,
    sendRaw: () => Effect.void
  })
}

const row = (key: string): Outputs => [{ _tag: "State", key, value: null, workspaceId: "w1" }]

const command = (positionId: string): Outputs => {
  const bench = new Bench([account, rule, { ...position, positionId }])
  return bench.loss(2_000, 0.86).filter((output) => output._tag === "Command")
}

const withOutbox = <A, E>(
  recorder: Recorder,
  use: (outbox: Outbox["Service"]) => Effect.Effect<A, E>
): Effect.Effect<A, E> => Outbox.use(use).pipe(Effect.provide(Outbox.layer.pipe(Layer.provide(recorder.layer))))

it.effect("sends all that waits at once, in the order in which it was offered", () => {
  const recorder = new Recorder()
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      outbox.offer(0, row("a"))
      outbox.offer(1, row("b"))
      outbox.offer(0, row("c"))
      yield* outbox.flush
      assert.deepStrictEqual(recorder.calls, [["a", "b", "c"]])
      assert.strictEqual(outbox.waiting(), 0)
    })
  )
})

it.effect("sends the commands of a burst ahead of what tells of them, and all of it once", () => {
  const recorder = new Recorder()
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      const burst = Array.from({ length: 250 }, (_, i) => [...row(`row${i}`), ...command(`p${i}`)])
      for (const outputs of burst) outbox.offer(0, outputs)
      yield* outbox.flush
      assert.deepStrictEqual(
        recorder.calls.map((keys) => [keys.length, keys[0]]),
        [
          [200, "a1/p0"],
          [50, "a1/p200"],
          [200, "row0"],
          [50, "row200"]
        ]
      )
      assert.strictEqual(new Set(recorder.calls.flat()).size, 500)
      assert.strictEqual(recorder.calls.flat().length, 500)
    })
  )
})

it.effect("sends by itself what nobody flushes", () => {
  const recorder = new Recorder()
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 millis")
      outbox.offer(0, row("a"))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(recorder.calls, [["a"]])
    })
  )
})

/** @guarantee crash: broker is away for long */
it.effect("holds outputs while Kafka does not answer, and sends them in order once it does", () => {
  const recorder = new Recorder()
  recorder.failures.push(...Array.from({ length: 12 }, () => failure("system")))
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      outbox.offer(0, row("a"))
      const flushed = yield* Effect.forkChild(outbox.flush)
      yield* TestClock.adjust("3 seconds")
      outbox.offer(0, row("b"))
      assert.deepStrictEqual(recorder.calls, [])
      assert.strictEqual(outbox.waiting(), 2)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(flushed)
      assert.deepStrictEqual(recorder.calls, [["a", "b"]])
    })
  )
})

it.effect("gives up what waits for a partition that was lost, also while it is being tried", () => {
  const recorder = new Recorder()
  recorder.failures.push(failure("system"), failure("system"))
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      outbox.offer(0, row("kept"))
      outbox.offer(1, row("lost"))
      const flushed = yield* Effect.forkChild(outbox.flush)
      yield* TestClock.adjust("1 millis")
      outbox.forget(1)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(flushed)
      assert.deepStrictEqual(recorder.calls, [["kept"]])
    })
  )
})

it.effect("does not let one record that can't be published hold up the others", () => {
  const recorder = new Recorder()
  recorder.refused = "bad"
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      for (const key of ["a", "bad", "b"]) outbox.offer(0, row(key))
      yield* outbox.flush
      assert.deepStrictEqual(recorder.calls, [["a"], ["b"]])
      assert.strictEqual(outbox.waiting(), 0)
    })
  )
})

it.effect("keeps what an interrupted flush did not bring to the broker", () => {
  const recorder = new Recorder()
  return withOutbox(recorder, (outbox) =>
    Effect.gen(function* () {
      yield* recorder.gate.close
      outbox.offer(0, row("a"))
      const flushing = yield* Effect.forkChild(outbox.flush)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.interrupt(flushing)
      assert.strictEqual(outbox.waiting(), 1)
      yield* recorder.gate.open
      yield* outbox.flush
      assert.strictEqual(outbox.waiting(), 0)
    })
  )
})
