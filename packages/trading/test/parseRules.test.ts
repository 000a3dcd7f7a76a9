import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { parseRules } from "../src/index.ts"

const parsed = (text: string) => parseRules(text, "rules.yaml", { dryRun: true })
const faultsOf = (text: string): string => {
  const result = parsed(text)
  return Result.isFailure(result) ? result.failure.message : "no fault"
}

it("reads a rule of each kind, with the names that its users know", () => {
  const rules = Result.getOrThrow(
    parsed(`rules:
  - { id: guard, account: ada, kind: margin_guard, margin_threshold: 0.8, action: reduce_position, reduce_percentage: 25,
      cool_down: 5 minutes, max_actions: { count: 3, per: 1 day } }
  - { id: profit, account: ada, kind: tp_sl, trigger_pnl_percentage: 40, action: update_sl, new_stoploss: 61000, dry_run: false }
  - { id: entry, account: ada, kind: auto_entry, side: b, quantity: 100, trigger_price: 58000, stoploss: 57000 }`)
  )
  assert.deepStrictEqual(rules, [
    {
      ...{ ruleId: "guard", accountId: "ada", enabled: true, dryRun: true, retryAfterMs: 60_000, coolDownMs: 300_000 },
      ...{ maxActions: { count: 3, periodMs: 86_400_000 }, kind: "margin_guard", metric: "margin_loss" },
      ...{ threshold: 0.8, action: "reduce_position", reducePercentage: 25 }
    },
    {
      ...{ ruleId: "profit", accountId: "ada", enabled: true, dryRun: false, retryAfterMs: 60_000, kind: "tp_sl" },
      ...{ triggerPnlPercentage: 40, action: "update_sl", newStopLossUsd: 61_000 }
    },
    {
      ...{ ruleId: "entry", accountId: "ada", enabled: true, dryRun: true, retryAfterMs: 60_000, kind: "auto_entry" },
      ...{ market: "btc_usd", marginMode: "isolated", side: "buy", quantityUsd: 100, leverage: 10 },
      ...{ triggerType: "market", stopLossUsd: 57_000, triggerPriceUsd: 58_000 }
    }
  ])
})

it("refuses an amount that the action does not use", () => {
  assert.strictEqual(
    faultsOf(
      "rules:\n  - { id: p, account: a, kind: tp_sl, trigger_pnl_percentage: 5, action: cash_in, cash_in_amount: 9, new_stoploss: 8 }"
    ),
    'rules.yaml:2:102: new_stoploss of rule "p": found 8, expected nothing, as the action is cash_in'
  )
})

it("names every fault with its line, what was found and what is expected", () => {
  assert.match(faultsOf("rules: ["), /^rules\.yaml:1:\d+: not YAML/u)
  assert.match(faultsOf("{}"), /^rules\.yaml:1:1: rules: found nothing/u)
  const guard = "id: g, account: a, kind: margin_guard, action: close_position"
  assert.match(
    faultsOf(`rules:\n  - { ${guard}, treshold: 0.8 }`),
    /rules\.yaml:2:\d+: rules\.0\.treshold: found 0\.8/u
  )
  assert.strictEqual(
    faultsOf(`rules:\n  - { ${guard}, threshold: 8 }\n  - { ${guard}, threshold: 0.8, margin_threshold: 0.8 }`),
    [
      'rules.yaml:2:70: threshold of rule "g": found 8, expected at most 1, where the exchange liquidates',
      'rules.yaml:3:7: found id "g" again, expected each id once',
      'rules.yaml:3:7: rule "g" has both of threshold and margin_threshold, expected one'
    ].join("\n")
  )
  assert.match(
    faultsOf(
      "rules:\n  - { id: p, account: a, kind: tp_sl, trigger_pnl_percentage: 0, action: update_tp, cool_down: soon }"
    ),
    /rules\.0\.cool_down: found "soon": Expected a time such as/u
  )
  assert.match(
    faultsOf("rules:\n  - { id: p, account: a, kind: tp_sl, trigger_pnl_percentage: 0, action: update_tp }"),
    /trigger_pnl_percentage of rule "p": found 0[\s\S]*new_takeprofit of rule "p": found nothing, expected a price/u
  )
})
