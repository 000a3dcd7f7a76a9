// Foreign boundary: starts a process that outlives this one.
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync, renameSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import { report } from "./Progress.ts"
import { type RunRecord, readRun } from "./RunRecord.ts"
import { tailOf } from "./ServerProcess.ts"
import { StackError } from "./StackError.ts"

/** A run that is ready; `started` is false for one that somebody else had started. */
export interface BackgroundRun {
  readonly run: RunRecord
  readonly started: boolean
}

/** Longest wait for a start: downloads of a first start included. */
const readyWithinMs = 600_000
const lookEveryMs = 200

/** Where the run in the background says what it does. */
export const backgroundLog = (dataFolder: string): string => join(dataFolder, "up.log")

const main = fileURLToPath(new URL("./backgroundMain.ts", import.meta.url))

const launch = (dataFolder: string, flags: ReadonlyArray<string>): Effect.Effect<ChildProcess, StackError> =>
  onDisk("stack", dataFolder, () => {
    mkdirSync(dataFolder, { recursive: true })
    const log = backgroundLog(dataFolder)
    try {
      renameSync(log, `${log}.1`)
    } catch {
      // The first start of this folder.
    }
    // It may hold the one-time link of the first administrator.
    const file = openSync(log, "a", 0o600)
    // A session of its own: neither Ctrl-C nor the terminal's end reaches it.
    const child = spawn(process.execPath, [main, ...flags, "--data", dataFolder], {
      detached: true,
      stdio: ["ignore", file, file]
    })
    closeSync(file)
    child.unref()
    return child
  })

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Waits for a run of the folder to be ready; undefined: its owner ended first. */
const awaitReady = Effect.fnUntraced(function* (dataFolder: string, stillStarting: () => boolean) {
  for (let waitedMs = 0; waitedMs < readyWithinMs; waitedMs += lookEveryMs) {
    const run = yield* readRun(dataFolder)
    if (run?.readyAtMs !== undefined) return run
    if (run === undefined && !stillStarting()) return undefined
    yield* Effect.sleep(lookEveryMs)
  }
  return yield* new StackError({
    part: "stack",
    problem: `The start was not done within ${readyWithinMs / 60_000} minutes.`,
    remedy: `See ${backgroundLog(dataFolder)}; \`millrace down\` ends it.`
  })
})

/**
 * Starts the stack and all services of a data folder in the background, and returns once they are ready. Where they run
 * already, or are being started, by whomever, that run is waited for instead.
 *
 * Fails with StackError: what the start said last when it ended.
 */
export const startBackground: (
  dataFolder: string,
  flags: ReadonlyArray<string>
) => Effect.Effect<BackgroundRun, StackError> = Effect.fnUntraced(function* (dataFolder, flags) {
  const present = yield* readRun(dataFolder)
  if (present !== undefined) {
    if (present.readyAtMs === undefined) yield* report(`Process ${present.owner.pid} is starting; waiting for it`)
    const run = yield* awaitReady(dataFolder, () => false)
    if (run !== undefined) return { run, started: false }
  }
  const child = yield* launch(dataFolder, flags)
  yield* report(`Starting in the background (process ${child.pid}); what it says is in ${backgroundLog(dataFolder)}`)
  const run = yield* awaitReady(dataFolder, () => !hasEnded(child))
  if (run !== undefined) return { run, started: run.owner.pid === child.pid }
  return yield* new StackError({
    part: "stack",
    problem: `The start ended${child.signalCode === null ? "" : ` (${child.signalCode})`}: ${tailOf(backgroundLog(dataFolder))}`,
    remedy: `All it said: ${backgroundLog(dataFolder)}`
  })
})
