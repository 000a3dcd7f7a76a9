/** What users and operators learn of commands that wait, were refused, or were settled by hand. */
import { assert, describe, it } from "@effect/vitest"
import {
  type AuditEntry,
  auditLog,
  type Notification,
  notifications,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import type { Outgoing } from "@millrace/runtime"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { settleLeftBehind } from "../src/settleLeftBehind.ts"
import { tidyList } from "../src/tidyList.ts"
import { actionCases } from "./actionCases.ts"
import { makeExecutor, recordOf } from "./ExecutorFixture.ts"

const prepared = Effect.fnUntraced(function* (name: string, options: Parameters<typeof makeExecutor>[1] = {}) {
  const { command, prepare } = actionCases.find((given) => given.name === name)!
  const executor = yield* makeExecutor(command.action, options)
  prepare(executor.exchange, executor.tables)
  return { ...executor, command, run: () => executor.run(command) }
})

const valuesOf = <A>(records: ReadonlyArray<Outgoing>, contract: { readonly name: string }): ReadonlyArray<A> =>
  records.filter((record) => record.contract.name === contract.name).map(({ value }) => value as A)

/**
 * @guarantee protection: A command that waits is told once per reason as pending, with what it waits for and what to do by hand
 * @how told by the handler that holds it; listed in PostgreSQL until it is carried out
 */
describe("a command that waits", () => {
  it.effect("is told once per reason, listed, and taken off the list when it was carried out", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000)
      const { exchange, list, published, run } = yield* prepared("close")
      exchange.ordersDown = true
      yield* Effect.flip(run())
      yield* Effect.flip(run())
      const [told, ...more] = valuesOf<TradeOutcome>(published, tradeLog)
      assert.deepInclude(told, { status: "pending", reason: "dependencyDown", retryAtMs: 1_700_000_000_400 })
      assert.deepStrictEqual(more, [])
      const [notice] = valuesOf<Notification>(published, notifications)
      assert.strictEqual(notice?.level, "warning")
      assert.include(notice?.body, "The exchange is down")
      assert.include(
        notice?.body,
        "What you can do by hand: open the exchange, check position trade-1, and close it there"
      )
      assert.deepStrictEqual(valuesOf(published, auditLog), [])
      const listed = yield* list.find("command-trade-1")
      assert.deepInclude(listed, { status: "pending", reason: "dependencyDown", action: "close_position" })
      assert.include(listed?.byHand, "close it there")
      exchange.ordersDown = false
      yield* run()
      assert.isUndefined(yield* list.find("command-trade-1"))
    })
  )

  it.effect("is not told of a wait of less than a second, and told when such waits add up", () =>
    Effect.gen(function* () {
      const { exchange, published, run } = yield* prepared("close")
      exchange.fates.push("rate_limited", "rate_limited")
      yield* Effect.flip(run())
      assert.deepStrictEqual(published, [])
      yield* TestClock.adjust("700 millis")
      yield* Effect.flip(run())
      assert.deepInclude(valuesOf<TradeOutcome>(published, tradeLog)[0], { status: "pending", reason: "rateLimited" })
    })
  )

  it.effect("is told of each further reason", () =>
    Effect.gen(function* () {
      const { exchange, published, run } = yield* prepared("new trade")
      exchange.ordersDown = true
      yield* Effect.flip(run())
      exchange.ordersDown = false
      exchange.fates.push("dropped_reply_lost")
      yield* Effect.flip(run())
      assert.deepStrictEqual(
        valuesOf<TradeOutcome>(published, tradeLog).map(({ reason }) => reason),
        ["dependencyDown", "signature_window"]
      )
    })
  )

  it.effect("leaves the list also when another instance carried it out", () =>
    Effect.gen(function* () {
      const { another, command, exchange, list, run } = yield* prepared("close")
      exchange.ordersDown = true
      yield* Effect.flip(run())
      exchange.ordersDown = false
      const other = yield* another("2", () => Effect.void)
      yield* other.handle({ ...recordOf(command) })
      assert.isDefined(yield* list.find("command-trade-1"))
      yield* TestClock.adjust("61 seconds")
      yield* tidyList(other.tools, other.news)
      assert.isUndefined(yield* list.find("command-trade-1"))
    })
  )
})

