import { assert } from "@effect/vitest"
import { deterministicId } from "@millrace/contracts"
import { guarded, sync } from "./episodeFixtures.ts"
import {
  account,
  Bench,
  commandsIn,
  noticesIn,
  position,
  priceAtLoss,
  reasonsIn,
  rule,
  settings,
  tickAt
} from "./fixtures.ts"

/**
 * @guarantee crash: monitor after the send, before the commit
 * @guarantee protection: A crossing fires once
 * @how episodes with hysteresis; a deterministic command id
 */
sync("fires once for a crossing, with the id of rule, version, position, episode and attempt", () => {
  const bench = guarded()
  bench.loss(2_000, 0.84)
  bench.loss(3_000, 0.86)
  bench.loss(4_000, 0.95)
  bench.loss(5_000, 0.86)
  const [command] = bench.commands
  assert.strictEqual(bench.commands.length, 1)
  assert.strictEqual(command?.commandId, deterministicId("r1", "1", "p1", "3000", "1"))
  assert.deepStrictEqual(command?.action, { _tag: "close_position" })
  assert.strictEqual(command?.marketTimeMs, 3_000)
  assert.strictEqual(command?.positionRevision, 1)
  assert.deepStrictEqual(
    bench.open,
    bench.commands.map((each) => each.commandId)
  )
})

sync("closes a command's account when the outcome and the position's end are both seen, in either order", () => {
  for (const outcomeFirst of [true, false]) {
    const bench = guarded()
    bench.loss(3_000, 0.86)
    const command = bench.commands[0]!
    const end = { ...position, status: "closed", closedAtMs: 3_000, revision: 2, commandId: command.commandId } as const
    if (outcomeFirst) bench.outcome(command, "completed", "done")
    else bench.change(end)
    assert.deepStrictEqual(bench.open, [command.commandId])
    if (outcomeFirst) bench.change(end)
    else bench.outcome(command, "completed", "done")
    bench.remove(position)
    assert.deepStrictEqual(bench.open, [])
    assert.strictEqual(bench.evaluator.positionsWatched, 0)
    assert.strictEqual(bench.rows.size, 0)
  }
})

/** @guarantee protection: A crossing fires once */
sync("ends the episode when the metric is back beyond the band, and begins another at the next crossing", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  bench.loss(4_000, 0.84)
  bench.loss(5_000, 0.829)
  bench.loss(6_000, 0.86)
  assert.deepStrictEqual(
    bench.commands.map((command) => command.commandId),
    [deterministicId("r1", "1", "p1", "3000", "1"), deterministicId("r1", "1", "p1", "6000", "1")]
  )
})

sync("does not try again in the band; waits until the condition holds", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  bench.loss(20_000, 0.84)
  assert.strictEqual(bench.commands.length, 1)
  bench.loss(21_000, 0.8501)
  assert.strictEqual(bench.commands[1]?.attempt, 2)
})

sync("adds margin a second time only after the first shows on the position", () => {
  const adds = { ...rule, action: "add_margin", addMarginAmountSats: 20_000 } as const
  const bench = new Bench([account, adds, position])
  bench.loss(3_000, 0.86)
  const first = bench.commands[0]!
  assert.deepStrictEqual(first.action, { _tag: "add_margin", amountSats: 20_000 })
  bench.outcome(first, "completed", "done")
  bench.loss(4_000, 0.99)
  assert.strictEqual(bench.commands.length, 1)
  assert.deepStrictEqual(bench.open, [first.commandId])
  bench.change({
    ...position,
    marginSats: 186_666,
    liquidationPriceUsd: 53_957,
    revision: 2,
    commandId: first.commandId
  })
  assert.deepStrictEqual(bench.open, [])
  bench.loss(5_000, 0.86)
  assert.strictEqual(bench.commands.length, 1, "the added margin lowered the loss below the threshold")
  bench.loss(6_000, 0.99)
  assert.strictEqual(bench.commands.length, 2)
  assert.strictEqual(bench.commands[1]?.positionRevision, 2)
  assert.strictEqual(bench.commands[1]?.attempt, 1)
})

sync("holds a second crossing back while the first command is under way, and records why", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  bench.loss(4_000, 0.5)
  const outputs = bench.loss(5_000, 0.86)
  assert.strictEqual(bench.commands.length, 1)
  assert.deepStrictEqual(reasonsIn(outputs), ["command_outstanding"])
  bench.loss(6_000, 0.5)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.strictEqual(commandsIn(bench.loss(7_000, 0.86)).length, 1)
})

