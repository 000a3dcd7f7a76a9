import { assert, it } from "@effect/vitest"
import { applyCommand, applyDecision, applyOutcome } from "../src/RunState.ts"
import { ruleWords } from "../src/ruleWords.ts"
import { watchRows } from "../src/WatchRow.ts"
import { commandOf, decisionOf, entry, guard, opens, outcomeOf, position, profit, stateOf, stop } from "./runFixture.ts"

const shown = (state: ReturnType<typeof stateOf>, priceUsd: number) =>
  watchRows(state, priceUsd).map(({ distance, figure, rule, state, triggerUsd }) =>
    [ruleWords(rule), figure ?? "–", Math.round(triggerUsd ?? 0), (distance * 100).toFixed(1), state].join(" | ")
  )

it("shows rules of every kind with what they compare, the next trigger and how far it is, nearest first", () => {
  const state = stateOf([guard, profit, stop, entry])
  applyDecision(state, decisionOf(entry, {}))
  assert.deepStrictEqual(shown(state, 59_000), [
    "stop loss: close at −40 % | P&L −16.9 % | 57692 | 2.2 | normal",
    "guard: close at 50 % | lost 16.9 % | 57143 | 3.1 | normal",
    "entry: buy ≤ 55,000.0 | – | 55000 | 6.8 | pending: trigger_not_reached",
    "take profit: close at +50 % | P&L −16.9 % | 63158 | 7.0 | normal"
  ])
})

it("shows why a rule that is reached does not act, and forgets it once it is no longer reached", () => {
  const state = stateOf([stop])
  applyDecision(state, decisionOf(stop, { reason: "cool_down", untilMs: 3_600_000 }))
  const wordsAt = (priceUsd: number) => watchRows(state, priceUsd)[0]?.state
  assert.strictEqual(wordsAt(57_000), "pending: cool_down until 01:00:00")
  assert.strictEqual(wordsAt(59_000), "normal")
})

it("shows what came of a decision, and an entry that has done all it may as ended", () => {
  const state = stateOf([profit, entry])
  applyCommand(state, commandOf(profit))
  const rowOf = (kind: string) => watchRows(state, 54_000).find(({ rule }) => rule.kind === kind)
  assert.strictEqual(rowOf("tp_sl")?.state, "close_position sent")
  applyOutcome(state, outcomeOf(commandOf(profit), { status: "failed", reason: "rate_limited" }))
  assert.strictEqual(rowOf("tp_sl")?.state, "close_position failed, rate_limited")
  const opening = commandOf(entry, { action: opens })
  applyCommand(state, opening)
  applyOutcome(state, outcomeOf(opening, { effectId: "trade-2" }))
  applyDecision(state, decisionOf(entry, { reason: "cool_down", marketTimeMs: 6 }))
  assert.include(rowOf("auto_entry"), { state: "open_position completed; pending: cool_down", hasEnded: false })
  applyDecision(state, decisionOf(entry, { reason: "max_actions", marketTimeMs: 7 }))
  assert.include(rowOf("auto_entry"), { state: "open_position completed", hasEnded: true, distance: Infinity })
})

it("pairs a rule that names a position with that one alone, and shows how a closed one ended", () => {
  const other = { ...position, positionId: "trade-9", status: "closed", closeReason: "take_profit" } as const
  const state = stateOf([{ ...guard, positionId: "trade-9" }, profit], [position, other])
  assert.deepStrictEqual(
    watchRows(state, 59_000).map(({ rule, state }) => [rule.ruleId, state]),
    [
      ["r1.profit", "normal"],
      ["r1.guard", "take_profit"],
      ["r1.profit", "take_profit"]
    ]
  )
})
