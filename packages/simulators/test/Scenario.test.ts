import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { candleSource, parseScenario } from "../src/index.ts"

const good = `accounts:
  - { id: a1, name: One, balance: 100000 }
positions:
  - { id: p1, account: a1, side: buy, quantity: 100, leverage: 10 }
rules:
  - { id: r1, account: a1, kind: margin_guard, threshold: 0.8, action: close_position }
`
const faultOf = (text: string) => Result.getOrThrow(Result.flip(parseScenario(text, "s.yaml"))).message

it("reads accounts, positions and rules", () => {
  const scenario = Result.getOrThrow(parseScenario(good, "s.yaml"))
  assert.strictEqual(scenario.positions[0]?.account, "a1")
  assert.strictEqual(scenario.rules[0]?.threshold, 0.8)
})

it("names line and column of what is wrong", () => {
  assert.match(
    faultOf(good.replace("balance: 100000", "balance: many")),
    /^s\.yaml:2:\d+: accounts\.0\.balance: found "many"/
  )
  assert.match(
    faultOf(good.replace("leverage: 10", "leverage: 101")),
    /^s\.yaml:4:\d+: positions\.0\.leverage: found 101/
  )
  assert.match(faultOf(good.replace("leverage: 10", "leverage: 10, extra: 1")), /^s\.yaml:4:\d+: positions\.0\.extra/)
  assert.match(
    faultOf(good.replace("account: a1, side", "account: zz, side")),
    /^s\.yaml:4:\d+: found account "zz", expected one of a1/
  )
  assert.match(
    faultOf(`${good}  - { id: r1, account: a1, kind: margin_guard, threshold: 0.9, action: close_position }\n`),
    /^s\.yaml:7:\d+: found id "r1" again/
  )
  assert.match(
    faultOf(good.replace("close_position", "add_margin")),
    /^s\.yaml:6:\d+: rule "r1" has no add_margin_amount/
  )
  assert.match(
    faultOf(good.replace("close_position", "close_position, reduce_percentage: 5")),
    /found reduce_percentage, expected none/
  )
  assert.match(faultOf("accounts: [\n"), /^s\.yaml:\d+:\d+: not YAML/)
  assert.match(faultOf("accounts: []\npositions: []\nrules: []\n"), /^s\.yaml:1:\d+: accounts/)
})

it("reads the examples", () => {
  const at = (name: string) => readFileSync(new URL(`../../../examples/${name}`, import.meta.url), "utf8")
  const crash = Result.getOrThrow(parseScenario(at("crash.yaml"), "crash.yaml"))
  assert.isAtLeast(crash.accounts.length, 12)
  Result.getOrThrow(parseScenario(at("candles/scenario.yaml"), "scenario.yaml"))
  Result.getOrThrow(candleSource(at("candles/btcusd-1m.csv"), "btcusd-1m.csv"))
})
