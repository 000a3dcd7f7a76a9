import { type FinishedRun, type RunScenario, runScenario } from "@millrace/testkit"
import { assert } from "vitest"
import { everyKind, expectedOfEveryKind } from "./everyKind.ts"
import { givenRules, guardedAccounts } from "./guardedAccounts.ts"
import { expand, parseCandles, recompute } from "./recompute.ts"

/**
 * Runs a candle file, with rules of every kind, through the whole pipeline in lockstep and asserts that every tick was evaluated, nothing was lost
 * or doubled, and the decisions are those of the recomputation.
 */
export const assertLockstepRun = async (candles: string): Promise<FinishedRun> => {
  const guarded = guardedAccounts()
  const ticks = expand(parseCandles(candles))
  const others = everyKind(ticks[0]!.price)
  const expected = [...recompute(ticks, guarded.positions, givenRules(guarded)), ...expectedOfEveryKind(ticks)]
  const scenario: RunScenario = {
    accounts: [...guarded.accounts, ...others.accounts],
    positions: [...guarded.positions, ...others.positions],
    rules: [...guarded.rules, ...others.rules]
  }
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
  assert.deepStrictEqual(
    summary.waiting.map(({ kind, reason, rule }) => `${rule} ${kind} ${reason}`),
    ["waiter-entry auto_entry trigger_not_reached"]
  )
  return run
}
