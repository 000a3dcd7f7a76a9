import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkoutFolder } from "../src/StackConfig.ts"

const infra = join(checkoutFolder, "infra")

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace boot "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A module of infra/ used by a script of a few lines; these run on older Nodes and are plain JavaScript. */
const scriptUsing = (path: string, body: string): string => {
  const file = join(path, "script.mjs")
  writeFileSync(file, body.replaceAll("INFRA", infra.replaceAll("\\", "/")))
  return file
}

it("names the tasks there are when asked for another one, in one line", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(infra, "bootstrap.mjs"), "deploy"], {
    encoding: "utf8"
  })
  assert.strictEqual(status, 2)
  assert.strictEqual(stdout, "")
  assert.match(stderr, /^Unknown task "deploy": expected one of start, millrace, test.*\n$/u)
})

it.live("mirrors the exit code of what it runs, and passes SIGTERM on", () =>
  Effect.gen(function* () {
    const path = yield* folder
    mkdirSync(join(path, "with space"))
    const child = join(path, "with space", "child.mjs")
    writeFileSync(
      child,
      `process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("up", ...process.argv.slice(2))`
    )
    const runner = scriptUsing(
      path,
      `import { runProgram } from "INFRA/runProgram.mjs"
       process.exitCode = await runProgram(process.execPath, ${JSON.stringify(checkoutFolder)}, ${JSON.stringify(child)}, ["a b"])`
    )
    const ended = yield* Effect.callback<{ code: number | null; out: string }>((resume) => {
      const parent = spawn(process.execPath, [runner], { stdio: ["ignore", "pipe", "inherit"] })
      let out = ""
      parent.stdout.on("data", (text) => {
        out += text
        if (out.includes("up")) parent.kill("SIGTERM")
      })
      parent.once("close", (code) => resume(Effect.succeed({ code, out })))
    })
    assert.deepStrictEqual(ended, { code: 7, out: "up a b\n" })
  })
)

it.live("gives its lock to one process at a time, and takes over that of a process that ended", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const lock = join(path, "install.lock")
    mkdirSync(lock)
    // An id that no process has: the largest that Linux gives is below 2^22.
    writeFileSync(join(lock, "pid"), "99999999")
    const script = scriptUsing(
      path,
      `import { appendFileSync } from "node:fs"
       import { takeLock } from "INFRA/fileLock.mjs"
       const release = await takeLock(${JSON.stringify(lock)}, () => {})
       appendFileSync(${JSON.stringify(join(path, "log"))}, "in ")
       await new Promise((resolve) => setTimeout(resolve, 60))
       appendFileSync(${JSON.stringify(join(path, "log"))}, "out ")
       release()`
    )
    const run = Effect.callback<number | null>((resume) => {
      spawn(process.execPath, [script], { stdio: "inherit" }).once("close", (code) => resume(Effect.succeed(code)))
    })
    const codes = yield* Effect.all([run, run, run, run], { concurrency: 4 })
    assert.deepStrictEqual(codes, [0, 0, 0, 0])
    assert.strictEqual(readFileSync(join(path, "log"), "utf8"), "in out in out in out in out ")
  })
)

it.live("ends npm when it is ended itself, so that the next start's npm is alone in the folder", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const npm = join(path, "npm-cli.js")
    writeFileSync(npm, `require("node:fs").writeFileSync("npm.pid", String(process.pid)); setInterval(() => {}, 1000)`)
    const script = scriptUsing(
      path,
      `import { existsSync, readFileSync } from "node:fs"
       import { runNpm } from "INFRA/npm.mjs"
       const timer = setInterval(() => {
         if (existsSync("npm.pid") && readFileSync("npm.pid", "utf8") !== "") process.kill(process.pid, "SIGINT")
       }, 50)
       await runNpm(["ci"], ${JSON.stringify(path)}, "Dependencies")`
    )
    const code = yield* Effect.callback<number | null>((resume) => {
      const env = { ...process.env, npm_execpath: npm }
      spawn(process.execPath, [script], { cwd: path, env, stdio: "inherit" }).once("close", (ended) =>
        resume(Effect.succeed(ended))
      )
    })
    assert.strictEqual(code, 130)
    const pid = Number(readFileSync(join(path, "npm.pid"), "utf8"))
    assert.throws(() => process.kill(pid, 0), /ESRCH/u)
  })
)
