/** What stops a command at the last moment: kill switches, cancellations, caps, arming, dry runs, its age. */
import { assert, describe, it } from "@effect/vitest"
import type { AutomationCommand } from "@millrace/contracts"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { type ActionCase, actionCases } from "./actionCases.ts"
import { account, makeExecutor, type Step } from "./ExecutorFixture.ts"

const named = (name: string): ActionCase => actionCases.find((given) => given.name === name)!

/** An executor prepared for an action, and a run of its command. */
const prepared = Effect.fnUntraced(function* (name: string, options: Parameters<typeof makeExecutor>[1] = {}) {
  const { command, prepare } = named(name)
  const executor = yield* makeExecutor(command.action, options)
  prepare(executor.exchange, executor.tables)
  const run = (changes: Partial<AutomationCommand> = {}) =>
    Effect.map(executor.run({ ...command, ...changes }), ({ outcome }) => outcome)
  return { ...executor, run }
})

/**
 * @guarantee protection: A kill switch stops what it covers until right before the request goes out
 * @how asked after the signature, and again after the ledger's commit; HALTED refuses all, REDUCE_ONLY and unreadable controls what opens
 */
describe("kill switches", () => {
  const opening = ["new trade", "cross entry", "reduce by a hedge"]

  it.effect.each(actionCases.map(({ name }) => name))("HALTED: %s is refused, and nothing is sent", (name) =>
    Effect.gen(function* () {
      const { exchange, run, switches } = yield* prepared(name)
      switches.verdict = { mode: "HALTED", by: undefined, readable: true }
      assert.deepInclude(yield* run(), { status: "refused", reason: "halted" })
      assert.strictEqual(exchange.sends, 0)
    })
  )

  it.effect.each(actionCases.map(({ name }) => name))("REDUCE_ONLY and unreadable controls: %s", (name) =>
    Effect.gen(function* () {
      for (const [mode, readable, reason] of [
        ["REDUCE_ONLY", true, "reduce_only"],
        ["ACTIVE", false, "controls_unreadable"]
      ] as const) {
        const { exchange, run, switches } = yield* prepared(name)
        switches.verdict = { mode, by: undefined, readable }
        assert.strictEqual((yield* run()).reason, opening.includes(name) ? reason : "done")
        assert.strictEqual(exchange.applied.length > 0, !opening.includes(name))
      }
    })
  )

  it.effect.each(["before", "after"] as const)("takes effect %s the ledger's commit", (when) =>
    Effect.gen(function* () {
      let flip = () => {}
      const step: Step = (operation, at) =>
        Effect.sync(() => {
          if (operation === "ledger.send" && at === when) flip()
        })
      const { exchange, ledger, run, switches } = yield* prepared("new trade", step)
      flip = () => {
        switches.verdict = { mode: "HALTED", by: undefined, readable: true }
      }
      assert.deepInclude(yield* run(), { status: "refused", reason: "halted" })
      assert.strictEqual(exchange.sends, 0)
      assert.strictEqual((yield* ledger.find("command-entry"))?.state, "refused")
    })
  )

  it.effect("does not send a lost order again, and tells the truth of one that had been applied", () =>
    Effect.gen(function* () {
      for (const [fate, status] of [
        ["applied_reply_lost", "completed"],
        ["dropped_reply_lost", "refused"]
      ] as const) {
        const { exchange, run, switches } = yield* prepared("new trade")
        exchange.fates.push(fate)
        exchange.readUnavailable = 1
        yield* Effect.flip(run())
        switches.verdict = { mode: "HALTED", by: undefined, readable: true }
        if (status === "refused") assert.strictEqual((yield* Effect.flip(run())).reason, "signature_window")
        yield* TestClock.adjust("31 seconds")
        assert.strictEqual((yield* run()).status, status)
        assert.strictEqual(exchange.sends, 1)
      }
    })
  )
})

/** @guarantee protection: A kill switch stops what it covers until right before the request goes out */
it.effect("does not repeat a lost order for which a switch came while its fence was taken", () =>
  Effect.gen(function* () {
    let flip = () => {}
    const step: Step = (operation, at) =>
      Effect.sync(() => {
        if (operation === "ledger.resend" && at === "after") flip()
      })
    const { exchange, run, switches } = yield* prepared("close", step)
    exchange.fates.push("dropped_reply_lost")
    exchange.readUnavailable = 1
    yield* Effect.flip(run())
    flip = () => {
      switches.verdict = { mode: "HALTED", by: undefined, readable: true }
    }
    assert.strictEqual((yield* Effect.flip(run())).reason, "reply_lost")
    assert.strictEqual(exchange.sends, 1)
    yield* TestClock.adjust("31 seconds")
    assert.deepInclude(yield* run(), { status: "refused", reason: "halted" })
    assert.strictEqual(exchange.sends, 1)
  })
)

