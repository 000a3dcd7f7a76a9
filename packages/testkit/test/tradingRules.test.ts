/** What the checker must say of what traders come to: hand-made commands and effects on a small market. */
import { assert, it } from "@effect/vitest"
import type {
  Account,
  AutomationCommand,
  CommandAction,
  MarginGuardRule,
  Rule,
  TradeOutcome
} from "@millrace/contracts"
import {
  makeLocalExchange,
  moveCrossMargin,
  newCrossOrder,
  openPositions,
  setCrossLeverage
} from "@millrace/simulators"
import { Result } from "effect"
import type { Happening, HistoryEvent } from "../src/History.ts"
import { checkTrading, type TradingEnd } from "../src/tradingRules.ts"

const event = (happening: Happening): HistoryEvent => ({ at: 0, process: "", ...happening })
const appended = (topic: string, value: unknown): HistoryEvent =>
  event({
    ...({ type: "appended", topic, partition: 0, offset: 0, key: "", id: "", origin: undefined, reason: "" } as const),
    value: JSON.stringify(value)
  })

const guard: MarginGuardRule = {
  ...({ _tag: "Rule", ruleId: "r-1", accountId: "a-1", kind: "margin_guard", enabled: true, dryRun: false } as const),
  ...{ metric: "margin_loss", threshold: 0.5, action: "close_position", retryAfterMs: 5_000, version: 1 }
}
const entry: Rule = {
  ...({ _tag: "Rule", ruleId: "e-1", accountId: "a-1", kind: "auto_entry", enabled: true, dryRun: false } as const),
  ...{ market: "btc_usd", marginMode: "cross", side: "buy", quantityUsd: 100, leverage: 2, triggerPriceUsd: 57_000 },
  ...{ triggerType: "market", retryAfterMs: 5_000, version: 1 }
}
const opens: CommandAction = {
  ...({ _tag: "open_position", market: "btc_usd", marginMode: "cross", side: "buy" } as const),
  ...{ quantityUsd: 100, leverage: 2, orderType: "market" }
}
const reduces: CommandAction = {
  ...{ _tag: "reduce_position", reducePercentage: 50 },
  plan: { _tag: "cross_order", side: "sell", quantityUsd: 500 }
}

/** A cross long of 1,000 USD and an isolated one from 60,000 USD, both at more than half their loss; `rules` watch them. */
const endOf = (rules: ReadonlyArray<Rule>, active = true): TradingEnd => {
  const market = makeLocalExchange({ market: { fundingRate: 0, spreadUsd: 0 } })
  Result.getOrThrow(market.openAccount({ id: "a-1", name: "a-1", balance: 20_000_000 }))
  market.prime({ price: 60_000, timeMs: 1 })
  const isolated = { id: "p-1", account: "a-1", side: "buy", quantity: 1_000, leverage: 10 } as const
  Result.getOrThrow(openPositions(market, [isolated]))
  Result.getOrThrow(market.run((state) => moveCrossMargin(state, "a-1", 170_000)))
  Result.getOrThrow(market.run((state) => setCrossLeverage(state, "a-1", 50)))
  const long = { type: "market", side: "buy", quantity: 1_000 } as const
  Result.getOrThrow(market.run((state) => newCrossOrder(state, "a-1", long)))
  market.prime({ price: 56_000, timeMs: 2 })
  const account: Partial<Account> = { accountId: "a-1", active }
  return { market, rules, accounts: [account as Account], startedAtMs: 0 }
}

const command = (changes: Partial<AutomationCommand>) => {
  const common = { commandId: "c-1", accountId: "a-1", ruleId: "r-1", ruleVersion: 1, attempt: 1, marketTimeMs: 0 }
  return appended("automation-commands.critical", { ...common, ...changes })
}
const told = (changes: Partial<TradeOutcome>) =>
  appended("trade-log", { commandId: "c-1", status: "unknown", reason: "ambiguous_read_back", ...changes })
const effect = (intent: string, crossUsd?: readonly [number, number]) =>
  event({ type: "effect", intent, what: "an order", ...(crossUsd === undefined ? {} : { crossUsd }) })
const crossCommand = command({ marginMode: "cross", positionId: "x.1", action: reduces })
const entered = (commandId: string, ruleVersion: number) =>
  command({ commandId, ruleId: "e-1", ruleKind: "auto_entry", ruleVersion, action: opens })
const tried = (attempt: number, marketTimeMs: number) =>
  command({ commandId: `c-${attempt}`, positionId: "p-1", attempt, marketTimeMs })

it.each([
  ["positions beyond their guard", [], [guard], ["unguarded", "unguarded"]],
  ["a guard that is off", [], [{ ...guard, enabled: false }], []],
  ["a guard that is far away", [], [{ ...guard, threshold: 0.9 }], []],
  ["a cross position of unknown result", [crossCommand, told({})], [guard], ["unguarded"]],
  [
    "an unknown result behind which a late word comes",
    [crossCommand, told({}), told({ status: "pending" })],
    [guard],
    ["unguarded"]
  ],
  ["an entry that was reached and not made", [], [entry], ["not_entered"]],
  ["an entry that was not reached", [], [{ ...entry, triggerPriceUsd: 55_000 }], []],
  ["an entry that was made", [entered("c-1", 1), effect("c-1.leverage"), effect("c-1")], [entry], []],
  [
    "an entry made twice",
    [entered("c-1", 1), entered("c-2", 1), effect("c-1"), effect("c-2")],
    [entry],
    ["entered_twice"]
  ],
  ["one of two versions", [entered("c-1", 1), entered("c-2", 2), effect("c-1"), effect("c-2")], [entry], []],
  ["a reduction", [crossCommand, effect("c-1", [1_000, 500])], [], []],
  ["a reduction that turned", [crossCommand, effect("c-1", [300, -200])], [], ["cross_turned"]],
  ["a reduction of nothing", [crossCommand, effect("c-1", [0, -500])], [], ["cross_turned"]],
  ["attempts that wait", [tried(3, 0), tried(4, 5_000)], [], []],
  ["attempts that do not", [tried(3, 0), tried(4, 1_000)], [], ["tried_too_often"]]
] as const)("judges %s", (_, events, rules, expected) => {
  assert.deepStrictEqual(
    checkTrading(events, endOf(rules)).map(({ rule }) => rule),
    [...expected]
  )
})

it("asks nothing of an account that is switched off", () => {
  assert.deepStrictEqual(checkTrading([], endOf([guard, entry], false)), [])
})
