import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Deferred, Effect } from "effect"

const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

/** What a call of the command printed, and how it ended; killed: no exit code. */
export interface CommandEnd {
  readonly exitCode: number | null
  readonly out: string
  readonly error: string
}

/** A running call of `millrace`. */
export interface RunningCommand {
  readonly child: ChildProcess
  /** Standard error so far. */
  readonly error: () => string
  readonly end: Effect.Effect<CommandEnd>
}

/** Starts `millrace` as a process of its own, on the servers of the environment and the given list of topics, else its own. */
export const startMillrace = (
  topicsFile: string | undefined,
  args: ReadonlyArray<string>
): Effect.Effect<RunningCommand> =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<CommandEnd>()
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...(topicsFile === undefined ? {} : { MILLRACE_TOPICS: topicsFile }) },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let [out, error] = ["", ""]
    child.stdout.on("data", (bytes) => {
      out += bytes
    })
    child.stderr.on("data", (bytes) => {
      error += bytes
    })
    child.on("close", (exitCode) => Deferred.doneUnsafe(ended, Effect.succeed({ exitCode, out, error })))
    return { child, error: () => error, end: Deferred.await(ended) }
  })

/** Runs `millrace … --json` to its end and reads what it printed. */
export const millraceJson = <A>(topicsFile: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { end } = yield* startMillrace(topicsFile, [...args, "--json"])
    const { error, exitCode, out } = yield* end
    if (out === "") return yield* Effect.die(new Error(`millrace ${args.join(" ")} ended with ${exitCode}: ${error}`))
    return { exitCode, value: JSON.parse(out) as A }
  })

/** A list of topics in a folder of its own, removed with the scope. */
export const topicsFileOf = (text: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "millrace-topics-"))
      const file = join(folder, "topics.yaml")
      writeFileSync(file, text)
      return { file, folder }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.map(({ file }) => file))
