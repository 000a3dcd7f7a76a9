import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
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

/** The parent of a process, undefined when it has ended. */
const parentOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
  } catch {
    const { stdout } = spawnSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" })
    return Number.parseInt(stdout ?? "", 10) || undefined
  }
}

/**
 * Calls back when npm, which started this process through a shell, is gone: a shell outlives it.
 *
 * Under npm only, as a shell of a person may leave a job to itself.
 */
const watchParent = (gone) => {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return undefined
  const parent = process.ppid
  const grandparent = parentOf(parent)
  return setInterval(() => {
    if (process.ppid !== parent || parentOf(parent) !== grandparent) gone()
  }, 1000)
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

/** Runs a script on that Node to its end without showing it. Returns its exit code and what it wrote. */
export const runQuietly = (node, root, script, args) =>
  new Promise((resolve) => {
    const watch = pathToFileURL(join(root, "infra", "endWithParent.mjs")).href
    const child = spawn(node, ["--import", watch, script, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environment(node, root), NO_COLOR: "1" }
    })
    let output = ""
    const keep = (text) => {
      output = (output + text).slice(-8000)
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.once("error", (error) => resolve({ code: 127, output: `${node} can't be started: ${error.message}` }))
    child.once("close", (code) => resolve({ code: code ?? 128, output }))
  })
