/** A command while the breaker of its account's orders is open. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeExecutor } from "./ExecutorFixture.ts"

it.effect("is held, with nothing written, while the account's orders are down", () =>
  Effect.gen(function* () {
    const { exchange, ledger, run } = yield* makeExecutor()
    exchange.ordersDown = true
    assert.deepInclude(yield* Effect.flip(run()), { kind: "system", reason: "dependencyDown", retryAfterMs: 400 })
    assert.isUndefined(yield* ledger.find("command-trade-1"))
    exchange.ordersDown = false
    assert.strictEqual((yield* run()).outcome.reason, "done")
  })
)

/** @guarantee effects: A lost reply is read back, never guessed */
it.effect("reads a lost order back while orders are down, and sends it again only when they are not", () =>
  Effect.gen(function* () {
    const applied = yield* makeExecutor()
    applied.exchange.fates.push("applied_reply_lost")
    applied.exchange.readUnavailable = 1
    yield* Effect.flip(applied.run())
    applied.exchange.ordersDown = true
    assert.strictEqual((yield* applied.run()).outcome.reason, "done")
    assert.strictEqual(applied.exchange.sends, 1)

    const dropped = yield* makeExecutor()
    dropped.exchange.fates.push("dropped_reply_lost")
    dropped.exchange.readUnavailable = 1
    yield* Effect.flip(dropped.run())
    dropped.exchange.ordersDown = true
    assert.deepInclude(yield* Effect.flip(dropped.run()), { kind: "system", reason: "dependencyDown" })
    assert.strictEqual((yield* dropped.ledger.find("command-trade-1"))?.state, "unknown")
    dropped.exchange.ordersDown = false
    assert.strictEqual((yield* dropped.run()).outcome.reason, "done")
    assert.strictEqual(dropped.exchange.sends, 2)
  })
)
