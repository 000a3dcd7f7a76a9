import { assert, it } from "@effect/vitest"
import { auditLog, type Notification, notifications, tradeLog } from "@millrace/contracts"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { addMargin, makeExecutor, positionFor, ruleFor } from "./ExecutorFixture.ts"
import { commandFor, liquidated, runningTrade } from "./ScriptedExchange.ts"

it.effect("closes the position and tells the trade log, the audit log and the user", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_700_000_000_000)
    const { exchange, run } = yield* makeExecutor()
    const { outcome, records } = yield* run()
    assert.deepStrictEqual(exchange.applied, [{ what: "close_trade", subject: "trade-1", amount: 0 }])
    assert.deepInclude(outcome, { status: "completed", reason: "done", effectId: "trade-1", accountName: "Alice" })
    assert.deepInclude(outcome.after, { open: false, exitPriceUsd: 57_000, closedAtMs: 1_700_000_000_000 })
    assert.strictEqual(outcome.pnlSats, -87_719)
    assert.deepStrictEqual(
      records.map((record) => [record.contract.name, record.key, record.lane]),
      [
        [tradeLog.name, "account-1", undefined],
        [auditLog.name, "workspace-1", undefined],
        [notifications.name, "user-1", "critical"]
      ]
    )
    assert.isTrue(records.every((record) => record.workspaceId === "workspace-1"))
    assert.deepInclude(outcome.timing, { sentAtMs: 1_700_000_000_000, repliedAtMs: 1_700_000_000_000 })
  })
)

it.effect("adds margin and says how much the position has now", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* makeExecutor(addMargin)
    const { outcome } = yield* run()
    assert.lengthOf(exchange.applied, 1)
    assert.deepInclude(outcome, { status: "completed", addedMarginSats: 20_000 })
    assert.deepInclude(outcome.after, { open: true, marginSats: 186_666 })
  })
)

/**
 * @guarantee protection: A dry run sends nothing
 * @how it ends before the ledger
 */
it.effect("sends nothing in a dry run", () =>
  Effect.gen(function* () {
    const { exchange, run, command } = yield* makeExecutor()
    const { outcome } = yield* run({ ...command, dryRun: true })
    assert.deepInclude(outcome, { status: "completed", reason: "dry_run" })
    assert.deepStrictEqual([exchange.sends, exchange.reads], [0, 0])
    assert.isUndefined(outcome.after)
  })
)

it.effect("refuses with position_liquidated what the exchange refuses because it had liquidated the trade", () =>
  Effect.gen(function* () {
    for (const side of ["buy", "sell"] as const) {
      const { exchange, run } = yield* makeExecutor()
      const trade = { ...runningTrade("trade-1"), side, liquidationPriceUsd: side === "buy" ? 54_545.5 : 66_666.5 }
      exchange.trades.set("trade-1", liquidated(trade, 10))
      const { outcome } = yield* run()
      assert.deepInclude(outcome, { status: "refused", reason: "position_liquidated" })
      assert.lengthOf(exchange.applied, 0)
    }
  })
)

it.effect("refuses with position_closed what somebody else had closed", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* makeExecutor()
    exchange.open("trade-1", { status: "closed", exitPriceUsd: 58_000, closedAtMs: 5 })
    assert.deepInclude((yield* run()).outcome, { status: "refused", reason: "position_closed" })
  })
)

/** @guarantee protection: A command is checked against the present state before it acts */
it.effect("asks the exchange about a position that the table does not hold", () =>
  Effect.gen(function* () {
    const gone = yield* makeExecutor()
    gone.tables.positions.clear()
    gone.exchange.trades.set("trade-1", liquidated(runningTrade("trade-1"), 10))
    assert.strictEqual((yield* gone.run()).outcome.reason, "position_liquidated")
    assert.strictEqual(gone.exchange.sends, 0)
    const unknown = yield* makeExecutor()
    unknown.tables.positions.clear()
    unknown.exchange.trades.clear()
    assert.strictEqual((yield* unknown.run()).outcome.reason, "position_unknown")
    const late = yield* makeExecutor(addMargin)
    late.tables.positions.clear()
    late.exchange.fates.push("applied_reply_lost")
    assert.strictEqual((yield* late.run()).outcome.reason, "done", "the margin before came from the exchange")
  })
)

it.effect("tells the truth about a command whose effect was applied before its rule was switched off", () =>
  Effect.gen(function* () {
    let crash = true
    const step = (operation: string, when: string) =>
      crash && operation === "send" && when === "after" ? Effect.die("kill -9") : Effect.void
    const { exchange, run, tables } = yield* makeExecutor({ _tag: "close_position" }, step)
    yield* Effect.exit(run())
    crash = false
    tables.rules.set("rule-1", ruleFor("close_position", { enabled: false }))
    tables.positions.set("trade-1", positionFor("trade-1", { status: "closed", closeReason: "closed", revision: 2 }))
    assert.deepInclude((yield* run()).outcome, { status: "completed", reason: "done" })
    assert.lengthOf(exchange.applied, 1)
  })
)

