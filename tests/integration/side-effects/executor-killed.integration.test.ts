import { assert, it } from "@effect/vitest"
import { awaitEnd, getJson, postJson, summaryOf } from "@millrace/local"
import { Effect } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// The exchange applies a close order and holds its reply; in that moment the executor is killed with SIGKILL. The
// supervisor starts it again. What must hold: it finds the intent without a known result, reads the truth from the
// exchange, and reports the order as completed: one effect, none lost, none repeated. The same for added margin, which
// can't be told from a second one by its id.

/** Three ticks above the threshold, then far below it. */
const candles = candlesOf([60_000, 60_000, 60_000, 56_900, 56_900, 56_900])

interface Held {
  readonly replies: ReadonlyArray<{ readonly id: string }>
}

const killWhileHeld = (route: string, action: "close_position" | "add_margin") =>
  Effect.gen(function* () {
    const rule = { ...oneGuardedPosition.rules[0]!, action }
    const scenario = {
      ...oneGuardedPosition,
      rules: [action === "add_margin" ? { ...rule, add_margin_amount: 100_000 } : rule]
    }
    const run = yield* startPipeline({ stack: inject("stack"), scenario, candles, speed: 60 })
    const url = run.services.find((service) => service.name === "simulator")!.healthUrl
    const executor = run.services.find((service) => service.name === "automation-executor")!
    yield* postJson(`${url}/faults`, { kind: "hold_reply", route, times: 1 })
    yield* run.control.startFeed
    yield* eventually(
      "the exchange holds the reply",
      Effect.map(getJson(`${url}/replies`), (found) => ((found as Held).replies.length > 0 ? true : undefined))
    )
    const killed = executor.pid()
    yield* Effect.sync(() => process.kill(killed, "SIGKILL"))
    yield* eventually(
      "the executor was started again",
      Effect.sync(() => (executor.restarts() > 0 ? true : undefined))
    )
    yield* awaitEnd(run)
    return yield* summaryOf(run)
  }).pipe(Effect.scoped)

/**
 * @guarantee crash: executor is killed (kill -9) while the exchange holds the reply to an applied order
 * @redelivered the command
 * @harmless the intent is found unsettled and read back: one close, or one added margin, reported as completed
 */
it.live("closes once when the executor is killed while the exchange holds the reply to an applied close", () =>
  Effect.gen(function* () {
    const summary = yield* killWhileHeld("/isolated/trade/close", "close_position")
    assert.deepStrictEqual(
      summary.commands.map(({ position, status }) => ({ position, status })),
      [{ position: "ada-long", status: "completed" }]
    )
    assert.strictEqual(summary.duplicates, 0)
    assert.strictEqual(summary.losses, 0)
  })
)

/** @guarantee crash: executor is killed (kill -9) while the exchange holds the reply to an applied order */
it.live("adds margin once when the executor is killed while the exchange holds the reply to an applied add", () =>
  Effect.gen(function* () {
    const summary = yield* killWhileHeld("/isolated/trade/add-margin", "add_margin")
    assert.deepStrictEqual(
      summary.commands.map(({ action, status }) => ({ action, status })),
      [{ action: "add_margin", status: "completed" }]
    )
    assert.strictEqual(summary.duplicates, 0)
    assert.strictEqual(summary.losses, 0)
  })
)
