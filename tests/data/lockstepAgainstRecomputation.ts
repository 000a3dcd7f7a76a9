import { type FinishedRun, runScenario } from "@millrace/testkit"
import { assert } from "vitest"
import { givenRules, guardedAccounts } from "./guardedAccounts.ts"
import { expand, parseCandles, recompute } from "./recompute.ts"

/**
 * Runs a candle file through the whole pipeline in lockstep and asserts that every tick was evaluated, nothing was lost
 * or doubled, and the decisions are those of the recomputation.
 */
export const assertLockstepRun = async (candles: string): Promise<FinishedRun> => {
  const scenario = guardedAccounts()
  const ticks = expand(parseCandles(candles))
  const expected = recompute(ticks, scenario.positions, givenRules(scenario))
  const run = await runScenario({ scenario, candles, speed: "max" })
  const { summary } = run
  assert.strictEqual(summary.ticksSent, ticks.length)
  assert.strictEqual(summary.ticksEvaluated, ticks.length)
  assert.strictEqual(summary.duplicates, 0)
  assert.strictEqual(summary.losses, 0)
  const comparable = (command: (typeof expected)[number]) =>
    [
      command.decidedAtMs,
      command.position,
      command.rule,
      command.action,
      command.decidedPrice,
      command.status,
      command.reason
    ].join(" ")
  assert.deepStrictEqual(summary.commands.map(comparable).sort(), expected.map(comparable).sort())
  return run
}
