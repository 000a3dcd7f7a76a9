import { assert, describe, it } from "@effect/vitest"
import type { AutoEntryRule, TakeProfitStopLossRule } from "@millrace/contracts"
import type { OutcomeReason } from "../src/OutcomeReason.ts"
import { type PresentState, validateCommand } from "../src/validateCommand.ts"
import { account, positionFor, ruleFor } from "./ExecutorFixture.ts"
import { commandFor } from "./ScriptedExchange.ts"

const present: PresentState = { account, rule: ruleFor("close_position"), position: positionFor("trade-1") }
const command = commandFor("trade-1")

const reasonOf = (
  state: Partial<PresentState>,
  changes: Parameters<typeof commandFor>[1] = {},
  { forbidden, workspace = "workspace-1" }: { readonly forbidden?: OutcomeReason; readonly workspace?: string } = {}
) => {
  const given = { ...present, ...state }
  const verdict = validateCommand({ ...command, ...changes }, workspace, given, forbidden)
  return verdict._tag === "Refuse" ? verdict.reason : verdict
}

/** A rule that is newer than the commands. */
const common = {
  _tag: "Rule",
  ruleId: "rule-1",
  accountId: "account-1",
  enabled: true,
  dryRun: false,
  retryAfterMs: 60_000,
  version: 2
} as const

/**
 * @guarantee protection: A command is checked against the present state before it acts
 * @how account, rule, position, changed condition; the exchange is asked where the table has no position
 */
