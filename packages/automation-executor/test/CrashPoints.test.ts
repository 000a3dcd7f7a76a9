/**
 * A command is delivered again and again until it has an outcome, while its executor dies at any step and the exchange
 * loses replies, delays requests and refuses them. Whatever happens: each effect happens at most once, and what the
 * outcome says is what happened.
 */
import { assert, describe, it } from "@effect/vitest"
import type { TradeOutcome } from "@millrace/contracts"
import { Cause, Effect, Exit, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { CommandHeld } from "../src/CommandHeld.ts"
import { type ActionCase, actionCases, repeated } from "./actionCases.ts"
import { makeExecutor, type Step } from "./ExecutorFixture.ts"
import type { OrderFate, ScriptedExchange } from "./ScriptedExchange.ts"

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
  fates: Schema.Array(Fate).check(Schema.isMaxLength(6)),
  crashes: Schema.Array(Crash).check(Schema.isMaxLength(60)),
  readsFail: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  /** The margin is moved by funding at this delivery: a read-back by the margin then proves nothing. */
  fundingAt: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))
})

const died = new Error("kill -9")

const deliverUntilDone = Effect.fnUntraced(function* (given: ActionCase, plan: typeof Plan.Type) {
  const crashes = [...plan.crashes]
  const step: Step = () => Effect.suspend(() => (crashes.shift() === "yes" ? Effect.die(died) : Effect.void))
  const executor = yield* makeExecutor(given.command.action, step)
  given.prepare(executor.exchange, executor.tables)
  executor.exchange.fates.push(...plan.fates)
  executor.exchange.readUnavailable = plan.readsFail
  let outcome: TradeOutcome | undefined
  for (let delivery = 1; delivery <= 300 && outcome === undefined; delivery++) {
    if (delivery === plan.fundingAt) moveMargin(executor.exchange)
    const exit = yield* Effect.exit(executor.run(given.command))
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

const moveMargin = (exchange: ScriptedExchange) => {
  const trade = exchange.trades.get("trade-1")
  if (trade?.status === "running") exchange.trades.set("trade-1", { ...trade, marginSats: trade.marginSats - 7 })
}

/** The changes that an outcome claims: all of a completed command, those of the parts that were done, or none. */
const claimed = ({ changes }: ActionCase, outcome: TradeOutcome): ReadonlyArray<string> => {
  const names = changes.map(({ subject, what }) => `${what} ${subject}`)
  if (outcome.status === "refused" && outcome.action._tag === "open_position" && outcome.addedMarginSats !== undefined)
    return ["cross_deposit cross"]
  if (outcome.parts === undefined) return outcome.status === "completed" ? names : []
  const done = outcome.parts.filter(({ status }) => status === "completed")
  return done.map(({ positionId }) => `close_trade ${positionId}`)
}

describe.each(actionCases)("$name", (given) => {
  /**
   * @guarantee crash: executor at any step: before the intent is committed, after it, after the reply, after the
   *   settlement, between the orders of a command
   * @redelivered the command
   * @harmless before the commit nothing has been sent; after it the intent is `sent` and the exchange is read back,
   *   nothing is sent blindly. At most one effect of each order, and the outcome says what happened, with replies lost,
   *   requests delayed or refused (300 random histories of each of the 12 actions)
   */
  it.effect.prop(
    "is applied at most once, and the outcome says what happened",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function* () {
        const { executor, outcome } = yield* deliverUntilDone(given, plan)
        yield* TestClock.adjust("10 minutes")
        executor.exchange.arrive(Number.MAX_SAFE_INTEGER)
        assert.deepStrictEqual(repeated(executor.exchange.applied), [], "each effect at most once")
        assert(outcome !== undefined, "a command always ends")
        assert.notStrictEqual(outcome.status, "failed")
        const happened = executor.exchange.applied.map(({ subject, what }) => `${what} ${subject}`)
        if (outcome.status === "unknown") {
          assert.isTrue(given.name === "add margin" && plan.fundingAt > 0, "unknown only where unprovable")
        } else {
          // A leverage that was set before its order was refused is no position.
          const counted = happened.filter((one) => outcome.status === "completed" || !one.includes("leverage"))
          assert.sameMembers(counted, [...claimed(given, outcome)])
        }
        if (outcome.parts !== undefined) {
          assert.strictEqual(outcome.reducedQuantityUsd, 1000 * claimed(given, outcome).length)
        }
      }),
    { arbitrary: { runs: 300 }, timeout: 120_000 }
  )

  /**
   * @guarantee crash: executor after the outcome was published, before the offset is committed
   * @redelivered the command
   * @harmless it gets the outcome it had, under the same id, and nothing is sent; readers take an outcome once per
   *   command
   */
  it.effect.prop(
    "is told again with the outcome it had, and nothing is sent",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function* () {
        const { executor, outcome } = yield* deliverUntilDone(given, { ...plan, fundingAt: 0, crashes: [] })
        const sends = executor.exchange.sends
        const again = yield* executor.run(given.command)
        assert.deepStrictEqual(again.outcome, outcome)
        assert.strictEqual(executor.exchange.sends, sends)
      }),
    { arbitrary: { runs: 40 }, timeout: 60_000 }
  )
})
