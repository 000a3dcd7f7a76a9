import { readdirSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { RuleSyntax } from "@millrace/trading"
import { Effect, Result, Schema } from "effect"
import { candleSource, parseScenario, type Scenario } from "../src/index.ts"

const good = `accounts:
  - { id: a1, name: One, balance: 100000 }
positions:
  - { id: p1, account: a1, side: buy, quantity: 100, leverage: 10 }
rules:
  - { id: r1, account: a1, kind: margin_guard, threshold: 0.8, action: close_position }
`
const parsed = (text: string): Scenario => Result.getOrThrow(parseScenario(text, "s.yaml"))
const faultOf = (text: string) => Result.getOrThrow(Result.flip(parseScenario(text, "s.yaml"))).message

it("reads accounts, positions and rules of every kind, in the syntax of a file of rules", () => {
  const scenario = parsed(`accounts:
  - { id: a1, name: One, balance: 100000, cross_margin: 50000 }
positions:
  - { id: p1, account: a1, side: buy, quantity: 100, leverage: 10 }
  - { id: p2, account: a1, side: sell, quantity: 600000, leverage: 3, margin_mode: cross }
rules:
  - { id: guard, account: a1, kind: margin_guard, margin_threshold: 0.8, action: add_margin, add_margin_amount: 9 }
  - { id: profit, account: a1, kind: tp_sl, trigger_pnl_percentage: 40, action: cash_in, cash_in_amount: 7, position: p1 }
  - { id: entry, account: a1, kind: auto_entry, side: s, quantity: 5, trigger_price: 61000, cool_down: 5 minutes }
`)
  assert.deepStrictEqual(
    scenario.positions.map(({ id, margin_mode }) => [id, margin_mode]),
    [
      ["p1", undefined],
      ["p2", "cross"]
    ]
  )
  const [guard, profit, entry] = scenario.rules
  assert.deepInclude(guard, { ruleId: "guard", accountId: "a1", metric: "margin_loss", threshold: 0.8, dryRun: false })
  assert.deepInclude(profit, { kind: "tp_sl", positionId: "p1", cashInAmountSats: 7 })
  assert.deepInclude(entry, { side: "sell", leverage: 10, triggerPriceUsd: 61_000, coolDownMs: 300_000 })
})

it("lets rules act unless they say that they only try", () => {
  assert.strictEqual(parsed(good).rules[0]?.dryRun, false)
  assert.strictEqual(parsed(good.replace("threshold: 0.8", "threshold: 0.8, dry_run: true")).rules[0]?.dryRun, true)
})

it("names line and column of what is wrong in the file's form", () => {
  assert.match(
    faultOf(good.replace("balance: 100000", "balance: many")),
    /^s\.yaml:2:\d+: accounts\.0\.balance: found "many"/
  )
  assert.match(
    faultOf(good.replace("leverage: 10", "leverage: 101")),
    /^s\.yaml:4:\d+: positions\.0\.leverage: found 101/
  )
  assert.match(faultOf(good.replace("leverage: 10", "leverage: 10, extra: 1")), /^s\.yaml:4:\d+: positions\.0\.extra/)
  assert.match(faultOf("accounts: [\n"), /^s\.yaml:\d+:\d+: not YAML/)
  assert.match(faultOf("accounts: []\npositions: []\nrules: []\n"), /^s\.yaml:1:\d+: accounts/)
  assert.match(faultOf(good.replace("margin_guard", "guard")), /^s\.yaml:6:\d+: rules\.0/)
  assert.match(
    faultOf(good.replace("threshold: 0.8", "treshold: 0.8")),
    /^s\.yaml:6:\d+: rules\.0\.treshold: found 0\.8/
  )
})

it("names line and column of what does not fit together", () => {
  assert.match(
    faultOf(good.replace("account: a1, side", "account: zz, side")),
    /^s\.yaml:4:\d+: found account "zz", expected one of a1/
  )
  assert.match(
    faultOf(`${good}  - { id: r1, account: a1, kind: margin_guard, threshold: 0.9, action: close_position }\n`),
    /^s\.yaml:7:\d+: found id "r1" again/
  )
  assert.match(
    faultOf(good.replace("close_position", "close_position, position: p9")),
    /^s\.yaml:6:\d+: found position "p9", expected one of p1/
  )
  assert.match(
    faultOf(good.replace("quantity: 100,", "quantity: 600000,")),
    /^s\.yaml:4:\d+: found 600000, expected at most 500000 USD for isolated margin/
  )
  const cross = good.replace("leverage: 10", "leverage: 2.5, margin_mode: cross")
  assert.match(faultOf(cross), /^s\.yaml:4:\d+: found 2\.5, expected a whole number for cross margin/)
  const second = "  - { id: p2, account: a1, side: buy, quantity: 1, leverage: 2, margin_mode: cross }\nrules:"
  assert.match(
    faultOf(good.replace("leverage: 10", "leverage: 2, margin_mode: cross").replace("rules:", second)),
    /^s\.yaml:5:\d+: found a second cross position of account "a1", expected one/
  )
})

it("refuses amounts that a rule's action lacks or does not use, for every kind", () => {
  const withRule = (rule: string) => good.replace(/id: r1.*\}/u, `id: r1, account: a1, ${rule} }`)
  assert.match(
    faultOf(withRule("kind: margin_guard, threshold: 0.8, action: add_margin")),
    /^s\.yaml:6:\d+: add_margin_amount of rule "r1": found nothing, expected above 0 satoshis/
  )
  assert.match(
    faultOf(withRule("kind: margin_guard, threshold: 0.8, action: close_position, reduce_percentage: 5")),
    /^s\.yaml:6:\d+: reduce_percentage of rule "r1": found 5, expected nothing, as the action is close_position/
  )
  assert.match(
    faultOf(withRule("kind: tp_sl, trigger_pnl_percentage: 0, action: update_sl, new_takeprofit: 5")),
    /new_takeprofit of rule "r1": found 5, expected nothing, as the action is update_sl/
  )
  assert.match(
    faultOf(withRule("kind: auto_entry, side: b, quantity: 1, trigger_price: 9, stoploss: 10")),
    /^s\.yaml:6:\d+: stoploss of rule "r1": found 10, expected below the trigger price 9/
  )
})

