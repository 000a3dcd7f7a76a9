import { assert, it } from "@effect/vitest"
import type { MarginGuardRule, Position } from "@millrace/contracts"
import { Effect } from "effect"
import { account, Bench, commandsIn, noticesIn, outcomeOf, position, priceAtLoss, reasonsIn, rule } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const reduces: MarginGuardRule = { ...rule, action: "reduce_position", reducePercentage: 50 }
/** Four equal trades; the later ones have a little more margin, and so lost a smaller share. */
const four: ReadonlyArray<Position> = [1, 2, 3, 4].map((n) => ({
  ...position,
  positionId: `p${n}`,
  marginSats: position.marginSats + n
}))
const planOf = (bench: Bench, at = 0) => {
  const action = bench.commands[at]?.action
  return action?._tag === "reduce_position" ? action.plan : undefined
}
const danger = 0.9

/**
 * @guarantee protection: A reduction never takes off more than its percentage unless its strategy says so
 * @how the monitor plans it from the state that it decided on; trades are closed whole, the most endangered first
 */
sync("closes the most endangered trades, one command for all of a side", () => {
  const bench = new Bench([account, reduces, ...four])
  const outputs = bench.loss(3_000, danger)
  assert.deepStrictEqual(
    commandsIn(outputs).map(({ positionId }) => positionId),
    ["p1"]
  )
  assert.deepStrictEqual(planOf(bench), {
    _tag: "close_trades",
    trades: [
      { positionId: "p1", quantityUsd: 1000 },
      { positionId: "p2", quantityUsd: 1000 }
    ]
  })
  assert.deepStrictEqual(reasonsIn(outputs), [
    "fired",
    "command_outstanding",
    "command_outstanding",
    "command_outstanding"
  ])
})

sync("asks for no second reduction of trades that were in danger with the first", () => {
  for (const outcomeFirst of [true, false]) {
    const bench = new Bench([account, reduces, ...four])
    bench.loss(3_000, danger)
    const command = bench.commands[0]!
    const end = () => {
      for (const trade of four.slice(0, 2))
        bench.change({ ...trade, status: "closed", closedAtMs: 3_000, revision: 2, commandId: command.commandId })
    }
    if (!outcomeFirst) end()
    bench.loss(3_500, danger)
    const outputs = bench.outcome(command, "completed", "done")
    assert.deepStrictEqual(reasonsIn(outputs).slice(-2), ["already_acted", "already_acted"])
    if (outcomeFirst) end()
    bench.loss(4_000, 0.95)
    assert.strictEqual(bench.commands.length, 1)
    bench.loss(5_000, 0.5)
    bench.loss(6_000, danger)
    assert.deepStrictEqual(planOf(bench, 1), {
      _tag: "close_trades",
      trades: [{ positionId: "p3", quantityUsd: 1000 }]
    })
  }
})

sync("waits for the outcome also when the trade that asked for it has ended before", () => {
  const safer = { ...position, positionId: "p5", marginSats: position.marginSats * 2 }
  const bench = new Bench([account, reduces, ...four, safer])
  bench.loss(3_000, danger)
  for (const trade of four.slice(0, 2)) bench.change({ ...trade, status: "closed", closedAtMs: 3_000, revision: 2 })
  const outputs = bench.tick(4_000, priceAtLoss(danger, safer))
  assert.deepStrictEqual(reasonsIn(outputs), ["command_outstanding"])
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.strictEqual(commandsIn(bench.tick(5_000, priceAtLoss(danger, safer))).length, 1)
})

/**
 * @guarantee protection: A changed guard acts anew on all that it watches, whatever its former version did
 * @how a reduction of the former version counts for the trades in danger only as long as the rule stays as it was; found by `npm run simulate -- --world trading`
 */
sync("reduces again by a version of the rule that came while the former one's reduction was under way", () => {
  for (const ended of [true, false]) {
    const bench = new Bench([account, reduces, ...four])
    bench.loss(3_000, danger)
    const command = bench.commands[0]!
    bench.change({ ...reduces, reducePercentage: 60, version: 2 })
    assert.deepStrictEqual(reasonsIn(bench.loss(3_500, danger)).at(-1), "command_outstanding")
    const end = () => {
      for (const trade of four.slice(0, 2))
        bench.change({ ...trade, status: "closed", closedAtMs: 3_000, revision: 2, commandId: command.commandId })
    }
    if (ended) end()
    bench.outcome(command, "completed", "done")
    if (!ended) end()
    const again = commandsIn(bench.loss(4_000, danger))
    assert.deepStrictEqual(
      again.map(({ positionId, ruleVersion }) => [positionId, ruleVersion]),
      [["p3", 2]]
    )
  }
})

sync("tries again together when the reduction failed", () => {
  const bench = new Bench([account, reduces, ...four])
  bench.loss(3_000, danger)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.deepStrictEqual(reasonsIn(bench.loss(4_000, danger)), ["retry_waits", "retry_waits", "retry_waits"])
  const again = commandsIn(bench.loss(13_000, danger))
  assert.deepStrictEqual(
    again.map(({ attempt, positionId }) => [positionId, attempt]),
    [["p1", 2]]
  )
})

