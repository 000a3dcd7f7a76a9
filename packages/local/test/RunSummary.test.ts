import { assert, it } from "@effect/vitest"
import type { AutomationCommand, TradeOutcome } from "@millrace/contracts"
import type { RunCommand } from "../src/RunState.ts"
import { countDuplicates, countLosses, type SeenCrossing, type SeenEffect } from "../src/RunSummary.ts"

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
