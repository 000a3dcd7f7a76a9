import { assert, it } from "@effect/vitest"
import { type AccountState, type Position, type Rule, Side } from "@millrace/contracts"
import { Effect, Schema } from "effect"
import { account, Bench, commandsIn, position, priceAtLoss, rule } from "./fixtures.ts"
import { straightLoop } from "./straightLoop.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const shape = Schema.Struct({
  side: Side,
  quantity: int(1, 5_000),
  entry: int(9_500, 10_500),
  leverage: int(2, 100)
})
const ruleShape = Schema.Struct({ threshold: int(1, 12), retryTicks: int(0, 4) })
/** Seed of a walk of prices. */
const seed = int(1, 2 ** 31 - 1)

/** Steps of so many dollars; 0 goes exactly to where some position has lost a rule's threshold. */
const walkOf = (from: number): ReadonlyArray<number> => {
  let state = from
  return Array.from({ length: 80 }, () => {
    state = Math.imul(state, 48_271) >>> 0
    return state % 5 === 0 ? 0 : ((state >>> 8) % 801) - 400
  })
}

type Shapes = ReadonlyArray<typeof shape.Type>
type RuleShapes = ReadonlyArray<typeof ruleShape.Type>

const stepMs = 15_000

const positionsOf = (shapes: Shapes): ReadonlyArray<Position> =>
  shapes.map(({ entry, leverage, quantity, side }, i) => ({
    ...position,
    positionId: `p${i}`,
    side,
    quantityUsd: quantity,
    entryPriceUsd: entry,
    leverage,
    marginSats: Math.max(1, Math.floor((quantity * 100_000_000) / (entry * leverage)))
  }))

const rulesOf = (shapes: RuleShapes): ReadonlyArray<Rule> =>
  shapes.map(({ retryTicks, threshold }, i) => ({
    ...rule,
    ruleId: `r${i}`,
    threshold: threshold / 10,
    retryAfterMs: retryTicks * stepMs
  }))

const ticksOf = (steps: ReadonlyArray<number>, positions: ReadonlyArray<Position>, rules: ReadonlyArray<Rule>) => {
  let price = 10_000
  return steps.map((step, i) => {
    const at = positions[i % Math.max(1, positions.length)]
    const loss = rules[i % Math.max(1, rules.length)]?.threshold ?? 0.8
    const exact = at === undefined ? 10_000 : priceAtLoss(loss, at)
    price = step === 0 && exact > 100 && exact < 100_000 ? exact : Math.max(500, price + step)
    return { time: 10_000 + i * stepMs, price }
  })
}

/** Every fourth command stays under way for ever; the others fail before the next tick. */
const fails = (commandId: string): boolean => Number.parseInt(commandId.slice(0, 2), 16) % 4 !== 0

const loopOf = (positions: ReadonlyArray<Position>, rules: ReadonlyArray<Rule>, ticks: ReturnType<typeof ticksOf>) =>
  straightLoop(
    positions.map((each) => ({
      id: each.positionId,
      sign: each.side === "buy" ? 1 : -1,
      quantity: each.quantityUsd,
      entry: each.entryPriceUsd,
      margin: each.marginSats
    })),
    rules.map(({ retryAfterMs, ruleId: id, threshold }) => ({ id, threshold, retryAfterMs })),
    ticks,
    fails
  )

const drive = (bench: Bench, ticks: ReturnType<typeof ticksOf>): void => {
  for (const { price, time } of ticks)
    for (const command of commandsIn(bench.tick(time, price)))
      if (fails(command.commandId)) bench.outcome(command, "failed", "unavailable")
}

const found = (bench: Bench) => ({
  commands: bench.commands.map((command) => command.commandId).sort(),
  levels: bench.all
    .flatMap((output) =>
      output._tag === "MarginEvent"
        ? [`${output.value.positionId} ${output.value.marketTimeMs} ${output.value.level}`]
        : []
    )
    .sort()
})

it.effect.prop(
  "issues the commands and level changes of a straight loop over all pairs and ticks",
  [Schema.NonEmptyArray(shape), Schema.NonEmptyArray(ruleShape), seed],
  ([shapes, ruleShapes, from]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf(ruleShapes)
      const ticks = ticksOf(walkOf(from), positions, rules)
      const bench = new Bench([account, ...rules, ...positions])
      drive(bench, ticks)
      const expected = loopOf(positions, rules, ticks)
      assert.deepStrictEqual(found(bench), { commands: expected.commands.sort(), levels: expected.levels.sort() })
    }),
  { arbitrary: { runs: 60 } }
)

it.effect.prop(
  "goes on as if nothing had happened when it is restarted in the middle from its own rows",
  [Schema.NonEmptyArray(shape), Schema.NonEmptyArray(ruleShape), seed, int(0, 80)],
  ([shapes, ruleShapes, from, cut]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf(ruleShapes)
      const ticks = ticksOf(walkOf(from), positions, rules)
      const rows: ReadonlyArray<AccountState> = [account, ...rules, ...positions]
      const whole = new Bench(rows)
      drive(whole, ticks)
      const before = new Bench(rows)
      drive(before, ticks.slice(0, cut))
      const after = new Bench(rows, before.rows)
      assert.sameMembers([...after.open], [...before.open])
      drive(after, ticks.slice(cut))
      const both = { commands: [before, after].flatMap((bench) => found(bench).commands).sort() }
      assert.deepStrictEqual(both.commands, found(whole).commands)
      assert.deepStrictEqual([before, after].flatMap((bench) => found(bench).levels).sort(), found(whole).levels)
      assert.deepStrictEqual(new Map([...after.rows].sort()), new Map([...whole.rows].sort()))
    }),
  { arbitrary: { runs: 60 } }
)

it.effect.prop(
  "puts out the same, byte for byte, whatever the order of the rows",
  [Schema.Array(shape), seed],
  ([shapes, from]) =>
    Effect.sync(() => {
      const positions = positionsOf(shapes)
      const rules = rulesOf([
        { threshold: 5, retryTicks: 1 },
        { threshold: 9, retryTicks: 0 }
      ])
      const ticks = ticksOf(walkOf(from), positions, rules)
      const one = new Bench([account, ...rules, ...positions])
      const other = new Bench([...positions.toReversed(), ...rules.toReversed(), account])
      for (const { price, time } of ticks) {
        one.tick(time, price)
        other.tick(time, price)
      }
      assert.strictEqual(JSON.stringify(other.all), JSON.stringify(one.all))
    })
)
