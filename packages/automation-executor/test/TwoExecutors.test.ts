/**
 * Two executors hold the same command: one was thought dead, but only stood still, and goes on where it was. Each may
 * stand still between any two steps, longer than a signature is valid, or than an entry may wait. There must be one effect of
 * each order at most, and both must tell the same outcome.
 */
import { assert, describe, it } from "@effect/vitest"
import type { TradeOutcome } from "@millrace/contracts"
import { Effect, Exit, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { CommandHeld } from "../src/CommandHeld.ts"
import { actionCases, repeated } from "./actionCases.ts"
import { makeExecutor, recordOf, type Step } from "./ExecutorFixture.ts"
import type { OrderFate } from "./ScriptedExchange.ts"

const Pause = Schema.Literals([0, 3, 200, 5000, 29_500, 31_000, 45_000])
const Fate = Schema.Literals([
  "ok",
  "applied_reply_lost",
  "dropped_reply_lost",
  "soon",
  "late",
  "unavailable"
] satisfies ReadonlyArray<OrderFate>)
const Plan = Schema.Struct({
  fates: Schema.Array(Fate).check(Schema.isMaxLength(4)),
  first: Schema.Array(Pause).check(Schema.isMaxLength(12)),
  second: Schema.Array(Pause).check(Schema.isMaxLength(12)),
  secondStartsAfter: Pause
})

describe.each(actionCases)("$name", (given) => {
  /**
   * @guarantee crash: executor is frozen, another takes its command, the first wakes
   * @redelivered the command, to the other
   * @harmless one effect between them, and both tell the same outcome
   */
  it.effect.prop(
    "two executors have one effect between them and tell one outcome",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function* () {
        const executor = yield* makeExecutor(given.command.action)
        given.prepare(executor.exchange, executor.tables)
        executor.exchange.fates.push(...plan.fates)
        const outcomes: Array<TradeOutcome> = []
        const pausing = (pauses: ReadonlyArray<number>): Step => {
          const left = [...pauses]
          return () => Effect.suspend(() => Effect.sleep(left.shift() ?? 0))
        }
        const deliver = Effect.fnUntraced(function* (instance: string, pauses: ReadonlyArray<number>) {
          const { handle } = yield* executor.another(instance, pausing(pauses))
          for (let delivery = 0; delivery < 100; delivery++) {
            const exit = yield* Effect.exit(handle(recordOf(given.command)))
            if (Exit.isSuccess(exit)) {
              outcomes.push(exit.value.publish[0]?.value as TradeOutcome)
              return
            }
            const held = Exit.findErrorOption(exit)
            assert(held._tag === "Some", "no defect")
            yield* Effect.sleep((held.value as CommandHeld).retryAfterMs ?? 500)
          }
        })
        yield* Effect.forkChild(deliver("1", plan.first))
        yield* Effect.forkChild(Effect.delay(deliver("2", plan.second), plan.secondStartsAfter))
        for (let turn = 0; turn < 400 && outcomes.length < 2; turn++) yield* TestClock.adjust("1500 millis")
        yield* TestClock.adjust("2 minutes")
        executor.exchange.arrive(Number.MAX_SAFE_INTEGER)
        assert.lengthOf(outcomes, 2, "both come to an end")
        assert.deepStrictEqual(outcomes[0], outcomes[1], "both tell the same")
        assert.deepStrictEqual(repeated(executor.exchange.applied), [])
        const { reason, status } = outcomes[0]!
        const orders = executor.exchange.applied.filter(({ what }) => what !== "set_cross_leverage")
        if (status === "completed") {
          assert.lengthOf(orders, given.changes.filter(({ what }) => what !== "set_cross_leverage").length)
        } else {
          assert.strictEqual(reason, "expired")
          const told = outcomes[0]!.addedMarginSats === undefined ? [] : ["cross_deposit"]
          assert.deepStrictEqual(
            orders.map(({ what }) => what),
            told
          )
        }
      }),
    { arbitrary: { runs: 120 }, timeout: 120_000 }
  )
})
