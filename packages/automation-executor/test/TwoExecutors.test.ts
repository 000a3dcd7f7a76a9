/**
 * Two executors hold the same command: one was thought dead, but only stood still, and goes on where it was. Each may
 * stand still between any two steps, longer than a signature is valid. There must be one effect, and both must tell the
 * same outcome.
 */
import { assert, it } from "@effect/vitest"
import type { TradeOutcome } from "@millrace/contracts"
import { Effect, Exit, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { CommandHeld } from "../src/CommandHeld.ts"
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
  adds: Schema.Boolean,
  fates: Schema.Array(Fate).check(Schema.isMaxLength(4)),
  first: Schema.Array(Pause).check(Schema.isMaxLength(12)),
  second: Schema.Array(Pause).check(Schema.isMaxLength(12)),
  secondStartsAfter: Pause
})

it.effect.prop(
  "have one effect between them and tell one outcome",
  { plan: Plan },
  ({ plan }) =>
    Effect.gen(function* () {
      const action = plan.adds
        ? ({ _tag: "add_margin", amountSats: 20_000 } as const)
        : ({ _tag: "close_position" } as const)
      const executor = yield* makeExecutor(action)
      executor.exchange.fates.push(...plan.fates)
      const outcomes: Array<TradeOutcome> = []
      const pausing = (pauses: ReadonlyArray<number>): Step => {
        const left = [...pauses]
        return () => Effect.suspend(() => Effect.sleep(left.shift() ?? 0))
      }
      const deliver = Effect.fnUntraced(function* (instance: string, pauses: ReadonlyArray<number>) {
        const { handle } = yield* executor.another(instance, pausing(pauses))
        for (let delivery = 0; delivery < 100; delivery++) {
          const exit = yield* Effect.exit(handle(recordOf(executor.command)))
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
      assert.lengthOf(executor.exchange.applied, outcomes[0]?.status === "completed" ? 1 : 0)
      assert.strictEqual(outcomes[0]?.status, "completed")
    }),
  { arbitrary: { runs: 400 }, timeout: 120_000 }
)
