import { assert, it } from "@effect/vitest"
import type { AccountState } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { cut, drive, found, loopOf, positionsOf, ruleShape, rulesOf, seed, shape, ticksOf } from "./arbitraryWork.ts"
import { account, Bench } from "./fixtures.ts"
import type { LoopResult } from "./straightLoop.ts"

/** The order within a tick follows the keys: levels and rules of a position in one walk, which the straight loop parts. */
const sorted = ({ commands, levels, reasons }: LoopResult) => ({
  commands: commands.toSorted(),
  levels: levels.toSorted(),
  reasons: reasons.toSorted()
})

/** @guarantee protection: Every guarded position is decided on as if each pair were evaluated on each tick */
it.effect.prop(
  "issues the commands, level changes and reasons of a straight loop over all pairs, entries and ticks",
  [Schema.Array(shape), Schema.NonEmptyArray(ruleShape), seed],
  ([shapes, ruleShapes, from]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf(ruleShapes)
      const ticks = ticksOf(from, positions, rules)
      const bench = new Bench([account, ...rules, ...positions])
      drive(bench, ticks)
      assert.deepStrictEqual(sorted(found(bench)), sorted(loopOf(positions, rules, ticks)))
    }),
  { arbitrary: { runs: 80 } }
)

/**
 * @guarantee crash: monitor after the send, before the commit
 * @redelivered the ticks
 * @harmless it goes on from its own rows; where they lack a command that went out ahead of them, the same is decided
 *   again under the same id: ids depend only on rule, version, position, episode and attempt
 */
it.effect.prop(
  "goes on as if nothing had happened when it is restarted in the middle from its own rows",
  [Schema.Array(shape), Schema.NonEmptyArray(ruleShape), seed, cut],
  ([shapes, ruleShapes, from, at]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf(ruleShapes)
      const ticks = ticksOf(from, positions, rules)
      const rows: ReadonlyArray<AccountState> = [account, ...rules, ...positions]
      const whole = new Bench(rows)
      drive(whole, ticks)
      const before = new Bench(rows)
      drive(before, ticks.slice(0, at))
      const after = new Bench(rows, before.rows)
      assert.sameMembers([...after.open], [...before.open])
      drive(after, ticks.slice(at))
      const [one, two] = [found(before), found(after)]
      const both = {
        commands: [...one.commands, ...two.commands],
        levels: [...one.levels, ...two.levels],
        reasons: [...one.reasons, ...two.reasons]
      }
      assert.deepStrictEqual(both, found(whole))
      assert.deepStrictEqual(new Map([...after.rows].sort()), new Map([...whole.rows].sort()))
    }),
  { arbitrary: { runs: 60 } }
)

/** @guarantee crash: monitor before its outputs are sent */
it.effect.prop(
  "puts out the same, byte for byte, whatever the order of the rows",
  [Schema.Array(shape), Schema.Array(ruleShape), seed],
  ([shapes, ruleShapes, from]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf(ruleShapes)
      const ticks = ticksOf(from, positions, rules)
      const one = new Bench([account, ...rules, ...positions])
      const other = new Bench([...positions.toReversed(), ...rules.toReversed(), account])
      drive(one, ticks)
      drive(other, ticks)
      assert.strictEqual(JSON.stringify(other.all), JSON.stringify(one.all))
    })
)
