import { assert, it } from "@effect/vitest"
import { OperatorAlerts } from "@millrace/telemetry"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { watchDependency } from "../src/index.ts"

const outage = { subject: "Kafka", title: "Kafka does not answer", whatToDo: "Act by hand." }

/** Writes down what the operator would be told, as often as it is asked for. */
const noting = (told: Array<string>) =>
  Effect.provideService(OperatorAlerts, {
    raise: ({ subject }, detail) => Effect.sync(() => void told.push(`${subject} down: ${detail}`)),
    clear: (subject) => Effect.sync(() => void told.push(`${subject} up`))
  })

/** @guarantee operation: While Kafka or PostgreSQL is down the operator is told directly, once per outage, and once when it is over */
it.effect("tells of a dependency that fails for the time that is set, and of its return with the first success", () => {
  const told: Array<string> = []
  let probe: Effect.Effect<void, { readonly message: string }> = Effect.void
  return Effect.gen(function* () {
    yield* watchDependency(
      outage,
      Effect.suspend(() => probe)
    )
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(new Set(told.splice(0)), new Set(["Kafka up"]))
    probe = Effect.fail({ message: "connection refused" })
    yield* TestClock.adjust("4 seconds")
    assert.deepStrictEqual(told, [], "a moment is no outage")
    yield* TestClock.adjust("2 seconds")
    assert.include(told.splice(0), "Kafka down: connection refused")
    probe = Effect.void
    yield* TestClock.adjust("1 second")
    assert.strictEqual(told.at(-1), "Kafka up")
  }).pipe(noting(told))
})

it.effect("takes a probe without an answer for a failure, and says so within 10 s", () => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    yield* watchDependency(outage, Effect.never)
    yield* TestClock.adjust("10 seconds")
    assert.match(told[0]!, /^Kafka down: /u)
  }).pipe(noting(told))
})
