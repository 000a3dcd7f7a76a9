import { spawn } from "node:child_process"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

/** kafkajs asks for timers of negative length; Node then warns once, which only worries readers. */
const nodeOptions = () =>
  [process.env.NODE_OPTIONS, "--disable-warning=TimeoutNegativeWarning"].filter(Boolean).join(" ")

const environment = (node, root) => ({
  ...process.env,
  NODE_OPTIONS: nodeOptions(),
  KAFKAJS_NO_PARTITIONER_WARNING: "1",
  PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter)
})

/** Calls back when the process that started this one is gone; under npm only, as a shell may leave a job to itself. */
const watchParent = (gone) => {
  if (process.env.npm_lifecycle_event === undefined) return undefined
  const parent = process.ppid
  return setInterval(() => process.ppid !== parent && gone(), 500)
}

/**
 * Runs a script on that Node with this terminal, and returns its exit code.
 *
 * Signals reach it, it ends when this process or npm is killed, and an end by a signal gives 128 plus its number.
 */
export const runProgram = (node, root, script, args) =>
  new Promise((resolve) => {
    const watch = pathToFileURL(join(root, "infra", "endWithParent.mjs")).href
    const child = spawn(node, ["--import", watch, script, ...args], {
      cwd: root,
      stdio: "inherit",
      env: environment(node, root)
    })
    const pass = (signal) => () => child.kill(signal)
    const handlers = {
      SIGTERM: pass("SIGTERM"),
      SIGHUP: pass("SIGHUP"),
      // Ctrl-C in a terminal reaches the whole group: the child has it already.
      SIGINT: process.stdin.isTTY ? () => {} : pass("SIGINT")
    }
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler)
    const timer = watchParent(pass("SIGTERM"))
    const finish = (code) => {
      clearInterval(timer)
      for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler)
      resolve(code)
    }
    child.once("error", (error) => {
      console.error(`${node} can't be started: ${error.message}`)
      finish(127)
    })
    child.once("exit", (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
