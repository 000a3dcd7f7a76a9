import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import { logsCommand } from "../src/logsCommand.ts"
import { lastLines, newLines } from "../src/ServiceLog.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-logs-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const line = (second: number, level: string, message: string): string =>
  `${JSON.stringify({ timestamp: new Date(second * 1000).toISOString(), level, worker: "w", message })}\n`

const logged = Effect.gen(function* () {
  const data = yield* folder
  const logs = join(data, "services", "logs")
  mkdirSync(logs, { recursive: true })
  writeFileSync(join(logs, "market-data.log"), line(1, "Info", "first") + line(3, "Error", "third"))
  writeFileSync(join(logs, "scheduler.log"), `${line(2, "Info", "second")}a trace without a time\n`)
  writeFileSync(join(data, "kafka.log"), "[2026-11-25] started\n")
  return data
})

const logs = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const exitCode = yield* Command.runWith(logsCommand, { version: "0" })(args).pipe(
    Effect.provide(NodeServices.layer),
    Effect.as(0),
    Effect.catchTag("CommandFailed", (error) => Effect.succeed(error.exitCode))
  )
  return { exitCode, out: (yield* TestConsole.logLines).map(String), error: yield* TestConsole.errorLines }
})

const messages = (lines: ReadonlyArray<string>) => lines.map((text) => text.trimEnd().split(/\s+/u).at(-1))

describe("millrace logs", () => {
  it.effect("merges what the services wrote by time, and leaves the servers out", () =>
    Effect.gen(function* () {
      const { out } = yield* logs("--data", yield* logged)
      assert.deepStrictEqual(messages(out), ["first", "second", "time", "third"])
    })
  )

  it.effect("shows one service, one level, or a server by its name", () =>
    Effect.gen(function* () {
      const data = yield* logged
      yield* logs("market-data", "--level", "Error", "--data", data)
      const { out } = yield* logs("kafka", "--data", data)
      assert.deepStrictEqual(messages(out), ["third", "started"])
    })
  )

  it.effect("says which logs there are when asked for another", () =>
    Effect.gen(function* () {
      const { error, exitCode } = yield* logs("market", "--data", yield* logged)
      assert.strictEqual(exitCode, 2)
      assert.include(String(error.at(-1)), "There are: market-data, scheduler, kafka.")
    })
  )
})

describe("the lines of a log", () => {
  const all = { limit: 3, sinceMs: undefined, wanted: () => true }

  it.effect("are read from its end, over many blocks, and never half of one", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "long.log")
      const count = 3_000
      writeFileSync(
        file,
        Array.from({ length: count }, (_, n) => line(n + 1, "Info", `n${n + 1} ${"x".repeat(90)}`)).join("")
      )
      const last = lastLines("s", file, all).lines.map(({ atMs }) => atMs / 1000)
      assert.deepStrictEqual(last, [count - 2, count - 1, count])
      const since = lastLines("s", file, { ...all, limit: 10_000, sinceMs: 1_500_000 }).lines
      assert.strictEqual(since.length, count - 1_499)
      assert.isTrue(since.every(({ fields }) => fields !== undefined))
    })
  )

  it.effect("go on with what is written later, whole lines only, also where the log was emptied", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "s.log")
      writeFileSync(file, line(1, "Info", "one"))
      const { end } = lastLines("s", file, all)
      appendFileSync(file, `${line(2, "Info", "two")}{"half`)
      const next = newLines("s", file, end)
      assert.deepStrictEqual(
        next.lines.map(({ fields }) => fields?.message),
        ["two"]
      )
      writeFileSync(file, line(3, "Info", "anew"))
      assert.deepStrictEqual(
        newLines("s", file, next.end).lines.map(({ fields }) => fields?.message),
        ["anew"]
      )
    })
  )
})
