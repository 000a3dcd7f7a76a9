import { assert, it } from "@effect/vitest"
import type { TradingMode, TradingScope } from "@millrace/contracts"
import { Effect } from "effect"
import { account, Bench, commandsIn, noticesIn, position, reasonsIn, rule } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const unprotected = "critical: First: a position is not protected"
const turn = (bench: Bench, mode: TradingMode, readable = true, scope: TradingScope = {}) =>
  bench.evaluator.controlled(scope, () => ({ mode, readable }))

const hedges = { ...rule, action: "reduce_position", reducePercentage: 50, reduceStrategy: "hedge" } as const

/**
 * @guarantee protection: A kill switch holds a rule before it decides, and its lifting lets it act with the next tick
 * @how the verdict is one of the reasons; HALTED refuses everything, REDUCE_ONLY and unreadable controls what opens exposure
 */
sync("is held while trading is halted, says so to the user, and acts with the first tick after", () => {
  const bench = new Bench([account, rule, position])
  turn(bench, "HALTED")
  const outputs = bench.loss(3_000, 0.86)
  assert.deepStrictEqual(reasonsIn(outputs), ["halted"])
  assert.deepStrictEqual(noticesIn(outputs).slice(1), [unprotected])
  assert.deepStrictEqual(bench.loss(4_000, 0.86), [])
  turn(bench, "REDUCE_ONLY")
  assert.strictEqual(commandsIn(bench.loss(5_000, 0.86)).length, 1)
})

/** @guarantee protection: A kill switch holds a rule before it decides, and its lifting lets it act with the next tick */
sync("opens nothing while only reducing is allowed, or while the controls can't be read", () => {
  const bench = new Bench([account, hedges, position])
  turn(bench, "REDUCE_ONLY")
  assert.deepStrictEqual(reasonsIn(bench.loss(3_000, 0.86)), ["reduce_only"])
  turn(bench, "ACTIVE", false)
  assert.deepStrictEqual(reasonsIn(bench.loss(4_000, 0.86)), ["controls_unreadable"])
  turn(bench, "ACTIVE")
  assert.strictEqual(commandsIn(bench.loss(5_000, 0.86)).length, 1)
})

sync("protects while the controls can't be read, in the mode last known", () => {
  const bench = new Bench([account, rule, position])
  turn(bench, "ACTIVE", false)
  assert.strictEqual(commandsIn(bench.loss(3_000, 0.86)).length, 1)
})

sync("holds one rule, or one account, and no other", () => {
  const other = { ...rule, ruleId: "r2" }
  const bench = new Bench([account, rule, other, position])
  turn(bench, "HALTED", true, { accountId: "a1", ruleId: "r1" })
  turn(bench, "HALTED", true, { accountId: "a2" })
  assert.deepStrictEqual(
    commandsIn(bench.loss(3_000, 0.86)).map(({ ruleId }) => ruleId),
    ["r2"]
  )
})

sync("names the switch first while a command is under way, and the command again once it is lifted", () => {
  const bench = new Bench([account, rule, position])
  bench.loss(3_000, 0.86)
  turn(bench, "HALTED")
  assert.deepStrictEqual(reasonsIn(bench.loss(4_000, 0.86)), ["halted"])
  turn(bench, "ACTIVE")
  assert.deepStrictEqual(reasonsIn(bench.loss(5_000, 0.86)), ["command_outstanding"])
  bench.outcome(bench.commands[0]!, "failed", "unavailable")
  assert.strictEqual(commandsIn(bench.loss(13_000, 0.86))[0]?.attempt, 2)
})

/**
 * @guarantee protection: Nothing is sent for an account of the main network that is not armed
 * @how `account_not_armed` blocks every rule of it, but for dry runs, which send nothing
 */
sync("waits for the arming of an account of the main network, but for a dry run", () => {
  const main = { ...account, network: "mainnet" } as const
  const bench = new Bench([main, rule, position])
  const outputs = bench.loss(3_000, 0.86)
  assert.deepStrictEqual(reasonsIn(outputs), ["account_not_armed"])
  assert.deepStrictEqual(noticesIn(outputs).slice(1), [unprotected])
  bench.change({ ...main, armed: true, version: 2 })
  assert.strictEqual(commandsIn(bench.loss(4_000, 0.86)).length, 1)
  const dry = new Bench([{ ...main, dryRun: true }, rule, position])
  assert.strictEqual(commandsIn(dry.loss(3_000, 0.86))[0]?.dryRun, true)
})

sync("goes on being held after a restart, and says it only once", () => {
  const first = new Bench([account, rule, position])
  turn(first, "HALTED")
  first.loss(3_000, 0.86)
  const second = new Bench([account, rule, position], first.rows)
  turn(second, "HALTED")
  assert.deepStrictEqual(second.loss(4_000, 0.86), [])
  turn(second, "ACTIVE")
  assert.strictEqual(commandsIn(second.loss(5_000, 0.86)).length, 1)
})
