import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import type { ProcessSpec } from "../src/GuardProtocol.ts"
import { endLeftovers } from "../src/leftovers.ts"
import { makeProcessGuard } from "../src/ProcessGuard.ts"
import { identify, isRunning } from "../src/ProcessIdentity.ts"
import { Progress } from "../src/Progress.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace guard "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const spec = (path: string, name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: "/bin/sh",
  args: ["-c", script],
  cwd: path,
  env: { PATH: process.env.PATH ?? "" },
  logFile: join(path, "logs", `${name}.log`),
  stopSignal: "SIGTERM",
  graceMs: 300,
  stopOrder: 2,
  ...more
})

const quiet = Effect.provideService(Progress, { line: () => Effect.void })

it.live("stops processes in order, and kills one that does not stop in time", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const note = (text: string) => `trap 'echo ${text} >> ended; exit 0' TERM; while :; do sleep 0.05; done`
    const pids = yield* Effect.scoped(
      Effect.gen(function* () {
        const guard = yield* makeProcessGuard(path)
        const last = yield* guard.start("stack", spec(path, "last", note("last"), { stopOrder: 1, graceMs: 5000 }))
        const first = yield* guard.start("stack", spec(path, "first", note("first"), { graceMs: 5000 }))
        const deaf = yield* guard.start("stack", spec(path, "deaf", "trap '' TERM; while :; do sleep 0.05; done"))
        yield* Effect.sleep("200 millis")
        return [last, first, deaf].map(({ pid }) => pid)
      })
    )
    assert.strictEqual(readFileSync(join(path, "ended"), "utf8"), "first\nlast\n")
    assert.deepStrictEqual(pids.map(identify), [undefined, undefined, undefined])
    assert.deepStrictEqual(readdirSync(join(path, "run")), [])
  })
)

it.live("tells when a process ends by itself, and why one can't be started", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const guard = yield* makeProcessGuard(path)
    const started = yield* guard.start("kafka", spec(path, "short", "echo words; exit 7"))
    assert.deepStrictEqual(yield* Deferred.await(started.ended), { code: 7, signal: null })
    assert.strictEqual(readFileSync(join(path, "logs", "short.log"), "utf8"), "words\n")
    const error = yield* Effect.flip(guard.start("redis", { ...spec(path, "none", ""), command: "/no/such/program" }))
    assert.include(error.message, "/no/such/program can't be started")
    assert.strictEqual(error.part, "redis")
  })
)

it.live("gives a file its name only after a clean end of the process that wrote it", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const guard = yield* makeProcessGuard(path)
    const kept = (name: string) => ({ keepAtCleanEnd: { from: join(path, `${name}.partial`), to: join(path, name) } })
    const clean = yield* guard.start("kafka", spec(path, "clean", "echo 1 > clean.partial", kept("clean")))
    const broken = yield* guard.start("kafka", spec(path, "broken", "echo 1 > broken.partial; exit 1", kept("broken")))
    yield* Deferred.await(clean.ended)
    yield* Deferred.await(broken.ended)
    assert.isTrue(existsSync(join(path, "clean")))
    assert.isFalse(existsSync(join(path, "broken")))
    assert.isFalse(existsSync(join(path, "broken.partial")))
  })
)

/** @guarantee crash: stack loses its starter, its guard or one of its servers (kill -9) */
it.live("ends what a former stack left running, but never a process that only has its id", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const run = join(path, "run")
    yield* Effect.sync(() => spawn("/bin/mkdir", ["-p", run])).pipe(Effect.andThen(Effect.sleep("100 millis")))
    const [ours, foreign] = yield* Effect.acquireRelease(
      Effect.sync(() => [1, 2].map(() => spawn("/bin/sleep", ["60"], { stdio: "ignore" }))),
      (children) => Effect.sync(() => children.map((child) => child.kill("SIGKILL")))
    )
    const oursIdentity = identify(ours?.pid as number)
    const foreignIdentity = identify(foreign?.pid as number)
    assert.isDefined(oursIdentity)
    assert.isDefined(foreignIdentity)
    writeFileSync(join(run, "kafka.json"), JSON.stringify(oursIdentity))
    writeFileSync(join(run, "redis.json"), JSON.stringify({ ...foreignIdentity, started: "another start" }))
    writeFileSync(join(run, "postgres.json"), '{"pid":')
    yield* endLeftovers(path)
    assert.isFalse(isRunning(oursIdentity!))
    assert.isTrue(isRunning(foreignIdentity!))
    assert.deepStrictEqual(readdirSync(run), [])
  }).pipe(quiet)
)
