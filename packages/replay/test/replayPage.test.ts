import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { replay, replayPage, reportOf, triggerLines } from "../src/index.ts"
import { fallingMarket, inputOf, setting, underRules } from "./fixtures.ts"

const scenario = {
  accounts: [{ id: "ada", name: "Ada", balance: 1_000_000 }],
  positions: [{ id: "long", account: "ada", side: "buy", quantity: 100, leverage: 10 }],
  rules: [
    {
      id: "adds",
      account: "ada",
      kind: "margin_guard",
      threshold: 0.6,
      action: "add_margin",
      add_margin_amount: 100_000
    },
    { id: "enters", account: "ada", kind: "auto_entry", side: "b", quantity: 10, trigger_price: 5_000 }
  ]
}
const rules = `rules:
  - { id: closes, account: ada, kind: margin_guard, threshold: 0.5, action: close_position }`

it.effect("is a page that needs nothing else, with price, acts of both sets of rules, equity and accounts", () =>
  Effect.gen(function* () {
    const input = inputOf(fallingMarket(200), scenario)
    const first = { name: "now", run: yield* replay(input, setting) }
    const second = { name: "<b>next", run: yield* replay(underRules(input, rules), setting) }
    const page = replayPage(reportOf(first, second))
    assert.notMatch(page, /\b(src|href)=|https?:|@import|url\(|<script/u)
    assert.strictEqual(page.match(/<svg /gu)?.length, 2)
    assert.include(page, "prefers-color-scheme: dark")
    assert.strictEqual(
      page.match(/<div class="wide"><svg /gu)?.length,
      2,
      "a narrow window scrolls a chart instead of shrinking its text"
    )
    assert.match(page, /<td>\d{1,3}(,\d{3})*\.\d\d<\/td>/u, "prices as the chart has them")
    const circles = page.match(/<circle class="mark first"/gu)?.length ?? 0
    assert.isAbove(circles, 0)
    assert.strictEqual(page.match(/<polygon class="mark second"/gu)?.length, 1)
    assert.match(page, /<polyline class="curve second" points="84\.0,/u)
    assert.include(page, "&lt;b&gt;next")
    assert.notInclude(page, "<b>next")
    assert.include(replayPage(reportOf(first)), "equity before")
  })
)

it.effect("draws each rule's trigger for as long as the position's figures stay the same", () =>
  Effect.gen(function* () {
    const run = yield* replay(inputOf(fallingMarket(200), scenario), setting)
    const [before, after] = triggerLines(run.log, run.rules, run).filter(({ ruleId }) => ruleId === "adds")
    assert.strictEqual(before!.fromMs, run.fromMs)
    assert.strictEqual(after!.fromMs, before!.toMs)
    assert.isBelow(after!.priceUsd, before!.priceUsd)
    const [entry] = triggerLines(run.log, run.rules, run).filter(({ ruleId }) => ruleId === "enters")
    assert.deepInclude(entry, { fromMs: run.fromMs, toMs: run.toMs, priceUsd: 5_000 })
  })
)
