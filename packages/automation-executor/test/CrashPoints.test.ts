/**
 * A command is delivered again and again until it has an outcome, while its executor dies at any step and the exchange
 * loses replies, delays requests and refuses them. Whatever happens: the effect happens at most once, and what the
 * outcome says is what happened.
 */
import { assert, it } from "@effect/vitest"
import type { AutomationCommand, TradeOutcome } from "@millrace/contracts"
import { Cause, Effect, Exit, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { CommandHeld } from "../src/CommandHeld.ts"
import { makeExecutor, type Step } from "./ExecutorFixture.ts"
import type { OrderFate } from "./ScriptedExchange.ts"

const Fate = Schema.Literals([
  "ok",
  "applied_reply_lost",
  "dropped_reply_lost",
  "soon",
  "late",
  "rate_limited",
  "unavailable",
  "connect_failed",
  "server_error"
] satisfies ReadonlyArray<OrderFate>)
/** What happens at each step taken: most go well. */
const Crash = Schema.Literals(["no", "no", "no", "yes"])
const Plan = Schema.Struct({
  adds: Schema.Boolean,
  fates: Schema.Array(Fate).check(Schema.isMaxLength(5)),
  crashes: Schema.Array(Crash).check(Schema.isMaxLength(60)),
  readsFail: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  /** The margin is moved by funding at this delivery: the read-back then proves nothing. */
  fundingAt: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))
})

const died = new Error("kill -9")

const deliverUntilDone = Effect.fnUntraced(function* (plan: typeof Plan.Type) {
  const crashes = [...plan.crashes]
  const step: Step = () => Effect.suspend(() => (crashes.shift() === "yes" ? Effect.die(died) : Effect.void))
  const action: AutomationCommand["action"] = plan.adds
    ? { _tag: "add_margin", amountSats: 20_000 }
    : { _tag: "close_position" }
  const executor = yield* makeExecutor(action, step)
  executor.exchange.fates.push(...plan.fates)
  executor.exchange.readUnavailable = plan.readsFail
  let outcome: TradeOutcome | undefined
  for (let delivery = 1; delivery <= 200 && outcome === undefined; delivery++) {
    if (delivery === plan.fundingAt) moveMargin(executor.exchange)
    const exit = yield* Effect.exit(executor.run())
    if (Exit.isSuccess(exit)) outcome = exit.value.outcome
    else {
      const defect = exit.cause.reasons.find((reason) => Cause.isDieReason(reason) && reason.defect !== died)
      if (defect !== undefined) return yield* Effect.failCause(exit.cause)
      const held = exit.cause.reasons.find(Cause.isFailReason)?.error as CommandHeld | undefined
      yield* TestClock.adjust(held?.retryAfterMs ?? 500)
    }
  }
  return { executor, outcome }
})

const moveMargin = (exchange: Effect.Success<ReturnType<typeof makeExecutor>>["exchange"]) => {
  const trade = exchange.trades.get("trade-1")
  if (trade?.status === "running") exchange.trades.set("trade-1", { ...trade, marginSats: trade.marginSats - 7 })
}

it.effect.prop(
  "applies a command at most once, and says what happened",
  { plan: Plan },
  ({ plan }) =>
    Effect.gen(function* () {
      const { executor, outcome } = yield* deliverUntilDone(plan)
      yield* TestClock.adjust("10 minutes")
      executor.exchange.arrive(Number.MAX_SAFE_INTEGER)
      const effects = executor.exchange.applied.length
      assert.isDefined(outcome, "a command always ends")
      assert.isAtMost(effects, 1, "at most one effect")
      if (outcome?.status === "completed") assert.strictEqual(effects, 1, "completed means done")
      if (outcome?.status === "refused") assert.strictEqual(effects, 0, "refused means not done")
      if (outcome?.status === "unknown") assert.isTrue(plan.adds && plan.fundingAt > 0, "unknown only where unprovable")
      assert.notStrictEqual(outcome?.status, "failed")
    }),
  { arbitrary: { runs: 1500 }, timeout: 60_000 }
)

it.effect.prop(
  "tells a command that is delivered again the outcome it had, and sends nothing",
  { plan: Plan },
  ({ plan }) =>
    Effect.gen(function* () {
      const { executor, outcome } = yield* deliverUntilDone({ ...plan, fundingAt: 0, crashes: [] })
      const sends = executor.exchange.sends
      const again = yield* executor.run()
      assert.deepStrictEqual(again.outcome, outcome)
      assert.strictEqual(executor.exchange.sends, sends)
    }),
  { arbitrary: { runs: 300 }, timeout: 60_000 }
)