describe("validateCommand", () => {
  it("lets a command proceed whose account, rule and position are as they were", () => {
    assert.deepStrictEqual(reasonOf({}), { _tag: "Proceed", dryRun: false })
  })

  it("refuses an account that is unknown, switched off, or of another workspace", () => {
    assert.strictEqual(reasonOf({ account: undefined }), "account_inactive")
    assert.strictEqual(reasonOf({ account: { ...account, active: false } }), "account_inactive")
    assert.strictEqual(reasonOf({}, {}, { workspace: "workspace-2" }), "workspace_mismatch")
  })

  it("refuses a rule that is gone or switched off, before it looks at the position", () => {
    const position = positionFor("trade-1", { status: "closed" })
    assert.strictEqual(reasonOf({ rule: undefined, position }), "rule_disabled")
    assert.strictEqual(reasonOf({ rule: ruleFor("close_position", { enabled: false }), position }), "rule_disabled")
  })

  it("judges a rule that changed since by what it asks for now", () => {
    const newer = (changes: Parameters<typeof ruleFor>[1]) => ruleFor("close_position", { version: 2, ...changes })
    assert.strictEqual(reasonOf({ rule: newer({ action: "add_margin" }) }), "rule_changed")
    assert.strictEqual(reasonOf({ rule: newer({ threshold: 0.9 }) }), "condition_cleared")
    assert.deepStrictEqual(reasonOf({ rule: newer({ threshold: 0.5 }) }), { _tag: "Proceed", dryRun: false })
    assert.deepStrictEqual(reasonOf({ rule: newer({ dryRun: true }) }), { _tag: "Proceed", dryRun: true })
    const amount = ruleFor("add_margin", { version: 2, addMarginAmountSats: 1 })
    assert.strictEqual(
      reasonOf({ rule: amount }, { action: { _tag: "add_margin", amountSats: 20_000 } }),
      "rule_changed"
    )
  })

  it("says how a position ended", () => {
    const ended = (closeReason: "liquidated" | "closed") => positionFor("trade-1", { status: "closed", closeReason })
    assert.strictEqual(reasonOf({ position: ended("liquidated") }), "position_liquidated")
    assert.strictEqual(reasonOf({ position: ended("closed") }), "position_closed")
  })

  it("judges the condition again only when the position changed since the decision", () => {
    const relieved = { marginSats: 400_000 }
    assert.deepStrictEqual(reasonOf({ position: positionFor("trade-1", { ...relieved, revision: 1 }) }), {
      _tag: "Proceed",
      dryRun: false
    })
    assert.strictEqual(
      reasonOf({ position: positionFor("trade-1", { ...relieved, revision: 2 }) }),
      "condition_cleared"
    )
    assert.deepStrictEqual(reasonOf({ position: positionFor("trade-1", { revision: 2 }) }), {
      _tag: "Proceed",
      dryRun: false
    })
  })

  it("proceeds without a position in the table: the exchange knows", () => {
    assert.deepStrictEqual(reasonOf({ position: undefined }), { _tag: "Proceed", dryRun: false })
  })

  it("refuses to reduce an isolated trade, which the exchange can't do", () => {
    const action = { _tag: "reduce_position", reducePercentage: 50 } as const
    assert.strictEqual(
      reasonOf({ rule: ruleFor("reduce_position") }, { action }),
      "reduce_unsupported_for_isolated_trade"
    )
  })

  it("refuses a position of another account", () => {
    assert.strictEqual(reasonOf({ position: positionFor("trade-1", { accountId: "account-2" }) }), "workspace_mismatch")
  })

  it("refuses what forbids it at the moment after the account, before rule and position", () => {
    assert.strictEqual(reasonOf({ rule: undefined }, {}, { forbidden: "halted" }), "halted")
    assert.strictEqual(reasonOf({ account: undefined }, {}, { forbidden: "halted" }), "account_inactive")
  })

  it("judges a take profit or stop loss that changed since by its action, value and return on margin", () => {
    const action = { _tag: "set_stop_loss", priceUsd: 56_000 } as const
    const changes = { action, ruleKind: "tp_sl", metric: "return_on_margin", threshold: -40 } as const
    const rule: TakeProfitStopLossRule = {
      ...common,
      kind: "tp_sl",
      triggerPnlPercentage: -40,
      action: "update_sl",
      newStopLossUsd: 56_000
    }
    // At 57,000 USD the long from 60,000 USD stands at −52.6 % of its margin.
    assert.deepStrictEqual(reasonOf({ rule }, changes), { _tag: "Proceed", dryRun: false })
    assert.strictEqual(reasonOf({ rule: { ...rule, newStopLossUsd: 55_000 } }, changes), "rule_changed")
    assert.strictEqual(reasonOf({ rule: { ...rule, action: "close_sl" } }, changes), "rule_changed")
    assert.strictEqual(reasonOf({ rule: { ...rule, triggerPnlPercentage: -60 } }, changes), "condition_cleared")
    assert.strictEqual(reasonOf({ rule: { ...rule, triggerPnlPercentage: 10 } }, changes), "condition_cleared")
    assert.strictEqual(reasonOf({}, changes), "rule_changed", "a rule of another kind")
    assert.strictEqual(reasonOf({ rule }, { ...changes, marginMode: "cross" }), "unsupported_for_cross")
  })

  it("judges an entry that changed since by all that it asks for, and by its trigger", () => {
    const order = { market: "btc_usd", marginMode: "isolated", side: "buy", quantityUsd: 700, leverage: 5 } as const
    const rule: AutoEntryRule = {
      ...common,
      kind: "auto_entry",
      triggerType: "market",
      triggerPriceUsd: 57_500,
      ...order
    }
    const action = { _tag: "open_position", orderType: "market", ...order } as const
    const changes = { action, ruleKind: "auto_entry", positionRevision: 0 } as const
    const state = (changed: Partial<AutoEntryRule>) => ({
      position: undefined,
      rule: { ...rule, ...changed }
    })
    assert.deepStrictEqual(reasonOf(state({}), changes), { _tag: "Proceed", dryRun: false })
    for (const changed of [{ quantityUsd: 800 }, { side: "sell" }, { leverage: 6 }, { stopLossUsd: 50_000 }] as const) {
      assert.strictEqual(reasonOf(state(changed), changes), "rule_changed")
    }
    assert.strictEqual(reasonOf(state({ triggerType: "limit" }), changes), "rule_changed")
    assert.strictEqual(reasonOf(state({ triggerPriceUsd: 56_999 }), changes), "condition_cleared")
    assert.deepStrictEqual(reasonOf(state({ dryRun: true }), changes), { _tag: "Proceed", dryRun: true })
  })

  it("refuses a plan that the position has outgrown: more than it is, or of its own side", () => {
    const plan = { _tag: "cross_order", side: "sell", quantityUsd: 800 } as const
    const action = { _tag: "reduce_position", reducePercentage: 80, plan } as const
    const rule = ruleFor("reduce_position", { reducePercentage: 80, threshold: 0.3 })
    const of = (changes: Parameters<typeof positionFor>[1]) => ({
      rule,
      position: positionFor("trade-1", { revision: 2, marginMode: "cross", ...changes })
    })
    assert.deepStrictEqual(reasonOf(of({ quantityUsd: 800 }), { action }), { _tag: "Proceed", dryRun: false })
    assert.strictEqual(reasonOf(of({ quantityUsd: 799 }), { action }), "plan_outdated")
    assert.strictEqual(reasonOf(of({ side: "sell" }), { action }), "plan_outdated")
  })

  it("does not ask the rule about what an operator sends anew, but account, switches and position", () => {
    const operator = { actor: "ann", commandId: "before", atMs: 0 }
    assert.deepStrictEqual(reasonOf({ rule: undefined }, { operator }), { _tag: "Proceed", dryRun: false })
    assert.strictEqual(reasonOf({ account: undefined }, { operator }), "account_inactive")
    assert.strictEqual(
      reasonOf({ position: positionFor("trade-1", { status: "closed" }) }, { operator }),
      "position_closed"
    )
  })
})
