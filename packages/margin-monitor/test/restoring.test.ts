import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { account, Bench, commandsIn, position, rule } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const adds = { ...rule, action: "add_margin", addMarginAmountSats: 20_000 } as const
const rows = [account, adds, position]

sync("waits on for a command's outcome after a restart, and for its effect after the outcome", () => {
  const first = new Bench(rows)
  first.loss(3_000, 0.86)
  const command = first.commands[0]!
  const second = new Bench(rows, first.rows)
  assert.deepStrictEqual(second.open, [command.commandId])
  assert.deepStrictEqual(commandsIn(second.loss(4_000, 0.9)), [])
  second.outcome(command, "completed", "done")
  const third = new Bench(rows, second.rows)
  assert.deepStrictEqual(third.open, [command.commandId])
  third.change({ ...position, marginSats: 186_666, revision: 2, commandId: command.commandId })
  assert.deepStrictEqual(third.open, [])
  assert.strictEqual(commandsIn(third.loss(5_000, 0.99)).length, 1)
})

sync("sees at the start that the position shows the effect already", () => {
  const first = new Bench(rows)
  first.loss(3_000, 0.86)
  const command = first.commands[0]!
  first.outcome(command, "completed", "done")
  const after = { ...position, marginSats: 186_666, revision: 2, commandId: command.commandId }
  const second = new Bench([account, adds, after], first.rows)
  assert.deepStrictEqual(second.open, [])
  assert.strictEqual(second.rows.has("episode/a1/p1/r1"), false)
})

sync("keeps in mind that the effect was seen, when the outcome comes after a restart and a later revision", () => {
  const first = new Bench(rows)
  first.loss(3_000, 0.86)
  const command = first.commands[0]!
  first.change({ ...position, marginSats: 186_666, revision: 2, commandId: command.commandId })
  const funded = { ...position, marginSats: 186_600, revision: 3 }
  const second = new Bench([account, adds, funded], first.rows)
  second.outcome(command, "completed", "done")
  assert.deepStrictEqual(second.open, [])
  assert.strictEqual(second.rows.has("episode/a1/p1/r1"), false)
})

sync("deletes rows of positions and rules that are gone, but waits for a command that is under way", () => {
  const first = new Bench([account, adds, { ...adds, ruleId: "r2", threshold: 0.7 }, position])
  first.loss(3_000, 0.86)
  const [one, two] = first.commands
  first.outcome(one!, "failed", "unavailable")
  const second = new Bench([account], first.rows)
  assert.deepStrictEqual([...second.rows.keys()], [`episode/a1/p1/${two!.ruleId}`])
  second.outcome(two!, "refused", "position_closed")
  assert.strictEqual(second.rows.size, 0)
})

sync("starts a changed rule afresh after a restart", () => {
  const first = new Bench([account, { ...rule, retryAfterMs: 1_000_000 }, position])
  first.loss(3_000, 0.86)
  first.outcome(first.commands[0]!, "failed", "unavailable")
  const second = new Bench([account, { ...rule, version: 2 }, position], first.rows)
  const [command] = commandsIn(second.loss(4_000, 0.86))
  assert.strictEqual(command?.attempt, 1)
  assert.strictEqual(command?.ruleVersion, 2)
})