/** @guarantee effects: A lost reply is read back, never guessed */
it.effect("sees that its lost order was applied when the exchange refuses the repeat of it", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* makeExecutor({ _tag: "close_position" }, (operation, when) =>
      Effect.sync(() => {
        if (operation === "send" && when === "before" && exchange.sends === 1) exchange.arrive(Number.MAX_SAFE_INTEGER)
      })
    )
    exchange.fates.push("late")
    const { outcome } = yield* run()
    assert.strictEqual(exchange.sends, 2)
    assert.deepInclude(outcome, { status: "completed", reason: "done" })
    assert.lengthOf(exchange.applied, 1)
  })
)

it.effect("holds a command with the exchange's own wait when the exchange is busy, and sends it again", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* makeExecutor()
    exchange.fates.push("rate_limited")
    const held = yield* Effect.flip(run())
    assert.deepInclude(held, { _tag: "CommandHeld", kind: "temporary", reason: "rateLimited", retryAfterMs: 700 })
    assert.strictEqual((yield* run()).outcome.status, "completed")
    assert.lengthOf(exchange.applied, 1)
  })
)

/**
 * @guarantee effects: Margin is not paid twice by a late copy
 * @how it is sent again only when the signature of the first is too old
 */
it.effect("does not pay margin again before a late copy of the first request would be refused", () =>
  Effect.gen(function* () {
    const { exchange, run } = yield* makeExecutor(addMargin)
    exchange.fates.push("dropped_reply_lost")
    const held = yield* Effect.flip(run())
    assert.deepInclude(held, { reason: "signature_window", retryAfterMs: 30_000 })
    yield* TestClock.adjust("29 seconds")
    assert.deepInclude(yield* Effect.flip(run()), { reason: "signature_window" })
    assert.strictEqual(exchange.sends, 1)
    yield* TestClock.adjust("1001 millis")
    assert.strictEqual((yield* run()).outcome.status, "completed")
    assert.strictEqual(exchange.sends, 2)
    assert.lengthOf(exchange.applied, 1)
  })
)

/**
 * @guarantee effects: What can't be proven blocks that position only, and is alarmed
 * @how `unknown` until the read-back proves it
 */
it.effect("blocks a position whose margin moved in another way, alarms, and lets other positions go on", () =>
  Effect.gen(function* () {
    const { exchange, run, tables, ledger } = yield* makeExecutor(addMargin)
    exchange.fates.push("dropped_reply_lost")
    yield* Effect.flip(run())
    exchange.open("trade-1", { marginSats: 166_000 })
    const { outcome, records } = yield* run()
    assert.deepInclude(outcome, { status: "unknown", reason: "ambiguous_read_back" })
    const notification = records[2]!.value as Notification
    assert.strictEqual(notification.level, "critical")
    assert.include(notification.body, "by hand")
    tables.rules.set("rule-1", ruleFor("close_position"))
    const next = commandFor("trade-1", { commandId: "next", positionRevision: 9 })
    assert.deepInclude((yield* run(next)).outcome, { status: "refused", reason: "position_blocked" })
    exchange.open("trade-2")
    tables.positions.set("trade-2", positionFor("trade-2"))
    assert.strictEqual((yield* run(commandFor("trade-2"))).outcome.status, "completed")
    assert.strictEqual((yield* ledger.find("command-trade-1"))?.state, "unknown")
  })
)

it.effect(
  "ends with insufficient_balance, credentials_rejected or credentials_missing, and tells what to do by hand",
  () =>
    Effect.gen(function* () {
      const poor = yield* makeExecutor(addMargin)
      poor.exchange.fates.push("no_balance")
      const { outcome, records } = yield* poor.run()
      assert.deepInclude(outcome, { status: "refused", reason: "insufficient_balance" })
      assert.include((records[2]!.value as Notification).body, "by hand")
      const refused = yield* makeExecutor()
      refused.exchange.fates.push("bad_credentials")
      assert.deepInclude((yield* refused.run()).outcome, { status: "failed", reason: "credentials_rejected" })
      const none = yield* makeExecutor({ _tag: "close_position" }, { credentials: {} })
      assert.deepInclude((yield* none.run()).outcome, { status: "failed", reason: "credentials_missing" })
    })
)

/** @guarantee effects: A decision that an applied effect has overtaken is refused */
it.effect("refuses a command that was decided before an effect on the position was applied", () =>
  Effect.gen(function* () {
    const { exchange, run, command } = yield* makeExecutor(addMargin)
    yield* run()
    const second = { ...command, commandId: "second", attempt: 2 }
    assert.deepInclude((yield* run(second)).outcome, { status: "refused", reason: "revision_superseded" })
    assert.lengthOf(exchange.applied, 1)
  })
)

it.effect("does not blame the credentials for a request that was held up until its signature was too old", () =>
  Effect.gen(function* () {
    let pauses = 1
    const { exchange, run } = yield* makeExecutor({ _tag: "close_position" }, (operation, when) =>
      Effect.suspend(() =>
        operation === "ledger.send" && when === "after" && pauses-- > 0 ? Effect.sleep("31 seconds") : Effect.void
      )
    )
    const fiber = yield* Effect.forkChild(Effect.flip(run()))
    yield* TestClock.adjust("40 seconds")
    assert.deepInclude(yield* Fiber.join(fiber), { _tag: "CommandHeld", kind: "temporary" })
    assert.strictEqual((yield* run()).outcome.status, "completed")
    assert.lengthOf(exchange.applied, 1)
  })
)
