import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  type Condition,
  conditionHolds,
  holdsAt,
  type MarginTerms,
  opposite,
  releaseOf,
  TriggerIndex,
  triggerOf,
  triggerPriceUsd,
  unwatched
} from "../src/index.ts"
import { opened } from "./arbitraryPositions.ts"

const pairSchema = Schema.Struct({
  side: Schema.Literals(["buy", "sell"]),
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })),
  entry: Schema.Int.check(Schema.isBetween({ minimum: 9_000, maximum: 11_000 })),
  leverage: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })),
  metric: Schema.Literals(["margin_loss", "exchange_margin_ratio", "distance_to_liquidation", "profit", "loss"]),
  threshold: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 }))
})

const seed = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 1 }))

/** Steps of the walk: by so many dollars, or (0) exactly onto the trigger price of some pair. */
const walkOf = (from: number): ReadonlyArray<number> => {
  let state = from
  return Array.from({ length: 100 }, () => {
    state = Math.imul(state, 48_271) >>> 0
    return state % 5 === 0 ? 0 : ((state >>> 8) % 801) - 400
  })
}

interface Pair {
  readonly name: number
  readonly terms: MarginTerms
  readonly condition: Condition
  on: boolean
  handle: number
}

const hysteresis = 0.02
const enters = (pair: Pair, price: number) => holdsAt(pair.terms, pair.condition, price)
const leaves = (pair: Pair, price: number) => !holdsAt(pair.terms, releaseOf(pair.condition, hysteresis), price)

/** Thresholds in tenths; a profit or loss of so many tenths of the margin. */
const conditionFor = ({ metric, threshold }: typeof pairSchema.Type): Condition => {
  switch (metric) {
    case "profit":
      return { metric: "return_on_margin", limit: threshold * 10, side: "at_least" }
    case "loss":
      return { metric: "return_on_margin", limit: threshold * -10, side: "at_most" }
    default:
      return { metric, limit: threshold / 10, side: metric === "distance_to_liquidation" ? "at_most" : "at_least" }
  }
}

/** The pairs that change on a tick when every pair is evaluated, as the index is to find them. */
const straightLoop = (pairs: ReadonlyArray<Pair>, price: number): ReadonlyArray<number> =>
  pairs.filter((pair) => (pair.on ? leaves(pair, price) : enters(pair, price))).map((pair) => pair.name)

const watch = (index: TriggerIndex<Pair>, pair: Pair) => {
  const { condition, on, terms } = pair
  const { direction, priceUsd } = triggerOf(terms, on ? releaseOf(condition, hysteresis) : condition)
  index.unwatch(pair.handle)
  pair.handle = index.watch(pair, on ? opposite(direction) : direction, priceUsd)
}

/**
 * @guarantee protection: Every guarded position is decided on as if each pair were evaluated on each tick
 * @how an index of trigger prices finds candidates, the formula decides
 */
it.effect.prop(
  "decides as if every pair were evaluated on every tick",
  [Schema.NonEmptyArray(pairSchema), seed],
  ([shapes, from]) =>
    Effect.sync(() => {
      const index = new TriggerIndex<Pair>()
      const pairs = shapes.map(
        (shape, name): Pair => ({
          name,
          terms: opened(shape.side, shape.quantity, shape.entry, shape.leverage),
          condition: conditionFor(shape),
          on: false,
          handle: unwatched
        })
      )
      for (const pair of pairs) watch(index, pair)
      let price = 10_000
      walkOf(from).forEach((step, i) => {
        const onto = pairs[i % Math.max(1, pairs.length)]
        const exact = onto === undefined ? 10_000 : triggerOf(onto.terms, onto.condition).priceUsd
        price = step === 0 && Number.isFinite(exact) && exact > 0 ? exact : Math.max(100, price + step)
        const expected = straightLoop(pairs, price)
        const changed = index.candidates(price).filter((pair) => (pair.on ? leaves(pair, price) : enters(pair, price)))
        assert.deepStrictEqual(
          changed.map((pair) => pair.name).sort((a, b) => a - b),
          expected
        )
        for (const pair of changed) {
          pair.on = !pair.on
          watch(index, pair)
        }
        assert.strictEqual(index.size, pairs.length)
      })
    }),
  { arbitrary: { runs: 150 } }
)

/** @guarantee protection: Every guarded position is decided on as if each pair were evaluated on each tick */
it.effect("finds a pair at its exact trigger price, and one float beyond", () =>
  Effect.sync(() => {
    const terms = opened("buy", 1000, 60_000, 10)
    const exact = triggerPriceUsd(terms, "margin_loss", 0.9)
    const index = new TriggerIndex<string>()
    index.watch("pair", "falls", exact)
    for (const price of [exact * (1 - 2 ** -52), exact, exact * (1 + 2 ** -52)])
      assert.deepStrictEqual(index.candidates(price), ["pair"])
    assert.deepStrictEqual(index.candidates(exact * 1.000_001), [])
  })
)

/** @guarantee protection: Every guarded position is decided on as if each pair were evaluated on each tick */
it.effect("finds a pair whose trigger price lies so far above its entry that rounding shows", () =>
  Effect.sync(() => {
    const terms = opened("sell", 2170, 9279, 1)
    const index = new TriggerIndex<string>()
    index.watch("pair", "rises", triggerPriceUsd(terms, "exchange_margin_ratio", 0.1))
    const price = 290_135_879_268.3446
    assert.isTrue(conditionHolds(terms, "exchange_margin_ratio", 0.1, price))
    assert.deepStrictEqual(index.candidates(price), ["pair"])
  })
)

it.effect("forgets a watch that was removed, and gives its handle to the next", () =>
  Effect.sync(() => {
    const index = new TriggerIndex<string>()
    const first = index.watch("first", "falls", 100)
    index.watch("second", "rises", 90)
    index.unwatch(first)
    assert.deepStrictEqual(index.candidates(95), ["second"])
    assert.strictEqual(index.watch("third", "falls", 99), first)
    assert.deepStrictEqual([...index.candidates(95)].sort(), ["second", "third"])
  })
)
