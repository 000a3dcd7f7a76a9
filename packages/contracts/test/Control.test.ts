import { assert, it } from "@effect/vitest"
import { controlKey, covers, type PauseScope, pauseKey } from "../src/index.ts"

it("gives each scope a key of its own, which begins with its kind", () => {
  const scopes: ReadonlyArray<PauseScope> = [
    { topic: "orders" },
    { topic: "orders", lane: "low" },
    { topic: "orders", worker: "low" },
    { topic: "orders", lane: "low", worker: "executor" }
  ]
  assert.deepStrictEqual(scopes.map(pauseKey), [
    "pause/orders/*/*",
    "pause/orders/low/*",
    "pause/orders/*/low",
    "pause/orders/low/executor"
  ])
  assert.strictEqual(controlKey({ _tag: "ControlsHeartbeat", atMs: 1 }), "heartbeat")
})

it("knows which pauses are part of another", () => {
  assert.isTrue(covers({ topic: "orders" }, { topic: "orders", lane: "low", worker: "executor" }))
  assert.isTrue(covers({ topic: "orders", lane: "low" }, { topic: "orders", lane: "low" }))
  assert.isFalse(covers({ topic: "orders", lane: "low" }, { topic: "orders" }))
  assert.isFalse(covers({ topic: "orders", worker: "a" }, { topic: "orders", worker: "b" }))
  assert.isFalse(covers({ topic: "orders" }, { topic: "payments" }))
})
