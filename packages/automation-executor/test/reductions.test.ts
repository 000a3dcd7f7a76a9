/** Reductions and entries of several orders: each is an effect of its own, and the outcome says what was really done. */
import { assert, it } from "@effect/vitest"
import type { Notification } from "@millrace/contracts"
import { Effect } from "effect"
import { actionCases } from "./actionCases.ts"
import { makeExecutor, recordOf as recordFor } from "./ExecutorFixture.ts"
import { liquidated, runningTrade } from "./ScriptedExchange.ts"

const prepared = Effect.fnUntraced(function* (name: string, options: Parameters<typeof makeExecutor>[1] = {}) {
  const { command, prepare } = actionCases.find((given) => given.name === name)!
  const executor = yield* makeExecutor(command.action, options)
  prepare(executor.exchange, executor.tables)
  return { ...executor, run: () => executor.run(command) }
})

/**
 * @guarantee effects: A reduction closes each trade once, and says what was really reduced
 * @how each trade is an intent of its own; parts that failed are listed, and do not repeat the others
 */
it.effect("closes the other trades when one is gone, and lists what was really reduced", () =>
  Effect.gen(function* () {
    const { exchange, list, run } = yield* prepared("reduce by closing trades")
    exchange.trades.set("trade-2", liquidated(runningTrade("trade-2"), 5))
    const { outcome, records } = yield* run()
    assert.deepInclude(outcome, { status: "completed", reason: "partly_done", reducedQuantityUsd: 2000 })
    assert.deepStrictEqual(outcome.parts, [
      { positionId: "trade-1", quantityUsd: 1000, status: "completed", reason: "done" },
      { positionId: "trade-2", quantityUsd: 1000, status: "refused", reason: "position_liquidated" },
      { positionId: "trade-3", quantityUsd: 1000, status: "completed", reason: "done" }
    ])
    assert.strictEqual(outcome.pnlSats, -2 * 87_719)
    const { body, level } = records[2]!.value as Notification
    assert.strictEqual(level, "critical")
    assert.include(body, "Reduced by 2000 USD; trade trade-1 of 1000 USD: completed (done)")
    assert.include(body, "by hand: open the exchange")
    assert.deepInclude(yield* list.find("command-trade-1"), { status: "failed", reason: "partly_done" })
  })
)

it.effect("goes on with the next trade after a crash between two, and repeats none", () =>
  Effect.gen(function* () {
    let left = 2
    const { exchange, run } = yield* prepared("reduce by closing trades", (operation, when) =>
      operation === "ledger.settle" && when === "after" && left-- > 0 ? Effect.die("kill -9") : Effect.void
    )
    yield* Effect.exit(run())
    assert.lengthOf(exchange.applied, 1)
    yield* Effect.exit(run())
    assert.lengthOf(exchange.applied, 2)
    assert.deepInclude((yield* run()).outcome, { status: "completed", reason: "done", reducedQuantityUsd: 3000 })
    assert.deepStrictEqual(
      exchange.applied.map(({ subject }) => subject),
      ["trade-1", "trade-2", "trade-3"]
    )
    assert.strictEqual(exchange.sends, 3)
  })
)

it.effect("does not hold the other trades up when one is held, nor close them again afterwards", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* prepared("reduce by closing trades")
    exchange.fates.push("ok", "rate_limited")
    assert.strictEqual((yield* Effect.flip(run())).reason, "rateLimited")
    assert.deepStrictEqual(
      exchange.applied.map(({ subject }) => subject),
      ["trade-1", "trade-3"]
    )
    assert.deepInclude((yield* run()).outcome, { reason: "done", reducedQuantityUsd: 3000 })
    assert.lengthOf(exchange.applied, 3)
  })
)

it.effect("refuses as a whole what could not be reduced at all", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* prepared("reduce by closing trades")
    for (const id of ["trade-1", "trade-2", "trade-3"])
      exchange.open(id, { status: "closed", closedAtMs: 0, exitPriceUsd: 58_000 })
    const { outcome } = yield* run()
    assert.deepInclude(outcome, { status: "refused", reason: "position_closed", reducedQuantityUsd: 0 })
  })
)

