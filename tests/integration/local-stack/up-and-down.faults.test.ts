/**
 * A user without any setting starts everything in the background, looks at it, restarts one service, meets Kafka down, and
 * ends it. What must hold: a second start joins or is refused, `status` tells the truth also without Kafka, and nothing of
 * it runs afterwards, also when the process in the background was killed.
 */
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { openFolderFor } from "../../../packages/local/src/PostgresSite.ts"
import { millraceIn, millraceJsonIn, npmStartIn } from "./MillraceOfFolder.ts"
import { awaitGone, stackFolder } from "./StackProcess.ts"

interface Status {
  readonly owner: { readonly pid: number } | null
  readonly unread?: string
  readonly services: ReadonlyArray<{
    readonly service: string
    readonly state: string
    readonly pid?: number
    readonly instance?: string
    readonly residentBytes?: number
  }>
}

/** The folder, with whatever still runs in it ended by the command itself. */
const folder = Effect.acquireRelease(
  Effect.sync(() => stackFolder("millrace-up-")),
  (path) =>
    millraceIn(path, "down").pipe(
      Effect.andThen(
        Effect.sync(() => {
          for (const used of [path, openFolderFor(path)]) rmSync(used, { recursive: true, force: true })
        })
      )
    )
)

const statusOf = (data: string) => millraceJsonIn<Status>(data, "status")

const eventually = (data: string, what: string, holds: (status: Status, exitCode: number | null) => boolean) => {
  let last: unknown
  return statusOf(data).pipe(
    Effect.tap((seen) =>
      Effect.sync(() => {
        last = seen
      })
    ),
    Effect.repeat({ until: ({ exitCode, value }) => holds(value, exitCode), schedule: Schedule.spaced("500 millis") }),
    Effect.timeoutOrElse({
      duration: "180 seconds",
      orElse: () => Effect.die(new Error(`not within 180 s: ${what}; last seen ${JSON.stringify(last)}`))
    })
  )
}

const pidsOf = ({ owner, services }: Status): ReadonlyArray<number> =>
  [owner?.pid, ...services.map(({ pid }) => pid)].filter((pid) => pid !== undefined)

const signal = (pid: number, name: NodeJS.Signals) => Effect.sync(() => void process.kill(pid, name))

/** The broker's process, as the stack's guard recorded it. */
const kafkaOf = (data: string): Effect.Effect<number> =>
  Effect.sync(() => JSON.parse(readFileSync(join(data, "run", "kafka.json"), "utf8")).pid)

/**
 * @guarantee operation: `npm start` and `millrace up` never share a data folder; the second says who has it
 */
it.live(
  "starts everything in the background once, restarts one service, and ends all of it",
  () =>
    Effect.gen(function* () {
      const data = yield* folder
      const [first, second] = yield* Effect.all([millraceIn(data, "up"), millraceIn(data, "up")], { concurrency: 2 })
      assert.deepStrictEqual([first.exitCode, second.exitCode], [0, 0], first.error + second.error)
      const third = yield* millraceJsonIn<{ readonly started: boolean }>(data, "up")
      assert.isFalse(third.value.started)
      const { value: before } = yield* eventually(data, "all ready", (_, exitCode) => exitCode === 0)
      assert.isTrue(before.services.some(({ residentBytes, service }) => service === "scheduler" && residentBytes! > 0))

      const refused = yield* npmStartIn(data)
      assert.strictEqual(refused.exitCode, 1)
      assert.include(refused.error, `in use by another start (process ${before.owner?.pid})`)
      const lag = yield* millraceIn(data, "lag")
      assert.deepStrictEqual([lag.exitCode, lag.error], [0, ""])
      assert.include(lag.out, "margin-monitor")

      const restarted = yield* millraceIn(data, "restart", "scheduler")
      assert.strictEqual(restarted.exitCode, 0, restarted.error)
      const { value: after } = yield* eventually(data, "ready again", (_, exitCode) => exitCode === 0)
      const pidIn = (status: Status, name: string) => status.services.find(({ service }) => service === name)?.pid
      assert.notStrictEqual(pidIn(after, "scheduler"), pidIn(before, "scheduler"))
      assert.strictEqual(pidIn(after, "control-api"), pidIn(before, "control-api"))

      const down = yield* millraceIn(data, "down")
      assert.strictEqual(down.exitCode, 0, down.error)
      yield* awaitGone(pidsOf(after), 60)
      assert.include((yield* millraceIn(data, "down")).out, "Nothing runs")
      assert.strictEqual((yield* millraceIn(data, "status")).exitCode, 3)
    }),
  600_000
)

/**
 * @guarantee operation: `millrace status` works while Kafka is down, and says so
 * @how what runs here is asked on its health pages; the figures of reports are added where Kafka answers
 */
it.live(
  "tells what runs while Kafka is down, and ends what a killed process left",
  () =>
    Effect.gen(function* () {
      const data = yield* folder
      const up = yield* millraceJsonIn<{ readonly owner: { readonly pid: number } }>(data, "up", "--single")
      assert.strictEqual(up.exitCode, 0)
      const { value } = yield* eventually(data, "all ready", (_, exitCode) => exitCode === 0)
      const kafka = yield* kafkaOf(data)
      yield* signal(kafka, "SIGSTOP")
      const silent = yield* statusOf(data).pipe(Effect.ensuring(signal(kafka, "SIGCONT")))
      assert.strictEqual(silent.exitCode, 1)
      assert.isString(silent.value.unread)
      assert.deepStrictEqual(
        silent.value.services.map(({ pid, service }) => [service, pid]),
        value.services.map(({ pid, service }) => [service, pid])
      )
      yield* signal(up.value.owner.pid, "SIGKILL")
      const down = yield* millraceIn(data, "down")
      assert.strictEqual(down.exitCode, 0, down.error)
      yield* awaitGone(pidsOf(value), 60)
    }),
  600_000
)
