/** Entries on cross margin: the margin is paid in first, once, and what an order that fails leaves behind is told and used. */
import { assert, it } from "@effect/vitest"
import type { Notification, TradeOutcome } from "@millrace/contracts"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { settleLeftBehind } from "../src/settleLeftBehind.ts"
import { actionCases } from "./actionCases.ts"
import { makeExecutor } from "./ExecutorFixture.ts"

const { command, prepare } = actionCases.find(({ name }) => name === "cross entry")!
/** 700 USD at 57,000 USD: 1,228,071 sats; a fifth of it, maintenance margin, fee, and half a percent of room. */
const paidSats = Math.ceil((700 * 100_000_000) / 57_000 / 5 + ((700 * 100_000_000) / 57_000) * 0.0075)

const prepared = Effect.fnUntraced(function* (options: Parameters<typeof makeExecutor>[1] = {}) {
  const executor = yield* makeExecutor(command.action, options)
  prepare(executor.exchange, executor.tables)
  const what = () => executor.exchange.applied.map((change) => change.what)
  return { ...executor, what, run: (commandId = command.commandId) => executor.run({ ...command, commandId }) }
})

/**
 * @guarantee effects: An entry on cross margin pays the margin in that it needs, once, and then orders
 * @how leverage, payment and order are intents of their own; the amount is fixed in the first one, so that a repeat pays the same or nothing
 */
it.effect("sets the leverage, pays what is lacking into the cross margin, and orders", () =>
  Effect.gen(function* () {
    const { exchange, run, what } = yield* prepared()
    const { outcome } = yield* run()
    assert.deepInclude(outcome, { status: "completed", reason: "done", addedMarginSats: paidSats })
    assert.deepStrictEqual(what(), ["set_cross_leverage", "cross_deposit", "cross_order"])
    assert.deepInclude(exchange.account.cross, { quantityUsd: 700, marginSats: paidSats })
    assert.strictEqual(outcome.effectId, exchange.account.orders[0]?.orderId)
  })
)

it.effect("pays only what is lacking, and nothing where enough lies free", () =>
  Effect.gen(function* () {
    const some = yield* prepared()
    some.exchange.account.cross = { ...some.exchange.account.cross, marginSats: 100_000 }
    assert.strictEqual((yield* some.run()).outcome.addedMarginSats, paidSats - 100_000)
    const enough = yield* prepared()
    enough.exchange.account.cross = { ...enough.exchange.account.cross, marginSats: paidSats }
    assert.notProperty((yield* enough.run()).outcome, "addedMarginSats")
    assert.deepStrictEqual(enough.what(), ["set_cross_leverage", "cross_order"])
  })
)

/**
 * @guarantee effects: Margin that was paid in for an entry whose order failed is told, and not paid again by the next attempt
 * @how it stays in the cross margin, where the next attempt finds it free
 */
it.effect("tells what was paid in when the order is refused, and uses it for the next attempt", () =>
  Effect.gen(function* () {
    const { exchange, run, what } = yield* prepared()
    exchange.fates.push("ok", "ok", "no_balance")
    const { outcome, records } = yield* run()
    assert.deepInclude(outcome, { status: "refused", reason: "insufficient_balance", addedMarginSats: paidSats })
    const { body } = records[2]!.value as Notification
    assert.include(body, `${paidSats} sats were paid into the cross margin for it before and are still there`)
    const next = yield* run("command-again")
    assert.deepInclude(next.outcome, { status: "completed" })
    assert.notProperty(next.outcome, "addedMarginSats")
    assert.deepStrictEqual(what(), ["set_cross_leverage", "cross_deposit", "cross_order"])
  })
)

/**
 * @guarantee effects: An entry on cross margin waits while a copy of an earlier close could still come and close it
 * @how the ledger knows which closes went out more than once, or without effect; asked while the entry's intent keeps further ones out
 */