/**
 * @guarantee protection: A command that an operator withdrew is not sent
 * @how asked where the kill switches are asked; recorded as an end in the ledger
 */
describe("cancellation", () => {
  it.effect("refuses the command for good", () =>
    Effect.gen(function* () {
      const { exchange, run, switches } = yield* prepared("new trade")
      switches.canceled.add("command-entry")
      assert.deepInclude(yield* run(), { status: "refused", reason: "canceled_by_operator" })
      switches.canceled.clear()
      assert.deepInclude(yield* run(), { status: "refused", reason: "canceled_by_operator" })
      assert.strictEqual(exchange.sends, 0)
    })
  )
})

/**
 * @guarantee protection: Entries and take profit or stop loss expire, protection never does
 * @how the age since the decision, asked right before the send
 */
describe("age", () => {
  it.effect("refuses an entry after a minute, a stop loss after two, and closes for a guard whatever the age", () =>
    Effect.gen(function* () {
      const reasonAt = Effect.fnUntraced(function* (name: string, seconds: number) {
        const { run } = yield* prepared(name)
        const now = yield* TestClock.testClockWith((clock) => clock.currentTimeMillis)
        return (yield* run({ decidedAtMs: now - seconds * 1000 })).reason
      })
      yield* TestClock.setTime(1_700_000_000_000)
      assert.strictEqual(yield* reasonAt("new trade", 60), "done")
      assert.strictEqual(yield* reasonAt("new trade", 61), "expired")
      assert.strictEqual(yield* reasonAt("stop loss", 120), "done")
      assert.strictEqual(yield* reasonAt("stop loss", 121), "expired")
      assert.strictEqual(yield* reasonAt("close", 86_400), "done")
      const { run } = yield* prepared("new trade")
      const operator = { actor: "ann", commandId: "before", atMs: 1_700_000_000_000 }
      assert.strictEqual((yield* run({ decidedAtMs: 1, operator })).reason, "done", "counted from the operator's order")
    })
  )
})

describe("caps", () => {
  it.effect("takes the account's own caps, else the installation's, and never caps a close", () =>
    Effect.gen(function* () {
      const reasonWith = Effect.fnUntraced(function* (name: string, own: object | undefined, settings: object) {
        const { run, tables } = yield* prepared(name, { settings: { ...settings } })
        if (own !== undefined) tables.accounts.set("account-1", { ...account, caps: own })
        return (yield* run()).reason
      })
      const small = { EXECUTOR_CAP_ORDER_QUANTITY_USD: 699, EXECUTOR_CAP_ADD_MARGIN_SATS: 19_999 }
      assert.strictEqual(yield* reasonWith("new trade", undefined, small), "cap_order_quantity")
      assert.strictEqual(yield* reasonWith("cross entry", undefined, small), "cap_order_quantity")
      assert.strictEqual(yield* reasonWith("new trade", { orderQuantityUsd: 700 }, small), "done")
      assert.strictEqual(yield* reasonWith("add margin", undefined, small), "cap_add_margin")
      assert.strictEqual(yield* reasonWith("add margin cross", { hourAddMarginSats: 1 }, {}), "cap_hour_add_margin")
      assert.strictEqual(yield* reasonWith("reduce by a hedge", { hourQuantityUsd: 299 }, {}), "cap_hour_quantity")
      const none = { EXECUTOR_CAP_HOUR_ORDERS: 0, EXECUTOR_CAP_ORDER_QUANTITY_USD: 0 }
      for (const name of ["close", "close cross", "reduce by closing trades", "reduce cross"]) {
        assert.strictEqual(yield* reasonWith(name, undefined, none), "done")
      }
    })
  )
})

describe("arming and dry runs", () => {
  /**
   * @guarantee protection: Nothing is sent for a mainnet account that is not armed
   * @how judged at each delivery; a dry run is let through, as it sends nothing
   */
  it.effect("sends for mainnet only what is armed, and nothing for an account in dry run", () =>
    Effect.gen(function* () {
      const reasonOf = Effect.fnUntraced(function* (changes: Partial<typeof account>) {
        const { exchange, run, tables } = yield* prepared("close")
        tables.accounts.set("account-1", { ...account, ...changes })
        return [(yield* run()).reason, exchange.sends]
      })
      assert.deepStrictEqual(yield* reasonOf({ network: "mainnet" }), ["account_not_armed", 0])
      assert.deepStrictEqual(yield* reasonOf({ network: "mainnet", armed: true }), ["done", 1])
      assert.deepStrictEqual(yield* reasonOf({ network: "testnet" }), ["done", 1])
      assert.deepStrictEqual(yield* reasonOf({ network: "mainnet", dryRun: true }), ["dry_run", 0])
    })
  )
})
