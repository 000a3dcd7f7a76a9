// Foreign boundary: a process of its own that must stay small and live through its parent's death; loads no Effect.
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import type { GuardReply, GuardRequest, ProcessSpec } from "./GuardProtocol.ts"
import { identify } from "./ProcessIdentity.ts"

// Outline:
// 1. Each line on standard input asks to start a process; replies go to standard output.
// 2. When standard input closes (the parent ended, cleanly or not), stop all: highest stopOrder first, side by side
//    within one order, by its signal, after its grace by SIGKILL.
// 3. Leave when none is left. Identity files in `run/` tell the next start what may still be running.

interface Running {
  readonly spec: ProcessSpec
  readonly child: ChildProcess
  readonly ended: Promise<void>
}

const runFolder = process.argv[2] as string
const running = new Map<string, Running>()
let stopping = false

const identityFile = (name: string): string => join(runFolder, `${name}.json`)

const reply = (message: GuardReply): void => {
  if (!stopping) process.stdout.write(`${JSON.stringify(message)}\n`)
}

const finish = (spec: ProcessSpec, code: number | null, signal: string | null): void => {
  running.delete(spec.name)
  rmSync(identityFile(spec.name), { force: true })
  if (spec.keepAtCleanEnd !== undefined) {
    // JVMs end with 143 after SIGTERM; the file is complete then.
    const clean = code === 0 || code === 143
    try {
      if (clean) renameSync(spec.keepAtCleanEnd.from, spec.keepAtCleanEnd.to)
      else rmSync(spec.keepAtCleanEnd.from, { force: true })
    } catch {
      // The process left none: the next run makes it.
    }
  }
  reply({ ended: spec.name, code, signal })
}

const start = (spec: ProcessSpec): void => {
  mkdirSync(dirname(spec.logFile), { recursive: true })
  const log = openSync(spec.logFile, "a")
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ["ignore", log, log],
    // A group of its own: Ctrl-C in the terminal reaches only the stack, which then stops the parts in order.
    detached: true,
    ...(spec.user ?? {})
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) reply({ refused: spec.name, reason: error.message })
      resolve()
    })
    child.once("exit", (code, signal) => {
      finish(spec, code, signal)
      resolve()
    })
  })
  if (child.pid === undefined) return
  running.set(spec.name, { spec, child, ended })
  // None when it has ended already: its end is told right after.
  const identity = identify(child.pid)
  if (identity !== undefined) writeFileSync(identityFile(spec.name), JSON.stringify(identity))
  reply({ started: spec.name, pid: child.pid })
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}

const stop = async ({ spec, child, ended }: Running): Promise<void> => {
  child.kill(spec.stopSignal)
  const timer = setTimeout(() => signalGroup(child.pid as number, "SIGKILL"), spec.graceMs)
  await ended
  clearTimeout(timer)
}

const stopAll = async (): Promise<void> => {
  if (stopping) return
  stopping = true
  const orders = new Set([...running.values()].map(({ spec }) => spec.stopOrder))
  for (const order of [...orders].sort((left, right) => right - left)) {
    await Promise.all([...running.values()].filter(({ spec }) => spec.stopOrder === order).map(stop))
  }
  rmSync(identityFile(`guard-${process.pid}`), { force: true })
  process.exit(0)
}

mkdirSync(runFolder, { recursive: true })
writeFileSync(identityFile(`guard-${process.pid}`), JSON.stringify(identify(process.pid)))
// The parent's end is the only order to stop; a signal to the terminal's group must not stop parts out of order.
process.on("SIGINT", () => {})
process.on("SIGHUP", () => {})
process.on("SIGTERM", () => void stopAll())
process.stdout.on("error", () => void stopAll())
const lines = createInterface({ input: process.stdin })
lines.on("line", (line) => {
  const request = JSON.parse(line) as GuardRequest
  if (stopping) return
  try {
    start(request.start)
  } catch (error) {
    reply({ refused: request.start.name, reason: error instanceof Error ? error.message : String(error) })
  }
})
lines.on("close", () => void stopAll())
