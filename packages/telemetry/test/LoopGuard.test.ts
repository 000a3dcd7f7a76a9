/** A real process each: what blocks it, or stops it, must be real. */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

const script = fileURLToPath(new URL("guardedProcess.ts", import.meta.url))

interface Guarded {
  readonly child: ChildProcess
  readonly lines: Array<string>
  readonly errors: Array<string>
}

const guarded = (blockMs: number, frozenAfterMs: number) =>
  Effect.acquireRelease(
    Effect.sync((): Guarded => {
      const child = spawn(process.execPath, [script, `${blockMs}`, `${frozenAfterMs}`])
      const lines: Array<string> = []
      const errors: Array<string> = []
      child.stdout.on("data", (text) => lines.push(...String(text).trim().split("\n")))
      child.stderr.on("data", (text) => errors.push(...String(text).trim().split("\n")))
      return { child, lines, errors }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const until = (state: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!state()) yield* Effect.sleep("50 millis")
  })

const ended = ({ child }: Guarded): boolean => child.exitCode !== null || child.signalCode !== null

/**
 * @guarantee operation: A process whose event loop is blocked is ended, so that its supervisor starts it anew
 * @how a thread of its own looks for turns of the loop; it writes a last line and kills the process
 */
it.live(
  "ends a process whose event loop does not turn, with a last line that says so",
  () =>
    Effect.gen(function* () {
      const frozen = yield* guarded(60_000, 1_000)
      yield* until(() => ended(frozen))
      assert.strictEqual(frozen.child.signalCode, "SIGKILL")
      const last = JSON.parse(frozen.errors.at(-1)!)
      assert.deepInclude(last, { level: "Fatal", worker: "it-guarded", event: "fail" })
      assert.match(last.message, /^the event loop did not turn for [\d.]+ s; the process is killed/u)
    }).pipe(Effect.scoped),
  60_000
)

it.live(
  "lets a process go on that was blocked for less, and knows how long it was",
  () =>
    Effect.gen(function* () {
      const slow = yield* guarded(1_500, 40_000)
      yield* until(() => slow.lines.includes("turns") || ended(slow))
      assert.isFalse(ended(slow), slow.errors.join("\n"))
      const blockedMs = Number(slow.lines.find((line) => line.startsWith("blocked"))!.split(" ")[1])
      assert.isAtLeast(blockedMs, 750)
    }).pipe(Effect.scoped),
  60_000
)

/**
 * @guarantee operation: A process that was stopped for longer than any limit goes on by itself
 * @how limits are counted in looks of the process itself, which stand still with it, and not by a clock
 */
it.live(
  "takes a process that was stopped in the middle of a block, and continued, for no frozen one",
  () =>
    Effect.gen(function* () {
      const stopped = yield* guarded(300, 10_000)
      yield* until(() => stopped.lines.includes("blocks"))
      stopped.child.kill("SIGSTOP")
      yield* Effect.sleep("11 seconds")
      stopped.child.kill("SIGCONT")
      yield* until(() => stopped.lines.includes("turns") || ended(stopped))
      assert.isFalse(ended(stopped), stopped.errors.join("\n"))
    }).pipe(Effect.scoped),
  60_000
)
