import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { replay, reportJson, reportLines, reportOf } from "../src/index.ts"
import { fallingMarket, inputOf, setting, underRules } from "./fixtures.ts"

const scenario = {
  accounts: [{ id: "ada", name: "Ada", balance: 1_000_000 }],
  positions: [{ id: "long", account: "ada", side: "buy", quantity: 100, leverage: 10 }],
  rules: [{ id: "guard", account: "ada", kind: "margin_guard", threshold: 0.6, action: "close_position" }]
}
const rules = (threshold: number, id = "guard") => `rules:
  - { id: ${id}, account: ada, kind: margin_guard, margin_threshold: ${threshold}, action: close_position }`

const compared = Effect.fnUntraced(function* (text: string) {
  const input = inputOf(fallingMarket(200), scenario)
  const first = { name: "a", run: yield* replay(input, setting) }
  return reportOf(first, { name: "b", run: yield* replay(underRules(input, text), setting) })
})

/**
 * @guarantee protection: Two sets of rules over the same prices differ in what they decide, and in nothing else
 * @how each rule's n-th act on a position is held against the other's n-th, by tick and words; figures come of the two markets
 */
it.effect("finds no difference between rules that say the same", () =>
  Effect.gen(function* () {
    const { accounts, difference } = yield* compared(rules(0.6))
    assert.isTrue(difference?.same)
    assert.isAbove(difference!.alike, 3)
    assert.strictEqual(accounts[0]?.pnlDifferenceSats, 0)
  })
)

/** @guarantee protection: Two sets of rules over the same prices differ in what they decide, and in nothing else */
it.effect("shows which acts differ, when, and what it comes to", () =>
  Effect.gen(function* () {
    const report = yield* compared(rules(0.3))
    const { accounts, difference } = report
    assert.isFalse(difference?.same)
    const [act, ...more] = difference!.differences.filter(({ kind }) => kind === "act")
    assert.strictEqual(act?.position, "long")
    assert.deepStrictEqual(more, [])
    assert.isBelow(act!.second!.atMs, act!.first!.atMs)
    assert.isAbove(act!.second!.priceUsd!, act!.first!.priceUsd!)
    assert.isAbove(accounts[0]!.pnlDifferenceSats, 0)
    const text = reportLines(report).join("\n")
    assert.match(text, /Different: \d+ happenings, 1 of them acts/u)
    assert.match(text, /guard on long\n +a +2018-.*margin lost 6\d\.\d %.*\n +b +2018-.*margin lost 3\d\.\d %/u)
    const json = reportJson(report)
    assert.strictEqual(json.difference?.accounts[0]?.pnlDifferenceSats, accounts[0]!.pnlDifferenceSats)
    assert.notStrictEqual(json.runs[0]!.logSha256, json.runs[1]!.logSha256)
  })
)

it.effect("shows an act that only one of them decides", () =>
  Effect.gen(function* () {
    const { difference } = yield* compared(rules(0.6, "other"))
    const acts = difference!.differences.filter(({ kind }) => kind === "act")
    assert.deepStrictEqual(
      acts.map(({ first, ruleId, second }) => [ruleId, first !== undefined, second !== undefined]),
      [
        ["guard", true, false],
        ["other", false, true]
      ]
    )
  })
)
