import { assert, it } from "@effect/vitest"
import { inputPlan } from "../src/TopicPlan.ts"
import { orders, testTopics, ticks } from "./workbench.ts"

const reserveOf = (contract: typeof orders, own: { readonly concurrency: number; readonly reserve?: number }) =>
  inputPlan(contract as never, testTopics.topic(contract.name)!, testTopics.policyOf, own).reserve

it("keeps a fifth of the handlers, at least one and never all, for the most urgent of several lanes", () => {
  assert.strictEqual(reserveOf(orders, { concurrency: 50 }), 10)
  assert.strictEqual(reserveOf(orders, { concurrency: 3 }), 1)
  assert.strictEqual(reserveOf(orders, { concurrency: 1 }), 0)
  assert.strictEqual(reserveOf(ticks, { concurrency: 50 }), 0)
})

it("keeps as many as the worker asks for, but never all", () => {
  assert.strictEqual(reserveOf(orders, { concurrency: 50, reserve: 0 }), 0)
  assert.strictEqual(reserveOf(orders, { concurrency: 50, reserve: 25 }), 25)
  assert.strictEqual(reserveOf(orders, { concurrency: 50, reserve: 80 }), 49)
  assert.strictEqual(reserveOf(orders, { concurrency: 50, reserve: -1 }), 0)
})