sync("does not act again in an episode whose command an operator withdrew, and says so", () => {
  const bench = guarded()
  bench.loss(3_000, 0.86)
  const outputs = bench.outcome(bench.commands[0]!, "refused", "canceled_by_operator")
  assert.deepStrictEqual(noticesIn(outputs), ["critical: First: a position is not protected"])
  assert.deepStrictEqual(commandsIn(bench.loss(60_000, 0.95)), [])
  bench.loss(61_000, 0.5)
  assert.strictEqual(commandsIn(bench.loss(62_000, 0.86)).length, 1)
})

sync("takes a dry run's outcome as the end of the matter until the metric is back", () => {
  const bench = new Bench([account, { ...rule, dryRun: true }, position])
  const outputs = bench.loss(3_000, 0.86)
  assert.deepStrictEqual(noticesIn(outputs), [
    "normal: First: margin warning",
    "normal: First: margin guard would act (dry run)"
  ])
  bench.outcome(bench.commands[0]!, "completed", "dry_run")
  assert.deepStrictEqual(bench.open, [])
  bench.loss(60_000, 0.95)
  assert.strictEqual(bench.commands.length, 1)
  bench.loss(61_000, 0.5)
  bench.loss(62_000, 0.86)
  assert.strictEqual(bench.commands.length, 2)
})

sync("says why a guard may not act, and fires when it may again", () => {
  const bench = new Bench([account, { ...rule, enabled: false }, position])
  assert.deepStrictEqual(reasonsIn(bench.loss(3_000, 0.86)), ["rule_disabled"])
  assert.deepStrictEqual(reasonsIn(bench.loss(4_000, 0.87)), [])
  bench.change({ ...rule, version: 2 })
  assert.deepStrictEqual(reasonsIn(bench.loss(5_000, 0.87)), ["fired"])
})

sync("watches nothing of an account that is switched off, and goes on where it was when it is on again", () => {
  const bench = new Bench([{ ...account, active: false }, rule, position])
  assert.deepStrictEqual(bench.loss(3_000, 0.95), [])
  assert.deepStrictEqual([bench.evaluator.positionsWatched, bench.evaluator.pairsWatched], [0, 0])
  bench.change({ ...account, version: 2 })
  assert.deepStrictEqual([bench.evaluator.positionsWatched, bench.evaluator.pairsWatched], [1, 1])
  assert.strictEqual(commandsIn(bench.loss(4_000, 0.86)).length, 1)
  assert.strictEqual(bench.open.length, 1)
  bench.change({ ...account, version: 3, active: false })
  assert.deepStrictEqual(bench.open, [], "nobody waits for the commands of an account that is switched off")
  bench.outcome(bench.commands[0]!, "refused", "account_inactive")
  assert.deepStrictEqual(bench.loss(20_000, 0.95), [])
  bench.change({ ...account, version: 4 })
  assert.strictEqual(commandsIn(bench.loss(21_000, 0.86))[0]?.attempt, 2)
})

/**
 * @guarantee protection: A stale price still protects
 * @how the guard fires and, where asked for, records `price_stale`
 */
sync("protects on a stale price, too, and says so when that is asked for", () => {
  const bench = new Bench([account, rule, position], new Map(), { ...settings, freshForMs: 1_000 })
  const tick = tickAt(3_000, priceAtLoss(0.86))
  const fresh = new Bench([account, rule, position], new Map(), { ...settings, freshForMs: 1_000 })
  assert.deepStrictEqual(reasonsIn(fresh.evaluator.evaluate(tick, 4_000) ?? []), ["fired"])
  const outputs = bench.evaluator.evaluate(tick, 4_001) ?? []
  assert.deepStrictEqual(reasonsIn(outputs), ["price_stale", "fired"])
  assert.strictEqual(commandsIn(outputs).length, 1)
})

sync("guards a short position, and by the distance to liquidation", () => {
  const short = { ...position, side: "sell", liquidationPriceUsd: 66_666.5 } as const
  const near = { ...rule, metric: "distance_to_liquidation", threshold: 0.01 } as const
  const bench = new Bench([account, near, short])
  bench.tick(3_000, 65_999)
  assert.strictEqual(bench.commands.length, 0)
  bench.tick(4_000, 66_000)
  assert.strictEqual(bench.commands.length, 1)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  bench.tick(5_000, 64_700)
  bench.tick(6_000, 66_000)
  assert.strictEqual(bench.commands[1]?.attempt, undefined, "inside the band the episode goes on, and waits")
  bench.tick(7_000, 64_600)
  bench.tick(8_000, 66_000)
  assert.strictEqual(bench.commands[1]?.attempt, 1)
})
