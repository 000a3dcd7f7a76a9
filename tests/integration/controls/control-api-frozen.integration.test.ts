// Foreign boundary: an HTTP server that takes the operator's messages.
import { assert, it } from "@effect/vitest"
import { summaryOf } from "@millrace/local"
import type { RunScenario } from "@millrace/testkit"
import { Effect } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"
import { listenAsOperator } from "./OperatorSink.ts"

// control-api is frozen, so that its heartbeat on `controls` ends. What must hold: the executor tells the operator directly
// that it is not heard, signed; a guard whose condition is met then still closes its position, in the mode last known, while
// an entry whose price is reached opens nothing; and once control-api goes on the operator is told that it is over, and the
// entry opens.

const minuteMs = 60_000
const minutesAbove = 3
/** Above the triggers, then below them for longer than the scenario takes; four ticks a second. */
const candles = candlesOf([...Array(minutesAbove).fill(60_000), ...Array(150).fill(56_900)])
const reachedAtMs = 1_700_000_000_000 + minutesAbove * minuteMs

/** Of an account of its own: the guard watches every position of its account. */
const scenario: RunScenario = {
  ...oneGuardedPosition,
  accounts: [...oneGuardedPosition.accounts, { id: "bob", name: "Bob", balance: 5_000_000 }],
  rules: [
    ...oneGuardedPosition.rules,
    {
      ...{ id: "bob-entry", account: "bob", kind: "auto_entry", side: "buy" },
      ...{ quantity: 100, leverage: 2, trigger_price: 57_000 }
    }
  ]
}

/**
 * @guarantee protection: While the controls can't be read nothing is opened, and what protects follows the mode last known
 */
it.live(
  "a guard still closes and nothing opens while control-api is frozen, and the operator is told of both ends",
  () =>
    Effect.gen(function* () {
      const taken = yield* listenAsOperator
      const run = yield* startPipeline({ stack: inject("stack"), scenario, candles, speed: 60 })
      const controlApi = run.services.find((service) => service.name === "control-api")!
      const told = (type: string) =>
        eventually(
          `the operator is told: ${type}`,
          Effect.sync(() => taken.find((one) => one.type === type && one.data.subject === "controls"))
        )
      const completed = (rule: string) =>
        eventually(
          `${rule} has acted`,
          Effect.map(summaryOf(run), ({ commands }) =>
            commands.find((one) => one.rule === rule && one.status === "completed")
          )
        )
      const opened = Effect.map(run.control.report, ({ effects }) =>
        effects.filter(({ action }) => action === "new_trade")
      )
      yield* Effect.acquireRelease(
        Effect.sync(() => process.kill(controlApi.pid(), "SIGSTOP")),
        () => Effect.sync(() => process.kill(controlApi.pid(), "SIGCONT"))
      )
      const began = yield* told("outage.began")
      assert.deepInclude(began.data, { worker: "automation-executor" })
      assert.include(began.data.whatToDo, "Bring control-api back")
      yield* run.control.startFeed
      yield* completed("ada-guard")
      yield* eventually(
        "the entry's price is evaluated",
        Effect.map(run.control.feed, ({ monitors }) =>
          monitors.every(({ evaluatedToMs }) => evaluatedToMs > reachedAtMs + minuteMs) ? true : undefined
        )
      )
      const { commands } = yield* summaryOf(run)
      assert.deepStrictEqual(
        commands.map(({ rule, status }) => ({ rule, status })),
        [{ rule: "ada-guard", status: "completed" }]
      )
      assert.deepStrictEqual(yield* opened, [])
      yield* Effect.sync(() => process.kill(controlApi.pid(), "SIGCONT"))
      yield* told("outage.ended")
      yield* completed("bob-entry")
      assert.lengthOf(yield* opened, 1)
      assert.lengthOf(
        taken.filter(({ type, data }) => type === "outage.began" && data.subject === "controls"),
        1
      )
    }).pipe(Effect.scoped)
)
