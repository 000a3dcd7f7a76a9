// Foreign boundary: ends processes by id.
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { onDisk } from "./onDisk.ts"
import { isRunning, type ProcessIdentity } from "./ProcessIdentity.ts"
import { report } from "./Progress.ts"
import type { StackError } from "./StackError.ts"

interface Leftover {
  readonly file: string
  readonly name: string
  readonly process: ProcessIdentity
}

const parse = (text: string): ProcessIdentity | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null || !("pid" in value) || !("started" in value)) return undefined
    return typeof value.pid === "number" && typeof value.started === "string"
      ? { pid: value.pid, started: value.started }
      : undefined
  } catch {
    // Cut off by a crash while it was written.
    return undefined
  }
}

const list = (runFolder: string): ReadonlyArray<Leftover> =>
  readdirSync(runFolder)
    .filter((file) => file.endsWith(".json"))
    .flatMap((name) => {
      const file = join(runFolder, name)
      const process = parse(readFileSync(file, "utf8"))
      if (process !== undefined && isRunning(process)) return [{ file, name: name.slice(0, -5), process }]
      rmSync(file, { force: true })
      return []
    })

/** What our guard recorded for a folder and still runs. */
export const leftoversOf = (folder: string): ReadonlyArray<{ readonly name: string; readonly pid: number }> => {
  try {
    return list(join(folder, "run")).map(({ name, process }) => ({ name, pid: process.pid }))
  } catch {
    // Nothing was ever started there.
    return []
  }
}

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

const waitUntilGone = (runFolder: string, tries: number): Effect.Effect<ReadonlyArray<Leftover>> =>
  Effect.gen(function* () {
    for (let attempt = 0; attempt < tries; attempt++) {
      const left = yield* Effect.sync(() => list(runFolder))
      if (left.length === 0) return left
      yield* Effect.sleep("100 millis")
    }
    return list(runFolder)
  })

/**
 * Ends what is still running of a former stack of this folder; call it while holding the folder's lock.
 *
 * Only processes are touched whose id and start time were recorded by our guard. While that guard lives it is
 * stopping them itself and gets its time; without it they are asked to end, then killed.
 */
export const endLeftovers = (dataFolder: string): Effect.Effect<void, StackError> =>
  Effect.gen(function* () {
    const runFolder = join(dataFolder, "run")
    const found = yield* onDisk("stack", dataFolder, () => list(runFolder)).pipe(Effect.orElseSucceed(() => []))
    if (found.length === 0) return
    const names = found.map(({ name, process }) => `${name} (${process.pid})`).join(", ")
    yield* report(`A former stack of this folder is still stopping: ${names}; waiting for it.`)
    const guarded = found.some(({ name }) => name.startsWith("guard-"))
    const afterGuard = guarded ? yield* waitUntilGone(runFolder, 350) : found
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      for (const { process } of signal === "SIGTERM" ? afterGuard : list(runFolder)) kill(process.pid, signal)
      if ((yield* waitUntilGone(runFolder, 100)).length === 0) return
    }
  })