describe("a command that ended without effect", () => {
  it.effect("is listed with what can be done by hand, and forgotten after its time", () =>
    Effect.gen(function* () {
      const { list, news, run, switches, tools } = yield* prepared("new trade")
      switches.canceled.add("command-entry")
      yield* run()
      assert.deepInclude(yield* list.find("command-entry"), {
        status: "refused",
        reason: "canceled_by_operator",
        byHand: ""
      })
      const halted = yield* prepared("stop loss")
      halted.switches.verdict = { mode: "HALTED", by: undefined, readable: true }
      const { records } = yield* halted.run()
      const listed = yield* halted.list.find("command-trade-1")
      assert.include(listed?.byHand, "set its stop loss to 56000 USD there")
      assert.include(valuesOf<Notification>(records, notifications)[0]?.body, listed?.byHand)
      yield* TestClock.adjust("31 days")
      yield* tidyList(tools, news)
      assert.isUndefined(yield* list.find("command-entry"))
    })
  )

  it.effect("is audited by the kind of its rule, with the account's name and the figures", () =>
    Effect.gen(function* () {
      for (const [name, action] of [
        ["close", "margin_guard_executed"],
        ["stop loss", "tp_sl_executed"],
        ["new trade", "auto_entry_executed"]
      ] as const) {
        const { records } = yield* (yield* prepared(name)).run()
        const [entry] = valuesOf<AuditEntry>(records, auditLog)
        assert.deepInclude(entry, {
          action,
          actor: "automation-executor",
          automationId: "rule-1",
          accountId: "account-1"
        })
        assert.deepInclude(entry?.details, {
          accountName: "Alice",
          status: "completed",
          reason: "done",
          priceUsd: 57_000
        })
      }
    })
  )
})

/** @guarantee effects: An unknown effect is settled by an operator once, and never sent again after that */
describe("an intent that an operator settles", () => {
  /** An order of unknown result: equal orders were made by hand. */
  const unknown = Effect.gen(function* () {
    const executor = yield* prepared("reduce cross")
    executor.exchange.fates.push("applied_reply_lost")
    executor.exchange.readUnavailable = 1
    yield* Effect.flip(executor.run())
    const [ours] = executor.exchange.account.orders
    executor.exchange.account.orders.push({ ...ours!, orderId: "by-hand" })
    assert.strictEqual((yield* executor.run()).outcome.status, "unknown")
    assert.deepInclude(yield* executor.list.find("command-trade-1"), { status: "unknown" })
    return executor
  })

  it.effect.each([
    ["applied", "completed", "settled_applied"],
    ["not_applied", "refused", "settled_not_applied"]
  ] as const)(
    "%s: is picked up, told and audited in the operator's name, and sent no more",
    ([verdict, status, reason]) =>
      Effect.gen(function* () {
        const { command, exchange, ledger, list, news, run, tools } = yield* unknown
        yield* ledger.settleByOperator(command.commandId, verdict, "ann", { reason: "looked it up" })
        yield* TestClock.adjust("31 seconds")
        const records = yield* settleLeftBehind(tools, news, 0)
        assert.deepInclude(valuesOf<TradeOutcome>(records, tradeLog)[0], { status, reason })
        const [audited] = valuesOf<AuditEntry>(records, auditLog)
        assert.deepInclude(audited, { action: "intent_settled", actor: "ann" })
        assert.strictEqual(audited?.details.settledBecause, "looked it up")
        const listed = yield* list.find(command.commandId)
        assert.strictEqual(listed?.status, status === "completed" ? undefined : "refused")
        const again = yield* run()
        assert.deepInclude(again.outcome, { status, reason })
        assert.strictEqual(exchange.sends, 1)
        assert.lengthOf(yield* settleLeftBehind(tools, news, 0), 0)
      })
  )

  it.effect("frees the cross position for the next command", () =>
    Effect.gen(function* () {
      const { command, handle, ledger, news, tables, tools } = yield* unknown
      const next = { ...command, commandId: "next", positionRevision: 2 }
      tables.positions.set("trade-1", { ...tables.positions.get("trade-1")!, revision: 2 })
      const statusOf = Effect.map(handle(recordOf(next)), ({ publish }) => (publish[0]!.value as TradeOutcome).reason)
      assert.strictEqual(yield* statusOf, "position_blocked")
      yield* ledger.settleByOperator(command.commandId, "applied", "ann")
      yield* settleLeftBehind(tools, news, 0)
      const later = { ...next, commandId: "later" }
      const { publish } = yield* handle(recordOf(later))
      assert.strictEqual((publish[0]!.value as TradeOutcome).reason, "done")
    })
  )
})
