import { rmSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { awaitEnd, type StackAddresses, type StartedRun, summaryOf } from "@millrace/local"
import { Effect } from "effect"
import { inject } from "vitest"
import { awaitGone, runStack, stackFolder } from "../local-stack/StackProcess.ts"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// The whole pipeline runs, and right before the price falls through a guard's trigger the broker, market-data or the
// monitor is killed with SIGKILL; the supervisor brings it back. What must hold: the position is closed all the same,
// once, as soon as the pipeline is whole again; nothing is lost or doubled.

/** Four seconds above the trigger, then far below it for longer than a restart takes; four ticks a second. */
const candles = candlesOf([...Array(4).fill(60_000), ...Array(26).fill(56_900)])
const ticksBeforeTheKill = 13

const closesOnce = (stack: StackAddresses, kill: (run: StartedRun) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const run = yield* startPipeline({ stack, scenario: oneGuardedPosition, candles, speed: 60 })
    yield* run.control.startFeed
    yield* eventually(
      "the price is about to fall",
      Effect.map(run.control.feed, ({ ticksSent }) => (ticksSent >= ticksBeforeTheKill ? true : undefined))
    )
    assert.strictEqual(run.state.commands.size, 0, "killed before anything was decided")
    yield* kill(run)
    yield* awaitEnd(run)
    const summary = yield* summaryOf(run)
    assert.deepStrictEqual(
      summary.commands.filter(({ status }) => status === "completed").map(({ position }) => position),
      ["ada-long"]
    )
    assert.strictEqual(summary.duplicates, 0)
    assert.strictEqual(summary.losses, 0)
  }).pipe(Effect.scoped)

const killService = (name: string) => (run: StartedRun) =>
  Effect.gen(function* () {
    const service = run.services.find((one) => one.name === name)!
    yield* Effect.sync(() => process.kill(service.pid(), "SIGKILL"))
    yield* eventually(
      `${name} was started again`,
      Effect.sync(() => (service.restarts() > 0 ? true : undefined))
    )
  })

/**
 * @guarantee crash: market-data is killed (kill -9) right before a crossing
 * @redelivered nothing
 * @harmless the supervisor brings it back and the position is closed once as soon as the pipeline is whole
 */
it.live("closes the position once when market-data is killed right before the crossing", () =>
  closesOnce(inject("stack"), killService("market-data"))
)

/**
 * @guarantee crash: monitor is killed (kill -9) right before a crossing
 * @redelivered the ticks, from the committed offset
 * @harmless the supervisor brings it back and the position is closed once as soon as the pipeline is whole
 */
it.live("closes the position once when the monitor is killed right before the crossing", () =>
  closesOnce(inject("stack"), killService("margin-monitor"))
)

/**
 * @guarantee crash: broker is killed (kill -9) right before a crossing
 * @redelivered whatever was not acknowledged
 * @harmless the supervisor brings it back and the position is closed once as soon as the pipeline is whole
 */
it.live("closes the position once when the broker is killed right before the crossing", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => stackFolder("millrace-killed-")),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const { addresses, said } = yield* runStack(["--data", folder])
    const stack = addresses ?? assert.fail(`the stack did not start: ${said}`)
    yield* closesOnce(stack, () =>
      Effect.gen(function* () {
        const broker = stack.pids.kafka as number
        yield* Effect.sync(() => process.kill(broker, "SIGKILL"))
        yield* awaitGone([broker], 5)
      })
    )
  })
)
