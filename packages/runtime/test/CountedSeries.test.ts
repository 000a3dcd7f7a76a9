import { assert, it } from "@effect/vitest"
import { Effect, Metric, Schema } from "effect"
import { countedSeries, observedSeries } from "../src/CountedSeries.ts"

const boundaries = Metric.exponentialBoundaries({ start: 0.0005, factor: 2, count: 16 })
const histogram = (name: string) => Metric.histogram(name, { description: "a test", boundaries })
const Value = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100 }))

/** The state of a series as a scrape sees it. */
const stateOf = (id: string) =>
  Effect.map(Metric.snapshot, (all) => all.find((series) => series.id === id)?.state as unknown)

it.effect.prop("shows what updates through the registry would show", [Schema.Array(Value)], ([values]) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    const observed = yield* observedSeries(histogram("it_plain"), boundaries, context)
    const counted = yield* countedSeries(Metric.counter("it_count", { incremental: true }), context)
    const reference = histogram("it_reference")
    yield* Effect.sync(() => reference.valueUnsafe(context))
    for (const value of values) {
      observed.observe(value)
      counted.add(1)
      reference.updateUnsafe(value, context)
    }
    assert.deepStrictEqual(yield* stateOf("it_plain"), yield* stateOf("it_reference"))
    assert.deepStrictEqual(yield* stateOf("it_count"), { count: values.length, incremental: true })
    assert.strictEqual(counted.total(), values.length)
    const { count, counts } = observed.observed()
    assert.deepStrictEqual(
      counts,
      boundaries.map(
        (upper, n) => values.filter((value) => value <= upper && !(value <= (boundaries[n - 1] ?? -1))).length
      )
    )
    assert.strictEqual(count, values.length)
  }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map()))
)

it.effect("is gone with its scope", () =>
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    yield* Effect.scoped(countedSeries(Metric.counter("it_gone", { incremental: true }), context))
    assert.isUndefined(yield* stateOf("it_gone"))
  })
)
