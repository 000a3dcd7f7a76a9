import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** npm as a script for this Node, so that no shell is needed on any system; else whatever is on the PATH. */
const npmCommand = () => {
  const scripts = [
    process.env.npm_execpath,
    join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js")
  ]
  const script = scripts.find((file) => file?.endsWith("npm-cli.js") && existsSync(file))
  return script === undefined ? { command: "npm", first: [] } : { command: process.execPath, first: [script] }
}

/** npm says first what is wrong and then how to get help. */
const explain = (output) =>
  output
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!)\s*/u, "").trim())
    .filter((line) => line !== "" && !line.startsWith("npm warn") && !line.startsWith("code "))
    .slice(0, 3)
    .join(" | ")

const endSignals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }

/** Ends npm with this process: one that went on alone would write into the same folder as the next start's. Returns its undoing. */
const endWithUs = (child) => {
  const handlers = Object.entries(endSignals).map(([signal, number]) => {
    // Again and again, as an impatient user presses Ctrl-C again.
    const handler = () => {
      child.once("close", () => process.exit(128 + number))
      child.kill("SIGTERM")
    }
    process.on(signal, handler)
    return [signal, handler]
  })
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler)
  }
}

/**
 * Runs npm to its end with a line of progress every five seconds. Throws with npm's first lines when it fails. A signal that
 * ends this process ends npm first.
 */
export const runNpm = (args, folder, title) =>
  new Promise((resolve, reject) => {
    const { command, first } = npmCommand()
    const started = Date.now()
    const seconds = () => Math.round((Date.now() - started) / 1000)
    const child = spawn(command, [...first, ...args, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const undo = endWithUs(child)
    let output = ""
    const keep = (text) => {
      output = (output + text).slice(-4000)
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    const timer = setInterval(() => console.error(`${title}: still at it, ${seconds()} s`), 5000)
    child.once("error", (error) => {
      undo()
      clearInterval(timer)
      reject(new Error(`npm can't be started (${error.message}). Install npm and start again.`))
    })
    child.once("close", (code) => {
      undo()
      clearInterval(timer)
      if (code === 0) {
        console.error(`${title}: done in ${seconds()} s`)
        return resolve()
      }
      const why = explain(output)
      reject(new Error(`${title}: npm ended with code ${code}: ${why}. Check the network and start again.`))
    })
  })
