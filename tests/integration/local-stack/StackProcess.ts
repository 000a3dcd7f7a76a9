// Foreign boundary: runs the stack's own command as a process, as a user would.
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import type { StackAddresses } from "../../../packages/local/src/index.ts"
import { toEnvironment } from "../../../packages/local/src/index.ts"

const command = fileURLToPath(new URL("../../../packages/local/src/stackMain.ts", import.meta.url))

/** A new folder for a stack that PostgreSQL's user may enter: else root's data would lie, and stay, elsewhere. */
export const stackFolder = (prefix: string): string => {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  chmodSync(folder, 0o755)
  return folder
}

/** A run of the command: its addresses when it came up, else how it ended and what it said. */
export interface StackRun {
  readonly child: ChildProcess
  readonly addresses: StackAddresses | undefined
  readonly code: number | null | undefined
  readonly said: string
}

const foundStack: StackAddresses = {
  kafkaBrokers: [],
  registryUrl: "",
  databaseUrl: "",
  redisUrl: "",
  origins: { kafka: "none", registry: "none", postgres: "none", redis: "none" },
  dataFolders: [],
  pids: {}
}

/** The environment without the stack that the other scenarios use. */
const environmentWith = (extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...process.env, MILLRACE_CONTAINERS: "never" }
  for (const name of [...Object.keys(toEnvironment(foundStack)), "NODE_OPTIONS"]) delete env[name]
  return { ...env, ...extra }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Runs the command until it prints its addresses or ends. Closing the scope stops it cleanly. */
export const runStack = (
  args: ReadonlyArray<string>,
  extra: Readonly<Record<string, string>> = {}
): Effect.Effect<StackRun, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<StackRun>((resume) => {
      const child = spawn(process.execPath, [command, "--quick-jvm", ...args], {
        env: environmentWith(extra),
        stdio: ["ignore", "pipe", "pipe"]
      })
      let said = ""
      let out = ""
      child.stderr.on("data", (text) => {
        said += text
      })
      child.stdout.on("data", (text) => {
        out += text
        if (!out.includes("\n")) return
        resume(Effect.succeed({ child, addresses: JSON.parse(out) as StackAddresses, code: undefined, said }))
      })
      child.once("close", (code) => resume(Effect.succeed({ child, addresses: undefined, code, said })))
    }),
    ({ child }) => stopWith(child, "SIGTERM")
  )

/** Sends a signal and waits for the command's end. */
export const stopWith = (child: ChildProcess, signal: NodeJS.Signals): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })

/** Waits until none of these processes is left; dies after the limit with those that are. */
export const awaitGone = (pids: ReadonlyArray<number>, limitSeconds: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let tenths = 0; tenths < limitSeconds * 10; tenths++) {
      if (!pids.some(isAlive)) return
      yield* Effect.sleep("100 millis")
    }
    return yield* Effect.die(new Error(`still running after ${limitSeconds} s: ${pids.filter(isAlive).join(", ")}`))
  })
