import { assert, describe, it } from "@effect/vitest"
import { type PresentState, validateCommand } from "../src/validateCommand.ts"
import { account, positionFor, ruleFor } from "./ExecutorFixture.ts"
import { commandFor } from "./ScriptedExchange.ts"

const present: PresentState = { account, rule: ruleFor("close_position"), position: positionFor("trade-1") }
const command = commandFor("trade-1")

const reasonOf = (
  state: Partial<PresentState>,
  changes: Parameters<typeof commandFor>[1] = {},
  workspace = "workspace-1"
) => {
  const verdict = validateCommand({ ...command, ...changes }, workspace, { ...present, ...state })
  return verdict._tag === "Refuse" ? verdict.reason : verdict
}

describe("validateCommand", () => {
  it("lets a command proceed whose account, rule and position are as they were", () => {
    assert.deepStrictEqual(reasonOf({}), { _tag: "Proceed", dryRun: false })
  })

  it("refuses an account that is unknown, switched off, or of another workspace", () => {
    assert.strictEqual(reasonOf({ account: undefined }), "account_inactive")
    assert.strictEqual(reasonOf({ account: { ...account, active: false } }), "account_inactive")
    assert.strictEqual(reasonOf({}, {}, "workspace-2"), "workspace_mismatch")
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
})
