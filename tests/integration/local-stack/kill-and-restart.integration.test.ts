import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { openFolderFor } from "../../../packages/local/src/PostgresSite.ts"
import { findTraces, leaveTrace } from "./StackContents.ts"
import { awaitGone, runStack, stackFolder, stopWith } from "./StackProcess.ts"

// The stack belongs to one process. It may be killed at any time, its folder may have a space in its name, and a second
// start may come while it runs. What must hold: no server outlives it for long, its data does, and nobody shares it by
// accident.

const folder = Effect.acquireRelease(
  Effect.sync(() => stackFolder("millrace stack ")),
  (path) =>
    Effect.sync(() => {
      // The folder is closed to others: as root, PostgreSQL's data then lies elsewhere.
      for (const used of [path, openFolderFor(path)]) rmSync(used, { recursive: true, force: true })
    })
)

const started = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const run = yield* runStack(args)
  if (run.addresses === undefined) return yield* Effect.die(new Error(`the stack did not start: ${run.said}`))
  return { ...run, addresses: run.addresses }
})

/**
 * @guarantee crash: stack loses its starter, its guard or one of its servers (kill -9)
 * @redelivered nothing
 * @harmless no server stays behind, data is kept, the next start goes on with it
 */
it.live("keeps the data of all parts and leaves no server behind when it is killed", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const first = yield* started(["--data", data])
    const nothing = { records: 0, subjects: 0, rows: 0, key: null, compatibility: "BACKWARD_TRANSITIVE" }
    assert.deepStrictEqual(yield* findTraces(first.addresses), nothing)
    yield* leaveTrace(first.addresses, "before")
    yield* stopWith(first.child, "SIGKILL")

    // At once, while the servers of the killed one may still be stopping.
    const second = yield* started(["--data", data])
    yield* awaitGone(Object.values(first.addresses.pids), 1)
    const kept = { records: 1, subjects: 1, rows: 1, key: "before", compatibility: "BACKWARD_TRANSITIVE" }
    assert.deepStrictEqual(yield* findTraces(second.addresses), kept)
    assert.deepStrictEqual(second.addresses.kafkaBrokers, first.addresses.kafkaBrokers)
    yield* stopWith(second.child, "SIGKILL")
    yield* awaitGone(Object.values(second.addresses.pids), 20)
  })
)

/** @guarantee crash: stack loses its starter, its guard or one of its servers (kill -9) */
it.live("ends the servers of a stack whose guard was killed, too, and goes on with their data", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const first = yield* started(["--data", data])
    yield* leaveTrace(first.addresses, "before")
    const run = join(data, "run")
    const guards = readdirSync(run).filter((name) => name.startsWith("guard-"))
    assert.strictEqual(guards.length, 1)
    const { pid } = JSON.parse(readFileSync(join(run, guards[0] as string), "utf8")) as { pid: number }
    yield* Effect.sync(() => process.kill(pid, "SIGKILL"))
    yield* stopWith(first.child, "SIGKILL")

    const second = yield* started(["--data", data])
    assert.match(second.said, /former stack of this folder is still stopping: .*kafka \(\d+\)/u)
    yield* awaitGone(Object.values(first.addresses.pids), 1)
    const { records, subjects, rows, key } = yield* findTraces(second.addresses)
    assert.deepStrictEqual({ records, subjects, rows, key }, { records: 1, subjects: 1, rows: 1, key: "before" })
  })
)

/** @guarantee crash: stack loses its starter, its guard or one of its servers (kill -9) */
it.live("restarts a broker that was killed on its port and data", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const run = yield* started(["--data", data])
    yield* leaveTrace(run.addresses, "before")
    const broker = run.addresses.pids.kafka as number
    yield* Effect.sync(() => process.kill(broker, "SIGKILL"))
    yield* awaitGone([broker], 5)
    const traces = yield* Effect.retry(
      Effect.timeout(
        Effect.catchDefect(findTraces(run.addresses), (defect) => Effect.fail(defect)),
        "20 seconds"
      ),
      { times: 10 }
    )
    assert.strictEqual(traces.records, 1)
  })
)

/** @guarantee operation: One stack per data folder; `--fresh` empties all parts or none, and never foreign servers */
it.live("refuses a second start on the same folder with one line, and stops all on SIGTERM", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const first = yield* started(["--data", data])
    const second = yield* runStack(["--data", data])
    assert.strictEqual(second.code, 1)
    assert.match(
      second.said,
      new RegExp(`^stack: The data folder .* is in use .*process ${first.child.pid}.*\\n$`, "u")
    )
    yield* leaveTrace(first.addresses, "before")
    yield* stopWith(first.child, "SIGTERM")
    yield* awaitGone(Object.values(first.addresses.pids), 1)

    const fresh = yield* started(["--data", data, "--fresh"])
    const { records, subjects, rows, key } = yield* findTraces(fresh.addresses)
    assert.deepStrictEqual({ records, subjects, rows, key }, { records: 0, subjects: 0, rows: 0, key: null })
  })
)

it.live("says in one line which server of the environment does not answer", () =>
  Effect.gen(function* () {
    const data = yield* folder
    const run = yield* runStack(["--data", data], { DATABASE_URL: "postgresql://someone:secret@127.0.0.1:1/none" })
    assert.strictEqual(run.code, 1)
    assert.match(
      run.said,
      /^postgres: DATABASE_URL names postgresql:\/\/someone:\*\*\*@127\.0\.0\.1:1\/none, which.*\n$/u
    )
  })
)
