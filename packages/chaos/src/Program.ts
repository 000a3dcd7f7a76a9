// Foreign boundary: signals processes by id.
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { isReady, type ProcessGuard, type StackError, type StartedProcess } from "@millrace/local"
import { Deferred, Effect } from "effect"
import { awaitState } from "./awaitState.ts"

/** One of our own programs as a process. */
export interface ProgramPlan {
  readonly name: string
  /** File of this folder. */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  readonly logFolder: string
  /** Programs with a higher number stop first. */
  readonly stopOrder: number
}

const inherited = (): Record<string, string> => {
  const names = ["PATH", "HOME", "TMPDIR", "TZ", "LANG"]
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  )
}

/** Starts a program; it ends with the guard, or by a signal. */
export const startProgram = (guard: ProcessGuard, plan: ProgramPlan): Effect.Effect<StartedProcess, StackError> =>
  guard.start("stack", {
    name: plan.name,
    command: process.execPath,
    args: [fileURLToPath(new URL(plan.main, import.meta.url))],
    cwd: plan.logFolder,
    env: { ...inherited(), ...plan.env },
    logFile: join(plan.logFolder, `${plan.name}.log`),
    stopSignal: "SIGTERM",
    graceMs: 15_000,
    stopOrder: plan.stopOrder
  })

/** Starts a program that serves `/ready` on this port, and waits until it does. */
export const startServing = Effect.fnUntraced(function* (guard: ProcessGuard, plan: ProgramPlan, port: number) {
  const started = yield* startProgram(guard, plan)
  yield* awaitState(`${plan.name} is ready`, isReady(`http://127.0.0.1:${port}/ready`), "30 seconds")
  return started
})

/** Sends a signal, if the process has not ended. */
export const signalProgram = (program: StartedProcess, signal: NodeJS.Signals): Effect.Effect<void> =>
  Effect.sync(() => {
    if (Deferred.isDoneUnsafe(program.ended)) return
    try {
      process.kill(program.pid, signal)
    } catch {
      // It has ended.
    }
  })
