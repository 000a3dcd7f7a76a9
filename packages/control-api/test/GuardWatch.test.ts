import { assert, it } from "@effect/vitest"
import type { Account, AccountState, MarketTick, Position, Rule } from "@millrace/contracts"
import { GuardWatch } from "../src/index.ts"

const staleAfterMs = 30_000

const account: Account = {
  _tag: "Account",
  accountId: "a",
  workspaceId: "w",
  userId: "u",
  name: "Alice",
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
}
const guard: Rule = {
  _tag: "Rule",
  ruleId: "r",
  accountId: "a",
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.5,
  action: "close_position",
  retryAfterMs: 60_000,
  version: 1
}
const position: Position = {
  _tag: "Position",
  positionId: "p",
  accountId: "a",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: 0,
  revision: 1,
  epoch: 1
}

/** A watch that has account `a` with a guard and a position in partition 3. */
const watching = () => {
  const watch = new GuardWatch(staleAfterMs, 0)
  const put = (key: string, value: AccountState | undefined, partition = 3) =>
    watch.accountChanged({ key, value, previous: undefined, workspaceId: "w", partition, offset: 0 })
  put("account/a/a", account)
  put("rule/a/r", guard)
  put("position/a/p", position)
  return {
    watch,
    put,
    tick: (marketTimeMs: number, nowMs = marketTimeMs, epoch = 1) =>
      watch.tick({ market: "btc_usd", marketTimeMs, epoch } as MarketTick, nowMs),
    evaluated: (evaluatedToMs: number, partition = 3, epoch = 1) =>
      watch.evaluated({
        key: "evaluated/a/btc_usd",
        value: { _tag: "EvaluatedState", accountId: "a", market: "btc_usd", evaluatedToMs, epoch },
        previous: undefined,
        workspaceId: "w",
        partition,
        offset: 0
      }),
    unguarded: (nowMs: number) =>
      watch.look(nowMs).map(({ accountId, because, sinceMs }) => [accountId, because, sinceMs])
  }
}

/**
 * @guarantee protection: A guarded position that nobody evaluates is alarmed, to its user and to the operator
 * @how control-api compares the ticks with how far the monitors have evaluated each partition that has guarded positions
 */
it("finds a partition that no monitor evaluates, since the first tick that was not taken", () => {
  const { evaluated, tick, unguarded } = watching()
  for (let at = 1_000; at <= 40_000; at += 1_000) {
    tick(at)
    if (at <= 5_000) evaluated(at)
  }
  assert.deepStrictEqual(unguarded(35_999), [])
  assert.deepStrictEqual(unguarded(36_000), [["a", "not_evaluated", 6_000]])
  evaluated(20_000)
  assert.deepStrictEqual(unguarded(40_000), [], "it catches up")
  evaluated(40_000)
  assert.deepStrictEqual(unguarded(69_999), [])
})

it("takes an evaluation under an older lease for none", () => {
  const { evaluated, tick, unguarded } = watching()
  tick(1_000)
  evaluated(1_000)
  tick(500, 2_000, 2)
  tick(31_000, 31_000, 2)
  evaluated(31_000)
  assert.deepStrictEqual(unguarded(32_000), [["a", "not_evaluated", 2_000]])
  evaluated(31_000, 3, 2)
  assert.deepStrictEqual(unguarded(32_000), [])
})

it("finds all that is guarded when no price comes, also none since the start", () => {
  const { evaluated, tick, unguarded } = watching()
  assert.deepStrictEqual(unguarded(29_999), [])
  assert.deepStrictEqual(unguarded(30_000), [["a", "no_ticks", 0]])
  tick(40_000)
  evaluated(40_000)
  assert.deepStrictEqual(unguarded(69_999), [])
  assert.deepStrictEqual(unguarded(70_000), [["a", "no_ticks", 40_000]])
})

it.each([
  ["the account is switched off", "account/a/a", { ...account, active: false }],
  ["its rule is switched off", "rule/a/r", { ...guard, enabled: false }],
  ["its rule is removed", "rule/a/r", undefined],
  ["its position is closed", "position/a/p", { ...position, status: "closed" }],
  ["it is removed", "account/a/a", undefined]
] as const)("guards nothing once %s", (_, key, value) => {
  const { put, unguarded, watch } = watching()
  assert.strictEqual(watch.guarded, 1)
  put(key, value)
  assert.strictEqual(watch.guarded, 0)
  assert.deepStrictEqual(unguarded(100_000), [])
})