it.effect("says what a hedge and an opposite order took off, and leaves the position's figures alone", () =>
  Effect.gen(function* () {
    for (const name of ["reduce by a hedge", "reduce cross"]) {
      const { outcome } = yield* (yield* prepared(name)).run()
      assert.deepInclude(outcome, { status: "completed", reducedQuantityUsd: 300 })
      assert.isUndefined(outcome.after)
      assert.isDefined(outcome.effectId)
    }
  })
)

/**
 * @guarantee protection: A position that was hedged can still be closed, hedged again or given margin
 * @how the hedge is another trade, so that the ledger does not take it for an action on this revision of the position; found by `npm run simulate -- --world trading`
 */
it.effect("does not take a hedge for an action on the position, which another rule then closes", () =>
  Effect.gen(function* () {
    const { command, prepare } = actionCases.find(({ name }) => name === "reduce by a hedge")!
    const { exchange, run, tables } = yield* makeExecutor(command.action)
    prepare(exchange, tables)
    yield* run(command)
    const operator = { actor: "somebody", commandId: command.commandId, atMs: 0 }
    const again = { ...command, commandId: "hedge-again", attempt: 2, operator }
    assert.deepInclude((yield* run(again)).outcome, { status: "completed", reason: "done" })
    const close = { ...again, commandId: "close", action: { _tag: "close_position" } } as const
    assert.deepInclude((yield* run(close)).outcome, { status: "completed", reason: "done" })
    assert.deepStrictEqual(
      exchange.applied.map(({ what }) => what),
      ["open_trade", "open_trade", "close_trade"]
    )
  })
)

it.effect("tells an entry's trade, and refuses to change the leverage of a cross position that is there", () =>
  Effect.gen(function* () {
    const isolated = yield* prepared("new trade")
    const { outcome } = yield* isolated.run()
    assert.deepInclude(outcome, { status: "completed", ruleKind: "auto_entry" })
    assert.notProperty(outcome, "positionId")
    assert.deepInclude(outcome.after, { open: true, quantityUsd: 700, leverage: 5 })
    assert.strictEqual(isolated.exchange.trades.get(outcome.effectId!)?.clientId, "command-entry")
    const cross = yield* prepared("cross entry")
    cross.exchange.account.openCross("buy", 500)
    assert.deepInclude((yield* cross.run()).outcome, { status: "refused", reason: "cross_leverage_differs" })
    cross.exchange.account.cross = { ...cross.exchange.account.cross, leverage: 5 }
    assert.strictEqual(cross.exchange.sends, 0)
  })
)

/** @guarantee effects: What can't be proven blocks that position only, and is alarmed */
it.effect(
  "does not take one of several equal orders for its own, and leaves out what the ledger knows as another's",
  () =>
    Effect.gen(function* () {
      const several = yield* prepared("reduce cross")
      several.exchange.fates.push("applied_reply_lost")
      several.exchange.readUnavailable = 1
      yield* Effect.flip(several.run())
      const [ours] = several.exchange.account.orders
      several.exchange.account.orders.push({ ...ours!, orderId: "by-hand" })
      assert.deepInclude((yield* several.run()).outcome, { status: "unknown", reason: "ambiguous_read_back" })

      const known = yield* prepared("reduce cross")
      const first = known.command.commandId
      const { outcome } = yield* known.run()
      known.exchange.fates.push("dropped_reply_lost")
      const second = {
        ...actionCases.find(({ name }) => name === "reduce cross")!.command,
        commandId: "second",
        positionRevision: 2
      }
      known.tables.positions.clear()
      known.exchange.account.openCross("buy", 1000)
      const position = several.tables.positions.get("trade-1")!
      known.tables.positions.set("trade-1", { ...position, revision: 2 })
      const exit = yield* Effect.flip(known.handle({ ...recordFor(second), attempt: 1 }))
      assert.strictEqual(exit.reason, "signature_window", `the order of ${first}, ${outcome.effectId}, is not its own`)
    })
)
