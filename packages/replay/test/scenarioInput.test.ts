import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { happeningsOf, replay, scenarioInput } from "../src/index.ts"
import { inputOf, setting, underRules } from "./fixtures.ts"

const example = (name: string) => {
  const file = `examples/${name}`
  return { file, text: readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8") }
}
const actsOf = (name: string) =>
  Effect.gen(function* () {
    const run = yield* replay(Result.getOrThrow(scenarioInput(undefined, example(name))), setting)
    assert.deepStrictEqual(run.troubles, [])
    return happeningsOf(run.log)
      .filter(({ kind }) => kind === "act")
      .map(({ position, priceUsd, ruleId, what }) => `${ruleId} ${position ?? "–"} ${priceUsd}: ${what}`)
  })

/**
 * @guarantee protection: A scenario's rules of every kind act as its file states them
 * @how `npm start` and `millrace replay` read one syntax, that of `millrace rules apply`; `npm start` is held to it in lockstep
 */
it.effect("carries out the examples of each kind in their own market", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* actsOf("kinds/margin-guard.yaml"), [
      "adds-guard adds-long 57300: add 50000 sats: completed (done)",
      "closes-guard closes-long 57000: close: completed (done)",
      "reduces-guard reduces-first 57000: reduce by 70 %: completed (done)",
      "tries-guard tries-long 57000: close, dry run: completed (dry_run)"
    ])
    assert.deepStrictEqual(yield* actsOf("kinds/take-profit-stop-loss.yaml"), [
      "trails-stop trails-long 61600: stop loss at 60500: completed (done)",
      "cashes-in cashes-long 62000: cash in 20000 sats: completed (done)",
      "cashes-in cashes-long 63000: cash in 20000 sats: completed (done)",
      "stops-loss stops-short 63000: close: completed (done)",
      "takes-profit takes-long 63000: close: completed (done)",
      "trails-profit trails-long 63000: take profit at 66000: completed (done)"
    ])
    assert.deepStrictEqual(yield* actsOf("kinds/auto-entry.yaml"), [
      "goes-now – 60000: buy 100 USD at 2x: completed (done)",
      "buys-dip – 57900: buy 500 USD at 5x: completed (done)",
      "sells-rally – 60600: sell 500 USD at 3x: completed (done)"
    ])
    const [entry, guard, stop] = yield* actsOf("kinds/cross-margin.yaml")
    assert.strictEqual(entry, "ben-entry – 56900: buy 1000 USD at 5x: completed (done)")
    assert.strictEqual(guard, "ada-guard ada-cross 54500: reduce by 50 %: completed (done)")
    assert.match(stop ?? "", /^ben-stop \S+ 54500: close: completed \(done\)$/u)
  })
)

it.effect("has all three kinds act in the default scenario within two minutes of market time", () =>
  Effect.gen(function* () {
    const acts = yield* actsOf("crash.yaml")
    for (const expected of [
      /^leo-guard leo-long \d+(\.5)?: close: completed/u,
      /^hugo-guard hugo-long \d+(\.5)?: add 50000 sats: completed/u,
      /^mia-profit mia-short \d+(\.5)?: close: completed/u,
      /^nora-stop nora-long \d+(\.5)?: close: completed/u,
      /^pia-cash pia-short \d+(\.5)?: cash in 20000 sats: completed/u,
      /^otto-entry – \d+(\.5)?: buy 500 USD at 5x: completed/u
    ])
      assert.isTrue(
        acts.some((act) => expected.test(act)),
        `${expected} in\n${acts.join("\n")}`
      )
  })
)

const candles = `timestamp_ms,open,high,low,close,volume
1700000000000,60000,60000,60000,60000,1
1700000060000,50000,50000,50000,50000,1`
const twoPositions = (rules: ReadonlyArray<unknown>) => ({
  accounts: [{ id: "ada", name: "Ada", balance: 1_000_000 }],
  positions: [
    { id: "one", account: "ada", side: "buy", quantity: 100, leverage: 2 },
    { id: "two", account: "ada", side: "buy", quantity: 100, leverage: 2 }
  ],
  rules
})

it.effect("lets a rule name a position by the scenario's id, in a scenario and in a file of rules", () =>
  Effect.gen(function* () {
    const rule = {
      id: "r",
      account: "ada",
      kind: "tp_sl",
      trigger_pnl_percentage: -10,
      action: "close_sl",
      position: "two"
    }
    const stated = inputOf(candles, twoPositions([rule]))
    const other = underRules(inputOf(candles, twoPositions([])), JSON.stringify({ rules: [rule] }))
    for (const input of [stated, other]) {
      const { log } = yield* replay(input, setting)
      const acts = happeningsOf(log).filter(({ kind }) => kind === "act")
      assert.deepStrictEqual(
        acts.map(({ position }) => position),
        ["two"]
      )
    }
  })
)

it("takes the scenario's own market only where it needs no file", () => {
  const scenario = JSON.stringify({ ...twoPositions([]), feed: { kind: "candles", file: "x.csv" } })
  const fault = Result.getOrThrow(Result.flip(scenarioInput(undefined, { file: "s.yaml", text: scenario })))
  assert.strictEqual(fault.message, "s.yaml: feed: found the file x.csv, expected it named with --feed")
})
