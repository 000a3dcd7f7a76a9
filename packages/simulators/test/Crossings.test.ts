import { assert, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { addMargin, type GuardRule, Maths, makeLocalExchange, newTrade, summarise } from "../src/index.ts"
import type { ReceivedOrder } from "../src/Journal.ts"

const rule: GuardRule = { id: "r", account: "alice", kind: "margin_guard", threshold: 0.8, action: "add_margin" }

const guarded = (rules: ReadonlyArray<GuardRule> = [rule]) => {
  const exchange = makeLocalExchange({ market: { priceStep: null } })
  Result.getOrThrow(exchange.openAccount({ id: "alice", name: "Alice", balance: 10_000_000 }))
  exchange.prime({ price: 60_000, timeMs: 1000 })
  const order = { type: "market", side: "buy", quantity: 1000, leverage: 10 } as const
  const { id } = Result.getOrThrow(exchange.run((state) => newTrade(state, "alice", order)))
  exchange.crossings.setRules(rules)
  let timeMs = 1000
  const tick = (price: number) => {
    timeMs += 1000
    exchange.tick({ price, timeMs })
    return exchange.journal.read().crossings.length
  }
  return { exchange, id, tick }
}

it("counts one crossing while the position stays beyond, and another once it was back", () => {
  const { tick } = guarded()
  assert.deepStrictEqual([58_000, 55_500, 55_400, 55_500, 57_000, 55_500].map(tick), [0, 1, 1, 1, 1, 2])
})

it("counts again after margin was added and the position is beyond still or again", () => {
  const { exchange, id, tick } = guarded()
  tick(55_500)
  Result.getOrThrow(exchange.run((state) => addMargin(state, "alice", id, 1000)))
  assert.strictEqual(tick(55_400), 2)
  Result.getOrThrow(exchange.run((state) => addMargin(state, "alice", id, 100_000)))
  assert.deepStrictEqual([tick(55_400), tick(52_800)], [2, 3])
})

it("evaluates the position that the same tick liquidates", () => {
  const { exchange, tick } = guarded()
  assert.strictEqual(tick(50_000), 1)
  assert.strictEqual(exchange.journal.read().liquidations.length, 1)
  assert.strictEqual(tick(49_000), 1)
})

it("calls an effect beyond one per crossing a duplicate, and one without a crossing unexpected", () => {
  const { exchange, id, tick } = guarded()
  tick(55_500)
  const effect = (action: string): ReceivedOrder => ({
    account: "alice",
    action,
    id,
    receivedAtMs: 1,
    appliedAtMs: 1,
    marketTimeMs: 1,
    price: 1,
    applied: true,
    status: 200,
    reason: undefined
  })
  exchange.journal.orderReceived(effect("add_margin"))
  assert.strictEqual(summarise(exchange.journal).duplicates.length, 0)
  exchange.journal.orderReceived(effect("add_margin"))
  exchange.journal.orderReceived(effect("close_position"))
  const summary = summarise(exchange.journal)
  assert.strictEqual(summary.duplicates.length, 1)
  assert.strictEqual(summary.unexpected.length, 1)
  assert.strictEqual(summary.effects.length, 3)
})

it.effect.prop(
  "finds what a straight loop over the prices finds",
  { moves: Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -0.03, maximum: 0.03 }))) },
  ({ moves }) =>
    Effect.sync(() => {
      const { exchange, tick } = guarded()
      let price = 60_000
      let [beyond, gone, expected] = [false, false, 0]
      for (const move of moves) {
        price *= 1 + move
        const loss = Maths.marginLoss("buy", 1000, 60_000, 166_666, price)
        if (!gone && loss >= 0.8 && !beyond) expected += 1
        beyond = loss >= 0.8
        gone ||= loss >= 1
        tick(price)
      }
      assert.strictEqual(exchange.journal.read().crossings.length, expected)
    })
)
