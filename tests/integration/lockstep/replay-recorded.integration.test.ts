// Foreign boundary: the command as a process of its own.
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { awaitEnd, summaryOf } from "@millrace/local"
import { Clock, DateTime, Effect } from "effect"
import { inject } from "vitest"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// A short run is recorded by the whole pipeline on a real broker, with its schemas in a real registry. What must hold: the
// command replays that range, decides what was decided live, and writes the same bytes each time.

const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

const millrace = (...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly exitCode: number; readonly out: string }>((resume) => {
    execFile(process.execPath, [main, ...args], { env: process.env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resume(Effect.succeed({ exitCode: typeof error?.code === "number" ? error.code : 0, out: `${stdout}${stderr}` }))
    })
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "it-recorded-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/**
 * @guarantee operation: A recorded range is replayed with the same decisions, and two replays write the same bytes
 * @how the workers themselves in virtual time, over the ticks and the account history of the range
 */
it.live("replays what a run has recorded on a real broker, twice the same, with the close that was decided live", () =>
  Effect.gen(function* () {
    const fromMs = yield* Clock.currentTimeMillis
    const candles = candlesOf([60_000, 60_000, 60_000, 58_000, 56_900, 56_900, 56_900, 57_500])
    const run = yield* startPipeline({ stack: inject("stack"), scenario: oneGuardedPosition, candles, speed: 60 })
    yield* run.control.startFeed
    yield* awaitEnd(run)
    const { commands } = yield* eventually(
      "the guard has closed",
      Effect.map(summaryOf(run), (found) =>
        found.commands.some(({ status }) => status === "completed") ? found : undefined
      )
    )
    assert.lengthOf(commands, 1)
    yield* Effect.sleep("1 second")
    const toMs = yield* Clock.currentTimeMillis
    const [from, to] = [fromMs, toMs].map((ms) => DateTime.formatIso(DateTime.makeUnsafe(ms))) as [string, string]
    const out = yield* folder
    const replay = Effect.fnUntraced(function* (name: string) {
      const written = join(out, name)
      const page = join(out, `${name}.html`)
      const ran = yield* millrace("replay", "--from", from, "--to", to, "--out", written, "--html", page)
      assert.include([0, 1], ran.exitCode, ran.out)
      return { ...ran, log: readFileSync(join(written, "decisions.jsonl")), page: readFileSync(page) }
    })
    const first = yield* replay("first")
    const second = yield* replay("second")
    assert.isTrue(first.log.equals(second.log), "the same log, byte for byte")
    assert.isTrue(first.page.equals(second.page), "the same page, byte for byte")
    assert.strictEqual(second.exitCode, first.exitCode)
    assert.include(first.out, "replay against live")
    const acts = first.log
      .toString()
      .trimEnd()
      .split("\n")
      .filter((line) => line.includes(run.plan.ruleIdOf("ada-guard")))
    assert.isTrue(
      acts.some((line) => line.includes("close_position") && line.includes("completed")),
      `${first.out}\n${first.log}`.slice(0, 3000)
    )
  }).pipe(Effect.scoped)
)