sync("plans anew when the trades that it was to close had ended before", () => {
  const trades = [position, { ...position, positionId: "p2", quantityUsd: 100, marginSats: 16_668 }]
  const bench = new Bench([account, { ...reduces, reducePercentage: 10 }, ...trades])
  bench.loss(3_000, danger)
  assert.deepStrictEqual(planOf(bench), { _tag: "close_trades", trades: [{ positionId: "p2", quantityUsd: 100 }] })
  bench.change({ ...trades[1]!, status: "closed", closedAtMs: 3_000, revision: 2 })
  const outputs = bench.outcome(bench.commands[0]!, "refused", "position_closed")
  assert.deepStrictEqual(reasonsIn(outputs), ["retry_waits"])
  assert.deepStrictEqual(reasonsIn(bench.loss(13_000, danger)), ["action_unsupported"])
})

/** @guarantee protection: No position is left unguarded in silence */
sync("says that nothing fits, with what to do by hand, and acts once other trades make it fit", () => {
  const bench = new Bench([account, reduces, position])
  const outputs = bench.loss(3_000, danger)
  assert.deepStrictEqual(reasonsIn(outputs), ["action_unsupported"])
  assert.deepStrictEqual(noticesIn(outputs).slice(1), ["critical: First: a position is not protected"])
  const bodies = outputs.flatMap((output) => (output._tag === "Notification" ? [output.value.body] : []))
  assert.match(bodies.at(-1) ?? "", /none of your trades of this side fits within 50 % .* by hand/u)
  assert.deepStrictEqual(bench.loss(4_000, danger), [])
  bench.change({ ...position, positionId: "p2", marginSats: position.marginSats * 2 })
  assert.deepStrictEqual(
    commandsIn(bench.loss(5_000, danger)).map(({ positionId }) => positionId),
    ["p1"]
  )
})

sync("closes at least the percentage where the strategy says so, and other sides and markets are not touched", () => {
  const others = [
    { ...position, positionId: "p0", side: "sell" } as const,
    { ...position, positionId: "q0", marginMode: "cross" } as const,
    { ...position, positionId: "x0", market: "other" }
  ]
  const bench = new Bench([account, { ...reduces, reduceStrategy: "close_trades_at_least" }, position, ...others])
  bench.loss(3_000, danger)
  const plan = bench.commands.map((command) => command.action)[0]
  assert.deepStrictEqual(plan, {
    _tag: "reduce_position",
    reducePercentage: 50,
    strategy: "close_trades_at_least",
    plan: { _tag: "close_trades", trades: [{ positionId: "p1", quantityUsd: 1000 }] }
  })
})

sync("hedges once in an episode", () => {
  const bench = new Bench([account, { ...reduces, reducePercentage: 33.3, reduceStrategy: "hedge" }, position])
  bench.loss(3_000, danger)
  assert.deepStrictEqual(planOf(bench), { _tag: "hedge", side: "sell", quantityUsd: 333, leverage: 10 })
  const outcome = { ...outcomeOf(bench.commands[0]!, "completed", "done"), effectId: "h1" }
  bench.take(bench.evaluator.outcome(outcome, "w1", 0))
  assert.deepStrictEqual(bench.open, [bench.commands[0]!.commandId])
  bench.change({ ...position, positionId: "h1", side: "sell" })
  assert.deepStrictEqual(bench.open, [])
  bench.loss(4_000, 0.95)
  assert.strictEqual(bench.commands.length, 1)
})

/**
 * @guarantee protection: A cross position is guarded by the margin that it can lose
 * @how margin without the maintenance margin; it is reduced by an opposite order, again while it is in danger
 */
sync("guards a cross position by its margin without the maintenance margin, and reduces it by an order", () => {
  const cross = { ...position, marginMode: "cross", marginSats: 300_000, maintenanceMarginSats: 2_500 } as const
  const bench = new Bench([account, reduces, cross])
  const priceAt = (loss: number) => 1 / (1 / 60_000 + (loss * 297_500) / (1000 * 100_000_000))
  assert.strictEqual(commandsIn(bench.tick(2_000, priceAt(0.849))).length, 0)
  const [command] = commandsIn(bench.tick(3_000, priceAt(0.851)))
  assert.strictEqual(command?.marginMode, "cross")
  assert.deepStrictEqual(planOf(bench), { _tag: "cross_order", side: "sell", quantityUsd: 500 })
  bench.outcome(command!, "completed", "done")
  bench.tick(3_500, priceAt(0.851))
  assert.strictEqual(bench.commands.length, 1, "the position has not shown the effect yet")
  bench.change({ ...cross, marginSats: 299_999, revision: 2 })
  bench.tick(3_600, priceAt(0.851))
  assert.deepStrictEqual(bench.open, [command!.commandId], "a funding fee is not the effect")
  bench.change({ ...cross, quantityUsd: 500, marginSats: 170_000, revision: 3 })
  assert.deepStrictEqual(bench.open, [])
  assert.strictEqual(commandsIn(bench.tick(4_000, priceAt(0.851))).length, 0)
  assert.strictEqual(commandsIn(bench.tick(5_000, 47_000)).length, 1)
})

sync("adds margin to a cross position once its figures show the last addition", () => {
  const cross = { ...position, marginMode: "cross", marginSats: 168_500, maintenanceMarginSats: 1_834 } as const
  const bench = new Bench([account, { ...rule, action: "add_margin", addMarginAmountSats: 100 }, cross])
  bench.loss(3_000, 0.9)
  bench.outcome(bench.commands[0]!, "completed", "done")
  bench.loss(4_000, 0.9)
  assert.strictEqual(bench.commands.length, 1)
  bench.change({ ...cross, marginSats: 168_600, revision: 2 })
  bench.loss(5_000, 0.9)
  assert.strictEqual(bench.commands.length, 2)
})
