import { assert, it } from "@effect/vitest"
import type { AutomationCommand, TradeOutcome } from "@millrace/contracts"
import type { SeenEffect } from "../src/RunEffects.ts"
import { applyCommand, applyDecision, applyOutcome, type RunCommand } from "../src/RunState.ts"
import { countDuplicates, countLosses, type SeenCrossing, summarize } from "../src/RunSummary.ts"
import { commandOf, decisionOf, entry, guard, opens, outcomeOf, profit, stateOf } from "./runFixture.ts"

const command = (marketTimeMs: number, status: TradeOutcome["status"] | undefined): RunCommand => ({
  command: {
    commandId: `c${marketTimeMs}`,
    ruleId: "r",
    positionId: "p",
    marketTimeMs,
    action: { _tag: "add_margin", amountSats: 1 }
  } as AutomationCommand,
  outcome: status === undefined ? undefined : ({ status } as TradeOutcome)
})
const crossing = (marketTimeMs: number): SeenCrossing => ({ ruleId: "r", tradeId: "p", marketTimeMs })
const effect = (marketTimeMs: number): SeenEffect => ({
  accountId: "a",
  tradeId: "p",
  action: "add_margin",
  marketTimeMs,
  receivedAtMs: 0
})

it("counts a crossing as lost that no effect and no recorded refusal answers", () => {
  assert.strictEqual(countLosses([crossing(1)], [], []), 1)
  assert.strictEqual(countLosses([crossing(1)], [command(1, "failed")], []), 1)
  assert.strictEqual(countLosses([crossing(1)], [command(1, "refused")], []), 0)
  assert.strictEqual(countLosses([crossing(1)], [command(1, "completed")], [effect(1)]), 0)
  assert.strictEqual(countLosses([crossing(1), crossing(5)], [command(5, "completed")], [effect(5)]), 1)
})

it("takes crossings that come while a command is under way as answered by it", () => {
  const crossings = [crossing(1), crossing(3), crossing(6)]
  assert.strictEqual(countLosses(crossings, [command(1, "completed")], [effect(4)]), 1)
})

it("counts effects beyond one per command as duplicates", () => {
  assert.strictEqual(countDuplicates([effect(1), effect(2)], [command(1, "completed")]), 1)
  assert.strictEqual(countDuplicates([effect(1), effect(2)], [command(1, "completed"), command(2, undefined)]), 0)
})

it("takes a crossing as answered while the rule's recorded reason says that it can't act", () => {
  const decision = decisionOf(
    { ...guard, ruleId: "r" },
    { positionId: "p", reason: "action_unsupported", marketTimeMs: 3 }
  )
  assert.strictEqual(countLosses([crossing(2), crossing(3), crossing(9)], [], [], [decision]), 1)
  assert.strictEqual(countLosses([crossing(3)], [], [], [{ ...decision, reason: "fired" }]), 1)
})

it("knows which effects commands ask for: an opened trade, the trades of a reduction, orders on cross margin", () => {
  const seen = (action: string, tradeId: string): SeenEffect => ({ ...effect(5), accountId: "r1.ada", action, tradeId })
  const opening = commandOf(entry, { action: opens })
  const opened = { command: opening, outcome: outcomeOf(opening, { effectId: "t2" }) }
  const trades = ["t3", "t4"].map((positionId) => ({ positionId, quantityUsd: 1 }))
  const reduction: RunCommand = {
    command: commandOf(guard, {
      action: { _tag: "reduce_position", reducePercentage: 50, plan: { _tag: "close_trades", trades } }
    }),
    outcome: undefined
  }
  const crossed: RunCommand = { command: commandOf(profit, { marginMode: "cross" }), outcome: undefined }
  const crossOpening: RunCommand = {
    command: commandOf(entry, { action: { ...opens, marginMode: "cross" } }),
    outcome: undefined
  }
  const commands = [opened, reduction, crossed, crossOpening]
  const effects = [
    seen("new_trade", "t2"),
    seen("close_position", "t3"),
    seen("close_position", "t4"),
    seen("close_cross_position", "order-1"),
    seen("set_cross_leverage", "x"),
    seen("cross_deposit", "x"),
    seen("cross_order", "order-3")
  ]
  assert.strictEqual(countDuplicates(effects, commands), 0)
  assert.strictEqual(countDuplicates([...effects, seen("close_cross_position", "order-2")], commands), 1)
  assert.strictEqual(countDuplicates([...effects, seen("new_trade", "t5")], commands), 1)
})

it("tells kind, figure and outcome of each command, names what entries opened, and lists the rules that wait", () => {
  const waits = { ...entry, ruleId: "r1.later", triggerPriceUsd: 50_000 }
  const state = stateOf([guard, profit, entry, waits])
  const opening = commandOf(entry, { action: opens, threshold: 55_000 })
  applyCommand(state, opening)
  applyOutcome(state, outcomeOf(opening, { effectId: "t2" }))
  applyCommand(
    state,
    commandOf(profit, { positionId: "t2", metric: "return_on_margin", threshold: 50, marketTimeMs: 9 })
  )
  applyDecision(state, decisionOf(entry, { reason: "max_actions" }))
  applyDecision(state, decisionOf(waits, { threshold: 50_000 }))
  applyDecision(state, decisionOf(guard, { reason: "halted", threshold: 0.5 }))
  const scenarioId = (id: string) => id.replace("r1.", "")
  const ids = { account: scenarioId, rule: scenarioId, position: (id: string) => (id === "trade-1" ? "long" : id) }
  const summaryAt = (priceUsd: number) =>
    summarize(
      state,
      { ticksSent: 1, ticksEvaluated: 1, marginEvents: 0, crossings: [], effects: [], sentAtMs: new Map(), priceUsd },
      ids
    )
  assert.deepStrictEqual(
    summaryAt(59_000).commands.map(({ action, kind, metric, position, rule, status, threshold }) => ({
      ...{ action, kind, metric, position, rule, status, threshold }
    })),
    [
      {
        ...{ action: "open_position", kind: "auto_entry", metric: null, position: "entry/1", rule: "entry" },
        ...{ status: "completed", threshold: 55_000 }
      },
      {
        ...{ action: "close_position", kind: "tp_sl", metric: "return_on_margin", position: "entry/1", rule: "profit" },
        ...{ status: "pending", threshold: 50 }
      }
    ]
  )
  assert.deepStrictEqual(summaryAt(59_000).waiting, [
    {
      ...{ rule: "later", kind: "auto_entry", account: "ada", reason: "trigger_not_reached", sinceMs: 1 },
      ...{ price: 60_000, threshold: 50_000 }
    }
  ])
  assert.deepInclude(summaryAt(56_000).waiting, {
    ...{ rule: "guard", kind: "margin_guard", account: "ada", position: "long", reason: "halted", sinceMs: 1 },
    ...{ price: 60_000, threshold: 0.5 }
  })
})
