import { assert, it } from "@effect/vitest"
import { KafkaError } from "@millrace/kafka"
import { StoreError } from "@millrace/store"
import { OperatorAlerts } from "@millrace/telemetry"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { makeStartWatch, StartWatch, tellingThatItWaits } from "../src/StartWatch.ts"
import { startService } from "../src/startService.ts"

class Part extends Context.Service<Part, { readonly name: string }>()("test/Part") {}
const storeDown = new StoreError({ operation: "connect to 127.0.0.1:1", cause: new Error("connection refused") })
const kafkaDown = new KafkaError({ operation: "open a producer", reason: "unavailable", cause: "connection refused" })

/** A service whose database answers at this time, and its broker at that; what is open at the moment, and what was told. */
const world = Effect.gen(function* () {
  const state = {
    down: storeDown as StoreError | KafkaError | { readonly _tag: "Wrong" } | undefined,
    open: 0,
    tries: 0
  }
  const told: Array<string> = []
  const opened = Layer.effect(
    Part,
    Effect.acquireRelease(
      Effect.sync(() => {
        state.open += 1
        return { name: "part" }
      }),
      () =>
        Effect.sync(() => {
          state.open -= 1
        })
    )
  )
  const failing = Layer.effectDiscard(
    Effect.suspend(() => {
      state.tries += 1
      return state.down === undefined ? Effect.void : Effect.fail(state.down)
    })
  )
  const alerts = {
    raise: ({ subject, title }: { subject: string; title: string }) =>
      Effect.sync(() => void told.push(`${subject}: ${title}`)),
    clear: (subject: string) => Effect.sync(() => void told.push(`${subject} answers`))
  }
  const start = Effect.gen(function* () {
    const watch = yield* makeStartWatch("worker-1")
    return yield* startService("worker-1", failing.pipe(Layer.provideMerge(opened))).pipe(
      Effect.provideService(StartWatch, watch)
    )
  }).pipe(Effect.provideService(OperatorAlerts, alerts))
  return { state, told: () => [...new Set(told)], start }
})

/**
 * @guarantee operation: A service that can't start as Kafka or PostgreSQL is down waits, tells the operator directly, and tells when it has started
 * @how it stays up and tries again, so that it tells once however long that lasts
 */
it.effect("waits for what does not answer, says so after ALERT_AFTER, and starts by itself", () =>
  Effect.gen(function* () {
    const { start, state, told } = yield* world
    const scope = yield* Scope.make()
    const starting = yield* Effect.forkChild(Scope.provide(start, scope))
    yield* TestClock.adjust("3 seconds")
    assert.deepStrictEqual(told(), [], "a moment is no outage")
    yield* TestClock.adjust("4 seconds")
    assert.deepStrictEqual(told(), ["PostgreSQL: worker-1 can't start: PostgreSQL does not answer"])
    state.down = kafkaDown
    yield* TestClock.adjust("15 seconds")
    assert.deepStrictEqual(told().slice(1), ["Kafka: worker-1 can't start: Kafka does not answer"])
    assert.strictEqual(state.open, 0, "what a try had opened is closed")
    state.down = undefined
    yield* TestClock.adjust("5 seconds")
    const context = yield* Fiber.join(starting)
    assert.strictEqual(Context.get(context, Part).name, "part")
    assert.deepStrictEqual(told().slice(2), ["PostgreSQL answers", "Kafka answers"])
    assert.strictEqual(state.open, 1)
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual(state.open, 0)
  })
)

it.effect("ends at once with what no waiting helps", () =>
  Effect.gen(function* () {
    const { start, state, told } = yield* world
    state.down = { _tag: "Wrong" }
    const exit = yield* Effect.exit(Effect.scoped(start))
    assert(Exit.isFailure(exit))
    assert.deepStrictEqual([state.tries, state.open, told()], [1, 0, []])
  })
)

it.effect("says of a step that tries by itself that it is still at it", () =>
  Effect.gen(function* () {
    const told: Array<string> = []
    const alerts = {
      raise: ({ subject }: { subject: string }) => Effect.sync(() => void told.push(subject)),
      clear: () => Effect.void
    }
    const watch = yield* makeStartWatch("worker-1").pipe(Effect.provideService(OperatorAlerts, alerts))
    const opening = tellingThatItWaits("Kafka")(Effect.as(Effect.sleep("30 seconds"), "open"))
    const opened = yield* Effect.forkChild(Effect.provideService(opening, StartWatch, watch))
    yield* TestClock.adjust("3500 millis")
    assert.deepStrictEqual(told, [])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(told, ["Kafka"])
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(yield* Fiber.join(opened), "open")
  })
)
