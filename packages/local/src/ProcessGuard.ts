// Foreign boundary: talks to the guard over pipes.
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Deferred, Effect, type Scope } from "effect"
import type { GuardReply, ProcessSpec } from "./GuardProtocol.ts"
import { StackError, type StackPart } from "./StackError.ts"

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
}

export interface StartedProcess {
  readonly pid: number
  readonly ended: Deferred.Deferred<ProcessEnd>
}

/** Owns the stack's server processes: they end with the scope, and also when this process is killed. */
export interface ProcessGuard {
  /** Fails with StackError when the program can't be started at all. */
  readonly start: (part: StackPart, spec: ProcessSpec) => Effect.Effect<StartedProcess, StackError>
}

interface Waiting {
  readonly started: Deferred.Deferred<StartedProcess, StackError>
  readonly ended: Deferred.Deferred<ProcessEnd>
  readonly part: StackPart
  readonly command: string
}

const handleReply = (waiting: Map<string, Waiting>, reply: GuardReply): void => {
  if ("started" in reply) {
    const entry = waiting.get(reply.started)
    if (entry) Deferred.doneUnsafe(entry.started, Effect.succeed({ pid: reply.pid, ended: entry.ended }))
  } else if ("refused" in reply) {
    const entry = waiting.get(reply.refused)
    if (entry === undefined) return
    const problem = `${entry.command} can't be started: ${reply.reason}.`
    const error = new StackError({ part: entry.part, problem, remedy: "Check that the program is installed." })
    Deferred.doneUnsafe(entry.started, Effect.fail(error))
  } else {
    const entry = waiting.get(reply.ended)
    if (entry) Deferred.doneUnsafe(entry.ended, Effect.succeed({ code: reply.code, signal: reply.signal }))
  }
}

/** Everything but what belongs to the test runner or to a debugger of the parent. */
const guardEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: _, ...env } = process.env
  return env
}

/**
 * Starts the guard of a data folder. Closing the scope stops all its processes in order and waits for them.
 */
export const makeProcessGuard = (dataFolder: string): Effect.Effect<ProcessGuard, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiting = new Map<string, Waiting>()
    const guardMain = fileURLToPath(new URL("./guardMain.ts", import.meta.url))
    const gone = yield* Deferred.make<void>()
    const guard = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [guardMain, join(dataFolder, "run")], {
          stdio: ["pipe", "pipe", "inherit"],
          detached: true,
          env: guardEnvironment()
        })
        child.once("exit", () => Deferred.doneUnsafe(gone, Effect.void))
        // A guard that is gone shows as "ended" of its parts; writing to it must not throw.
        child.stdin.on("error", () => {})
        createInterface({ input: child.stdout }).on("line", (line) => handleReply(waiting, JSON.parse(line)))
        return child
      }),
      (child) =>
        Effect.sync(() => child.stdin.end()).pipe(
          Effect.andThen(Deferred.await(gone)),
          Effect.timeoutOrElse({ duration: "40 seconds", orElse: () => Effect.sync(() => child.kill("SIGKILL")) })
        )
    )
    const start = Effect.fnUntraced(function* (part: StackPart, spec: ProcessSpec) {
      const started = yield* Deferred.make<StartedProcess, StackError>()
      const ended = yield* Deferred.make<ProcessEnd>()
      waiting.set(spec.name, { started, ended, part, command: spec.command })
      guard.stdin.write(`${JSON.stringify({ start: spec })}\n`)
      return yield* Deferred.await(started)
    })
    return { start }
  })
