import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PriceHeap } from "../src/index.ts"

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const operations = Schema.Array(Schema.Struct({ handle: small(40), key: small(20), remove: Schema.Boolean }))

it.effect.prop(
  "holds the same handles as a plain map, after any inserts and removals",
  [operations],
  ([steps]) =>
    Effect.sync(() => {
      const heap = new PriceHeap()
      const model = new Map<number, number>()
      for (const { handle, key, remove } of steps) {
        heap.remove(handle)
        model.delete(handle)
        if (!remove) {
          heap.insert(handle, key)
          model.set(handle, key)
        }
        const visited: Array<number> = []
        heap.visitFrom(10, (found) => visited.push(found))
        const expected = [...model].filter(([, at]) => at >= 10).map(([found]) => found)
        assert.deepStrictEqual(visited.sort(byNumber), expected.sort(byNumber))
        assert.strictEqual(heap.size, model.size)
        assert.strictEqual(heap.top, Math.max(Number.NEGATIVE_INFINITY, ...model.values()))
      }
    }),
  { arbitrary: { runs: 300 } }
)

const byNumber = (a: number, b: number): number => a - b
