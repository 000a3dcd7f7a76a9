import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { publishAddresses, takeFolder } from "../src/DataFolder.ts"
import { endBackground } from "../src/endBackground.ts"
import { flagsOf, type RunOptions } from "../src/RunOptions.ts"
import { publishRun, readRun, servicesFolderOf } from "../src/RunRecord.ts"
import { takeServicesFolder } from "../src/ServicesFolder.ts"
import { stackSettings } from "../src/stackSettings.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace run "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const start = { mode: "background", flags: ["--single"], startedAtMs: 1 } as const

/**
 * @guarantee operation: `npm start` and `millrace up` never share a data folder; the second says who has it
 * @how one lock on the services' folder, taken before anything is started
 */
it.live("gives the services of a folder to one start, and says who has them and how to end it", () =>
  Effect.gen(function* () {
    const data = yield* folder
    yield* Effect.scoped(
      Effect.gen(function* () {
        const services = yield* takeServicesFolder(data, false)
        yield* publishRun(services, start)
        const refused = yield* Effect.flip(takeServicesFolder(data, false))
        assert.include(refused.message, `in use by another start (process ${process.pid})`)
        assert.include(refused.message, "millrace down")
      })
    )
    yield* takeServicesFolder(data, false)
  })
)

it.live("publishes a run while its process runs, first as starting, then as ready", () =>
  Effect.gen(function* () {
    const data = yield* folder
    mkdirSync(servicesFolderOf(data))
    yield* Effect.scoped(
      Effect.gen(function* () {
        const publish = yield* publishRun(servicesFolderOf(data), start)
        assert.deepInclude(yield* readRun(data), { mode: "background", services: [] })
        yield* publish({ readyAtMs: 5, runId: "r1" })
        assert.deepInclude(yield* readRun(data), { readyAtMs: 5, runId: "r1", flags: ["--single"] })
      })
    )
    assert.isUndefined(yield* readRun(data))
    assert.isFalse(existsSync(join(servicesFolderOf(data), "run.json")))
  })
)

/**
 * @guarantee operation: `millrace down` ends the very processes that `up` started, and no other that has their id by now
 * @how process ids are written with their start times; a clean end is asked for first and waited for so long
 */
it.live("takes no run for one that runs when the process id belongs to another process by now", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const file = join(servicesFolderOf(data), "run.json")
    mkdirSync(servicesFolderOf(data))
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* publishRun(servicesFolderOf(data), start)
        const text = readFileSync(file, "utf8")
        yield* Effect.sync(() => writeFileSync(file, text.replace(/"started":"[^"]*"/u, '"started":"another boot"')))
        assert.isUndefined(yield* readRun(data))
        assert.deepStrictEqual(yield* endBackground(data, 100), { _tag: "Nothing" })
      })
    )
  })
)

it.live("refuses to end what a terminal has", () =>
  Effect.gen(function* () {
    const data = yield* folder
    mkdirSync(servicesFolderOf(data))
    yield* publishRun(servicesFolderOf(data), { ...start, mode: "foreground" })
    const refused = yield* Effect.flip(endBackground(data, 100))
    assert.include(refused.message, "Ctrl-C")
  })
)

it.live("finds the stack of a folder, unless the environment names another server or nobody runs it", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const addresses = {
      kafkaBrokers: ["127.0.0.1:1"],
      registryUrl: "http://127.0.0.1:2",
      databaseUrl: "postgresql://u:p@127.0.0.1:3/d",
      redisUrl: undefined,
      origins: { kafka: "process", registry: "process", postgres: "process", redis: "none" },
      dataFolders: [data],
      pids: {}
    } as const
    yield* Effect.scoped(
      Effect.gen(function* () {
        assert.isTrue(yield* takeFolder(data))
        yield* publishAddresses(data, addresses)
        yield* Effect.sync(() => writeFileSync(join(data, "master.key"), "a2V5\n"))
        const found = yield* stackSettings(data, {})
        assert.deepInclude(found, { KAFKA_BROKERS: "127.0.0.1:1", MILLRACE_MASTER_KEY: "a2V5" })
        assert.deepInclude(yield* stackSettings(data, { KAFKA_BROKERS: "127.0.0.1:1" }), found)
        assert.deepStrictEqual(yield* stackSettings(data, { DATABASE_URL: "postgresql://elsewhere/d" }), {})
        yield* Effect.sync(() => writeFileSync(join(data, "owner.json"), '{"pid":1,"started":"another boot"}'))
        assert.deepStrictEqual(yield* stackSettings(data, {}), {})
      })
    )
  })
)

it("keeps the flags of a start for the next one, without the emptying, and files by their whole path", () => {
  const options: RunOptions = {
    scenario: "a.yaml",
    feed: undefined,
    speed: "max",
    seed: 7,
    untilEnd: false,
    summary: undefined,
    fresh: true,
    single: true,
    instances: 1,
    plain: false,
    data: undefined
  }
  assert.deepStrictEqual(flagsOf(options), [
    ...["--scenario", join(process.cwd(), "a.yaml"), "--speed", "max", "--seed", "7", "--instances", "1", "--single"]
  ])
})