it.effect("opens nothing behind a close that went out twice, until its other copy would be refused", () =>
  Effect.gen(function* () {
    const { exchange, ledger, run, what } = yield* prepared()
    const close = {
      ...{ intentId: "close-1", workspaceId: "w", accountId: "account-1", ruleId: "rule-1", positionId: "trade-1" },
      ...{ lock: "cross", action: "close_position", positionRevision: 1, repeatable: true, request: {} }
    }
    const ending = { reason: "test", outcome: null }
    yield* TestClock.adjust("10 seconds")
    yield* ledger.send(close, 2_000, "e")
    yield* ledger.settle("close-1", 1, { ...ending, state: "unknown" })
    yield* ledger.resend("close-1", 1, 5_000, "e")
    yield* ledger.settle("close-1", 2, { ...ending, state: "succeeded" })
    const held = yield* Effect.flip(run())
    assert.deepInclude(held, { reason: "late_close", kind: "temporary", retryAfterMs: 25_001 })
    assert.strictEqual(exchange.sends, 0)
    yield* TestClock.adjust(25_000)
    assert.strictEqual((yield* Effect.flip(run())).retryAfterMs, 1)
    yield* TestClock.adjust(1)
    assert.deepInclude((yield* run()).outcome, { status: "completed" })
    assert.deepStrictEqual(what(), ["set_cross_leverage", "cross_deposit", "cross_order"])
  })
)

it.effect("moves nothing for an order that a cap refuses, or whose payment the balance does not cover", () =>
  Effect.gen(function* () {
    const capped = yield* prepared({ settings: { EXECUTOR_CAP_ORDER_QUANTITY_USD: 699 } })
    assert.strictEqual((yield* capped.run()).outcome.reason, "cap_order_quantity")
    assert.strictEqual(capped.exchange.sends, 0)
    const poor = yield* prepared()
    poor.exchange.fates.push("ok", "no_balance")
    const { outcome } = yield* poor.run()
    assert.deepInclude(outcome, { status: "refused", reason: "insufficient_balance" })
    assert.notProperty(outcome, "addedMarginSats")
    assert.deepStrictEqual(poor.what(), ["set_cross_leverage"])
  })
)

it.effect("is not stopped in between without telling what was paid: a switch that comes after the payment", () =>
  Effect.gen(function* () {
    let settled = 0
    const { run, switches, what } = yield* prepared((operation, when) =>
      Effect.suspend(() => {
        if (operation !== "ledger.settle" || when !== "after") return Effect.void
        settled += 1
        return settled === 2 ? Effect.die("kill -9") : Effect.void
      })
    )
    yield* Effect.exit(run())
    switches.verdict = { mode: "HALTED", by: undefined, readable: true }
    const { outcome } = yield* run()
    assert.deepInclude(outcome, { status: "refused", reason: "halted", addedMarginSats: paidSats })
    assert.deepStrictEqual(what(), ["set_cross_leverage", "cross_deposit"])
  })
)

it.effect("blocks the cross position while it is not known whether the payment arrived, and does not order", () =>
  Effect.gen(function* () {
    const { exchange, ledger, news, run, tools, what } = yield* prepared()
    exchange.fates.push("ok", "applied_reply_lost")
    exchange.readUnavailable = 0
    exchange.account.transfers.push({ transferId: "by-hand", amountSats: paidSats, atMs: 0 })
    assert.deepInclude((yield* run()).outcome, { status: "unknown", reason: "ambiguous_read_back" })
    assert.deepStrictEqual(what(), ["set_cross_leverage", "cross_deposit"])
    assert.strictEqual((yield* run("command-again")).outcome.reason, "position_blocked")
    yield* ledger.settleByOperator(`${command.commandId}.margin`, "applied", "ann")
    yield* TestClock.adjust("31 seconds")
    const [told] = yield* settleLeftBehind(tools, news, 0)
    assert.deepInclude(told?.value as TradeOutcome, {
      status: "refused",
      reason: "not_sent",
      addedMarginSats: paidSats
    })
  })
)
