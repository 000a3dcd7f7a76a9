/** What an earlier life of the executor left behind, or is under way: settled, never sent again. */
/** What an earlier life of the executor left behind: settled at the start, never sent again. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { settleLeftBehind } from "../src/settleLeftBehind.ts"
import { actionCases } from "./actionCases.ts"
import { addMargin, makeExecutor, ruleFor } from "./ExecutorFixture.ts"

it.effect("settles at the next start what it had left behind, without sending anything", () =>
  Effect.gen(function* () {
    const { exchange, run, news, tools, ledger } = yield* makeExecutor({ _tag: "close_position" }, (operation, when) =>
      operation === "send" && when === "after" ? Effect.die("kill -9") : Effect.void
    )
    yield* Effect.exit(run())
    assert.lengthOf(yield* settleLeftBehind(tools, news, 0), 0, "what this process sent itself is not left behind")
    const reports = yield* settleLeftBehind(tools, news, 1)
    assert.deepInclude(reports[0]?.value, { status: "completed", reason: "done" })
    assert.strictEqual((yield* ledger.find("command-trade-1"))?.state, "succeeded")
    assert.strictEqual(exchange.sends, 1)
    assert.lengthOf(yield* settleLeftBehind(tools, news, 1), 0)
  })
)

/**
 * @guarantee effects: A command that still stands is not given up because its executor was restarted
 * @how what was never told is not committed: it is delivered again, and its handler decides
 */
it.effect("leaves an intent that was never sent to its command, which is delivered again", () =>
  Effect.gen(function* () {
    let dies = true
    const { exchange, run, news, tools } = yield* makeExecutor(addMargin, (operation, when) =>
      Effect.suspend(() =>
        operation === "ledger.send" && when === "after" && dies ? Effect.die("kill -9") : Effect.void
      )
    )
    yield* Effect.exit(run())
    dies = false
    yield* TestClock.adjust("9 minutes")
    assert.lengthOf(yield* settleLeftBehind(tools, news, 1), 0)
    assert.deepInclude((yield* run()).outcome, { status: "completed", reason: "done" })
    assert.lengthOf(exchange.applied, 1)
  })
)

/**
 * @guarantee effects: Protection of a position does not wait for a lesser command that was under way when the executor died
 * @how once no late copy can be applied, what the exchange does not show is free again
 */
it.effect("lets another command of the position go on once the one before can't be applied any more", () =>
  Effect.gen(function* () {
    let dies = true
    const { command, exchange, ledger, run, news, tables, tools } = yield* makeExecutor(addMargin, (operation, when) =>
      Effect.suspend(() =>
        operation === "ledger.send" && when === "after" && dies ? Effect.die("kill -9") : Effect.void
      )
    )
    yield* Effect.exit(run())
    dies = false
    tables.rules.set("rule-1", ruleFor("close_position"))
    const close = { ...command, commandId: "close", action: { _tag: "close_position" } } as const
    assert.strictEqual((yield* Effect.flip(run(close))).reason, "sent_intent")
    assert.lengthOf(yield* settleLeftBehind(tools, news, 1), 0)
    assert.strictEqual((yield* Effect.flip(run(close))).reason, "sent_intent", "a late copy could still be applied")
    yield* TestClock.adjust("31 seconds")
    assert.lengthOf(yield* settleLeftBehind(tools, news, 1), 0)
    assert.strictEqual((yield* ledger.find("command-trade-1"))?.state, "not_applied")
    assert.deepInclude((yield* run(close)).outcome, { status: "completed", reason: "done" })
    tables.rules.set("rule-1", ruleFor("add_margin"))
    assert.deepInclude((yield* run()).outcome, { status: "refused", reason: "revision_superseded" })
    assert.lengthOf(exchange.applied, 1)
  })
)

/** @guarantee effects: A command that still stands is not given up because its executor was restarted */
it.effect("tells nothing of a command whose first order is settled and whose next one is still to be sent", () =>
  Effect.gen(function* () {
    const entry = actionCases.find(({ name }) => name === "cross entry")!
    let dies = true
    const { exchange, run, news, tables, tools } = yield* makeExecutor(entry.command.action, (operation, when) =>
      Effect.suspend(() =>
        operation === "ledger.settle" && when === "after" && dies ? Effect.die("kill -9") : Effect.void
      )
    )
    entry.prepare(exchange, tables)
    exchange.fates.push("applied_reply_lost")
    yield* Effect.exit(run(entry.command))
    dies = false
    assert.lengthOf(yield* settleLeftBehind(tools, news, 1), 0)
    assert.deepInclude((yield* run(entry.command)).outcome, { status: "completed", reason: "done" })
    assert.lengthOf(exchange.applied, entry.changes.length)
  })
)

/** @guarantee effects: What can't be proven blocks that position only, and is alarmed */
it.effect("tells of an unknown intent once, and again when it is settled", () =>
  Effect.gen(function* () {
    const { exchange, run, news, tools } = yield* makeExecutor(addMargin)
    exchange.fates.push("dropped_reply_lost")
    yield* Effect.flip(run())
    exchange.open("trade-1", { marginSats: 166_000 })
    yield* run()
    yield* TestClock.adjust("2 minutes")
    assert.lengthOf(yield* settleLeftBehind(tools, news, 0), 0)
    exchange.open("trade-1", { marginSats: 166_666 })
    const reports = yield* settleLeftBehind(tools, news, 0)
    assert.deepInclude(reports[0]?.value, { status: "refused", reason: "not_applied_in_time" })
  })
)

/** @guarantee effects: A request under way is not cut off by a stop */
it.effect("does not interrupt a request that is under way", () =>
  Effect.gen(function* () {
    let waits = false
    const { exchange, run, ledger } = yield* makeExecutor({ _tag: "close_position" }, (operation, when) =>
      Effect.suspend(() => {
        if (operation !== "send" || when !== "before" || waits) return Effect.void
        waits = true
        return Effect.sleep("2 seconds")
      })
    )
    const fiber = yield* Effect.forkChild(run().pipe(Effect.timeoutOption("1 second")))
    yield* TestClock.adjust("3 seconds")
    yield* Fiber.await(fiber)
    assert.lengthOf(exchange.applied, 1)
    assert.strictEqual((yield* ledger.find("command-trade-1"))?.state, "succeeded")
  })
)