it.effect.prop(
  "reads every rule that a file of rules may have, or says in which line it is wrong",
  [Schema.toEncoded(RuleSyntax)],
  ([rule]) =>
    Effect.sync(() => {
      const written = { ...rule, account: "a1" }
      const text = `accounts: [{ id: a1, name: One, balance: 1 }]\npositions: []\nrules:\n  - ${JSON.stringify(written)}\n`
      const result = parseScenario(text, "s.yaml")
      if (Result.isSuccess(result)) {
        assert.deepInclude(result.success.rules[0], { ruleId: rule.id, kind: rule.kind, enabled: rule.enabled ?? true })
      } else {
        for (const line of result.failure.message.split("\n").slice(0, -1))
          assert.match(line, /^s\.yaml:4:\d+: .*(found|has)/u)
      }
    })
)

it("reads the examples", () => {
  const folder = new URL("../../../examples/", import.meta.url)
  const at = (name: string) => readFileSync(new URL(name, folder), "utf8")
  const crash = Result.getOrThrow(parseScenario(at("crash.yaml"), "crash.yaml"))
  assert.isAtLeast(crash.accounts.length, 12)
  assert.deepStrictEqual(new Set(crash.rules.map(({ kind }) => kind)), new Set(["margin_guard", "tp_sl", "auto_entry"]))
  const kinds = readdirSync(new URL("kinds/", folder))
  assert.isAtLeast(kinds.length, 3)
  for (const name of ["candles/scenario.yaml", ...kinds.map((name) => `kinds/${name}`)])
    Result.getOrThrow(parseScenario(at(name), name))
  Result.getOrThrow(candleSource(at("candles/btcusd-1m.csv"), "btcusd-1m.csv"))
})
