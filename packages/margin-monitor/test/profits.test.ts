import { assert, it } from "@effect/vitest"
import type { TakeProfitStopLossRule } from "@millrace/contracts"
import { Effect } from "effect"
import { toOutgoing } from "../src/Output.ts"
import { account, Bench, commandsIn, noticesIn, position, reasonsIn } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const takes: TakeProfitStopLossRule = {
  _tag: "Rule",
  ruleId: "t1",
  accountId: "a1",
  kind: "tp_sl",
  enabled: true,
  dryRun: false,
  triggerPnlPercentage: 50,
  action: "close_tp",
  retryAfterMs: 10_000,
  version: 1
}
const stops = { ...takes, triggerPnlPercentage: -50, action: "close_sl" } as const

/** The long of the fixtures gains half of its margin at 63,157.9, and loses it at 57,142.9. */
const half = { profit: 63_158, loss: 57_142 }

/** @guarantee protection: A take profit and a stop loss act where the return on margin is reached, in its own direction */
sync("closes at a profit, in the default lane, with the figures that it was decided on", () => {
  const bench = new Bench([account, takes, position])
  assert.deepStrictEqual(bench.tick(2_000, 63_157.5), [])
  const outputs = bench.tick(3_000, half.profit)
  const [command] = commandsIn(outputs)
  assert.deepStrictEqual(command?.action, { _tag: "close_position" })
  assert.strictEqual(command?.ruleKind, "tp_sl")
  assert.strictEqual(command?.metric, "return_on_margin")
  assert.strictEqual(command?.threshold, 50)
  assert.approximately(command?.figures?.returnOnMarginPercent ?? 0, 50, 0.01)
  const record = toOutgoing(outputs.find(({ _tag }) => _tag === "Command")!)
  assert.deepStrictEqual([record.key, record.lane], ["a1/p1", "high"])
  assert.deepStrictEqual(noticesIn(outputs), ["normal: First: take profit acts"])
})

sync("closes at a loss, of a short at a rising price", () => {
  const bench = new Bench([account, stops, position])
  bench.tick(2_000, 57_143.5)
  assert.strictEqual(commandsIn(bench.tick(3_000, half.loss)).length, 1)
  const short = new Bench([account, stops, { ...position, side: "sell", liquidationPriceUsd: 66_666.5 }])
  short.tick(2_000, 63_157.5)
  assert.strictEqual(commandsIn(short.tick(3_000, half.profit)).length, 1)
})

/**
 * @guarantee protection: A take profit or stop loss that was set is not set again while its condition holds
 * @how the episode is spent once its command took effect, until the return is back beyond the hysteresis band
 */
sync("sets a stop loss once in an episode, and again at the next crossing", () => {
  const bench = new Bench([account, { ...takes, action: "update_sl", newStopLossUsd: 61_000 }, position])
  bench.tick(3_000, half.profit)
  assert.deepStrictEqual(bench.commands[0]?.action, { _tag: "set_stop_loss", priceUsd: 61_000 })
  const outputs = bench.outcome(bench.commands[0]!, "completed", "done")
  assert.deepStrictEqual(reasonsIn(outputs), ["already_acted"])
  assert.deepStrictEqual(bench.open, [])
  bench.change({ ...position, stopLossUsd: 61_000, revision: 2, commandId: bench.commands[0]!.commandId })
  bench.tick(4_000, 64_000)
  bench.tick(5_000, 63_100)
  assert.strictEqual(bench.commands.length, 1, "inside the band of two percent it is the same episode")
  bench.tick(6_000, 63_000)
  bench.tick(7_000, half.profit)
  assert.strictEqual(bench.commands.length, 2)
})

sync("sets a take profit, and cashes in once in an episode", () => {
  const bench = new Bench([
    account,
    { ...takes, action: "update_tp", newTakeProfitUsd: 70_000 },
    { ...takes, ruleId: "t2", action: "cash_in", cashInAmountSats: 10_000 },
    position
  ])
  bench.tick(3_000, half.profit)
  assert.deepStrictEqual(
    bench.commands.map(({ action }) => action),
    [
      { _tag: "set_take_profit", priceUsd: 70_000 },
      { _tag: "cash_in", amountSats: 10_000 }
    ]
  )
  for (const command of bench.commands) bench.outcome(command, "completed", "done")
  bench.tick(4_000, 66_000)
  assert.strictEqual(bench.commands.length, 2)
})

sync("tries again what failed, after the rule's wait", () => {
  const bench = new Bench([account, stops, position])
  bench.tick(3_000, half.loss)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  bench.tick(12_999, half.loss)
  assert.strictEqual(bench.commands.length, 1)
  bench.tick(13_000, half.loss)
  assert.strictEqual(bench.commands[1]?.attempt, 2)
})

sync("waits twice as long each time before it sets again what the exchange refused to set", () => {
  const bench = new Bench([account, { ...takes, action: "update_sl", newStopLossUsd: 61_000 }, position])
  bench.tick(3_000, half.profit)
  let at = 3_000
  for (const wait of [10_000, 20_000, 40_000]) {
    bench.outcome(bench.commands.at(-1)!, "failed", "exchange_refused")
    assert.strictEqual(commandsIn(bench.tick(at + wait - 1, half.profit)).length, 0)
    assert.strictEqual(commandsIn(bench.tick(at + wait, half.profit)).length, 1)
    at += wait
  }
})

sync("says of a cross position that the exchange has no stop loss for it", () => {
  const cross = { ...position, marginMode: "cross" } as const
  const bench = new Bench([account, { ...stops, action: "update_sl", newStopLossUsd: 56_000 }, cross])
  const outputs = bench.tick(3_000, half.loss)
  assert.deepStrictEqual(reasonsIn(outputs), ["action_unsupported"])
  assert.deepStrictEqual(noticesIn(outputs), ["critical: First: a position is not protected"])
  assert.deepStrictEqual(reasonsIn(bench.tick(4_000, half.loss)), [])
})

sync("watches only the position that the rule names", () => {
  const other = { ...position, positionId: "p2" }
  const bench = new Bench([account, { ...takes, positionId: "p2" }, position, other])
  bench.tick(3_000, half.profit)
  assert.deepStrictEqual(
    bench.commands.map(({ positionId }) => positionId),
    ["p2"]
  )
  bench.change({ ...takes, positionId: "p1", version: 2 })
  assert.strictEqual(bench.evaluator.pairsWatched, 1)
  bench.tick(4_000, half.profit)
  assert.strictEqual(bench.commands[1]?.positionId, "p1")
})

sync("holds on a stale price, and acts on the next fresh one under the same episode", () => {
  const bench = new Bench([account, takes, position])
  const held = bench.tick(3_000, half.profit, { ageMs: 10_001 })
  assert.deepStrictEqual(reasonsIn(held), ["price_stale"])
  assert.deepStrictEqual(noticesIn(held), [])
  assert.deepStrictEqual(reasonsIn(bench.tick(3_500, half.profit, { ageMs: 20_000 })), [])
  assert.deepStrictEqual(reasonsIn(bench.tick(4_000, half.profit)), ["fired"])
  assert.deepStrictEqual(bench.rows.get("episode/a1/p1/t1"), {
    ...(bench.rows.get("episode/a1/p1/t1") as object),
    startedAtMs: 3_000,
    attemptedAtMs: 4_000
  } as never)
})
