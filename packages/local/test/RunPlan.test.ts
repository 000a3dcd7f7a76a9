import { assert, it } from "@effect/vitest"
import { parseScenario } from "@millrace/simulators"
import { Result } from "effect"
import { changesOf, evaluatedGuards, makeRunPlan } from "../src/RunPlan.ts"

const scenario = Result.getOrThrow(
  parseScenario(
    `accounts: [{ id: ada, name: Ada, balance: 1 }, { id: ben, name: Ben, balance: 1 }]
positions:
  - { id: one, account: ada, side: buy, quantity: 1, leverage: 1 }
  - { id: two, account: ada, side: buy, quantity: 1, leverage: 1 }
rules:
  - { id: all, account: ada, kind: margin_guard, threshold: 0.8, action: close_position }
  - { id: only, account: ada, kind: margin_guard, threshold: 0.9, action: close_position, position: two }
  - { id: far, account: ada, kind: margin_guard, threshold: 0.1, metric: distance_to_liquidation, action: close_position }
  - { id: stop, account: ada, kind: tp_sl, trigger_pnl_percentage: -5, action: close_sl, position: one }
  - { id: entry, account: ben, kind: auto_entry, side: b, quantity: 1, retry_after: 5 minutes }
`,
    "s.yaml"
  )
)
const plan = makeRunPlan("r1", scenario)

it("counts what must be watched before the feed starts: pairs by the position that a rule names, and entries", () => {
  assert.deepStrictEqual([plan.pairs, plan.entries], [2 + 1 + 2 + 1, 1])
})

it("stores rules of every kind as they are stated, under the ids of the run and of the exchange's positions", () => {
  const { rules = [] } = changesOf(plan, [], (position) => `trade-${position}`)
  assert.deepStrictEqual(
    rules.map((rule) => [rule.ruleId, rule.accountId, rule.kind === "auto_entry" ? undefined : rule.positionId]),
    [
      ["r1.all", "r1.ada", undefined],
      ["r1.only", "r1.ada", "trade-two"],
      ["r1.far", "r1.ada", undefined],
      ["r1.stop", "r1.ada", "trade-one"],
      ["r1.entry", "r1.ben", undefined]
    ]
  )
  assert.deepInclude(rules[4], { kind: "auto_entry", retryAfterMs: 300_000, dryRun: false })
})

it("has the simulator evaluate the guards on the margin lost by itself", () => {
  assert.deepStrictEqual(
    evaluatedGuards(plan).map(({ account, id, position }) => [id, account, position]),
    [
      ["r1.all", "r1.ada", undefined],
      ["r1.only", "r1.ada", "two"]
    ]
  )
})
