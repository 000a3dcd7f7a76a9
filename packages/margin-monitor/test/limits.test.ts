import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { account, Bench, commandsIn, noticesIn, position, reasonsIn, rule } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const adds = { ...rule, action: "add_margin", addMarginAmountSats: 1_000 } as const
const unprotected = "critical: First: a position is not protected"

/** The command's effect shows: the episode is over, the metric is as dangerous as before. */
const settle = (bench: Bench, revision: number): void => {
  const command = bench.commands.at(-1)!
  bench.outcome(command, "completed", "done")
  bench.change({ ...position, revision, commandId: command.commandId })
}

/**
 * @guarantee protection: A rule begins no action within its cool-down, nor more than its maximum in a period of market time
 * @how actions that had an effect, or may have one, are rows of the monitor's changelog
 */
sync("begins no other action within its cool-down, says until when, and tells the user that nothing protects", () => {
  const bench = new Bench([account, { ...adds, coolDownMs: 60_000 }, position])
  bench.loss(3_000, 0.86)
  assert.deepStrictEqual(reasonsIn(bench.loss(3_500, 0.86)), [], "its own command is no other action")
  settle(bench, 2)
  const outputs = bench.loss(4_000, 0.86)
  assert.deepStrictEqual(reasonsIn(outputs), ["cool_down"])
  assert.deepStrictEqual(noticesIn(outputs), [unprotected])
  assert.deepStrictEqual(bench.loss(62_999, 0.86), [])
  assert.strictEqual(commandsIn(bench.loss(63_000, 0.86)).length, 1)
})

/** @guarantee protection: A rule begins no action within its cool-down, nor more than its maximum in a period of market time */
sync("acts so many times in a period, of all its positions together, over a restart", () => {
  const limited = { ...adds, maxActions: { count: 2, periodMs: 100_000 } }
  const rows = [account, limited, position, { ...position, positionId: "p2" }, { ...position, positionId: "p3" }]
  const first = new Bench(rows)
  const outputs = first.loss(3_000, 0.86)
  assert.deepStrictEqual(
    commandsIn(outputs).map(({ positionId }) => positionId),
    ["p1", "p2"]
  )
  assert.deepStrictEqual(reasonsIn(outputs), ["fired", "fired", "max_actions"])
  const second = new Bench(rows, first.rows)
  assert.deepStrictEqual(commandsIn(second.loss(102_999, 0.86)), [])
  assert.deepStrictEqual(
    commandsIn(second.loss(103_000, 0.86)).map(({ positionId }) => positionId),
    ["p3"]
  )
})

sync("does not count what ended without effect", () => {
  const bench = new Bench([account, { ...adds, maxActions: { count: 1 } }, position])
  bench.loss(3_000, 0.86)
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.strictEqual(commandsIn(bench.loss(13_000, 0.86)).length, 1)
  settle(bench, 2)
  const outputs = bench.loss(14_000, 0.86)
  assert.deepStrictEqual(reasonsIn(outputs), ["max_actions"])
  assert.deepStrictEqual(noticesIn(outputs), [unprotected])
  assert.strictEqual(bench.rows.has("activity/a1/r1"), true)
})

sync("counts for one version of the rule, also over a restart", () => {
  const limited = { ...adds, maxActions: { count: 1 } }
  const bench = new Bench([account, limited, position])
  bench.loss(3_000, 0.86)
  settle(bench, 2)
  const again = new Bench([account, { ...limited, version: 2 }, { ...position, revision: 2 }], bench.rows)
  assert.strictEqual(again.rows.has("activity/a1/r1"), false)
  assert.strictEqual(commandsIn(again.loss(4_000, 0.86)).length, 1)
  bench.change({ ...limited, version: 2 })
  assert.strictEqual(commandsIn(bench.loss(4_000, 0.86)).length, 1)
})

sync("forgets the actions of a rule that is deleted", () => {
  const bench = new Bench([account, { ...adds, coolDownMs: 60_000 }, position])
  bench.loss(3_000, 0.86)
  settle(bench, 2)
  bench.remove(adds)
  assert.strictEqual(bench.rows.has("activity/a1/r1"), false)
})

sync("takes back the action of a position that had ended before", () => {
  const bench = new Bench([account, { ...rule, maxActions: { count: 1 } }, position])
  bench.loss(3_000, 0.86)
  bench.change({ ...position, status: "closed", closedAtMs: 3_000, revision: 2 })
  bench.outcome(bench.commands[0]!, "refused", "position_liquidated")
  assert.deepStrictEqual([...bench.rows.keys()], [])
})
