import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { account, Bench, commandsIn, levelsIn, noticesIn, position, rule } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))
const closedAt = (closedAtMs: number) =>
  ({ ...position, status: "closed", closeReason: "liquidated", closedAtMs, revision: 2 }) as const

sync("evaluates the tick at which a position was closed with the position, also when it learns of it before", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(2_000, 0.5)
  bench.change(closedAt(3_000))
  bench.remove(position)
  assert.strictEqual(bench.evaluator.positionsWatched, 1)
  assert.strictEqual(commandsIn(bench.loss(3_000, 0.99)).length, 1)
  assert.strictEqual(bench.evaluator.positionsWatched, 0)
  const [command] = bench.commands
  assert.deepStrictEqual(bench.open, [command!.commandId])
  bench.outcome(command!, "refused", "position_liquidated")
  assert.deepStrictEqual(bench.open, [])
  assert.strictEqual(bench.rows.size, 0)
})

sync("drops a closed position before any later tick", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(2_000, 0.5)
  bench.change(closedAt(3_000))
  assert.deepStrictEqual(bench.loss(3_001, 0.99), [])
  assert.strictEqual(bench.evaluator.positionsWatched, 0)
})

sync("drops a position at once when the tick of its end was evaluated", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(3_000, 0.82)
  bench.change(closedAt(3_000))
  assert.strictEqual(bench.evaluator.positionsWatched, 0)
  assert.strictEqual(bench.rows.size, 0, "its level's row is deleted")
  assert.deepStrictEqual(bench.loss(4_000, 0.99), [])
})

sync("keeps a refused command open until the position's end is seen", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(3_000, 0.99)
  bench.outcome(bench.commands[0]!, "refused", "position_liquidated")
  assert.strictEqual(bench.open.length, 1)
  assert.deepStrictEqual(commandsIn(bench.loss(4_000, 0.99)), [])
  bench.change(closedAt(3_000))
  assert.deepStrictEqual(bench.open, [])
})

sync("does not act on a price from before the position was opened", () => {
  const bench = new Bench([account, rule, position])
  assert.deepStrictEqual(bench.loss(999, 0.99), [])
  assert.strictEqual(commandsIn(bench.loss(1_000, 0.99)).length, 1)
})

sync("changes levels with hysteresis, and tells the user when they rise", () => {
  const bench = new Bench([account, position])
  const seen = [0.79, 0.81, 0.79, 0.91, 0.89, 0.87, 0.91, 0.5].map((share, i) => {
    const outputs = bench.loss(2_000 + i, share)
    return `${levelsIn(outputs).join()} ${noticesIn(outputs).join()}`.trim()
  })
  assert.deepStrictEqual(seen, [
    "",
    "warning normal: First: margin warning",
    "",
    "critical critical: First: margin critical",
    "",
    "warning",
    "critical critical: First: margin critical",
    "normal"
  ])
})

sync("ignores rows that are older than what it knows", () => {
  const bench = new Bench([account, { ...rule, version: 3, threshold: 0.95 }, { ...position, revision: 5 }])
  bench.change({ ...rule, version: 2, threshold: 0.1 })
  bench.change({ ...position, revision: 4, status: "closed", closedAtMs: 1_000 })
  bench.change({ ...account, version: 0, active: false })
  assert.deepStrictEqual(commandsIn(bench.loss(2_000, 0.9)), [])
  assert.strictEqual(commandsIn(bench.loss(3_000, 0.96)).length, 1)
})

sync("keeps a command's row when its rule is deleted meanwhile, and lets go with the outcome", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(3_000, 0.86)
  bench.remove(rule)
  assert.strictEqual(bench.evaluator.pairsWatched, 0)
  const again = new Bench([account, position], bench.rows)
  assert.strictEqual(again.rows.has("episode/a1/p1/r1"), true)
  again.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.strictEqual(again.rows.has("episode/a1/p1/r1"), false)
})

sync("watches nothing of an account whose own row is missing, and everything once it comes", () => {
  const bench = new Bench([rule, position])
  assert.deepStrictEqual(bench.loss(2_000, 0.99), [])
  bench.change(account)
  const outputs = bench.loss(3_000, 0.99)
  assert.strictEqual(commandsIn(outputs).length, 1)
  assert.deepStrictEqual(levelsIn(outputs), ["critical"])
})
