/**
 * Two schedulers share 400 timers, due one after the other within some seconds, and a schedule of each second. One of them
 * is killed (kill -9): by itself, right after it published a batch and before it marked it; or from outside, at any moment.
 * Every timer is delivered, what comes twice shows the same id, and no second of the schedule is left out or doubled.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import type { TopicContract } from "@millrace/contracts"
import { headerTexts, outgoing, Publisher, requestTimer } from "@millrace/runtime"
import { deliveryId } from "@millrace/scheduler"
import { layerPool, ScheduleStore, TimerStore } from "@millrace/store"
import { Clock, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomName, readAll, until } from "../delivery/Orders.ts"
import { databaseUrl } from "./database.ts"
import { ordersOf, schedulerBench, schedulerTopics } from "./SchedulerProcesses.ts"

const script = fileURLToPath(new URL("scheduler-process.ts", import.meta.url))
const count = 400

const settings = { SCHEDULER_LEASE: "3 seconds", SCHEDULER_POLL: "500 millis", SCHEDULER_BATCH: "10" }

const schedulerProcess = (name: string, instance: string, ...diesAtBatch: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.callback<ChildProcess>((resume) => {
      const env = { ...process.env, ...settings, INSTANCE: instance }
      const child = spawn(process.execPath, [script, name, ...diesAtBatch], {
        stdio: ["ignore", "pipe", "inherit"],
        env
      })
      child.stdout.once("data", () => resume(Effect.succeed(child)))
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** The scenario's schema, with its name. */
const schemaOf = (name: string) => {
  const run = (statement: string) =>
    Effect.gen(function* () {
      const url = yield* databaseUrl
      const query = SqlClient.use((sql) => sql.unsafe(`${statement}`))
      yield* query.pipe(Effect.provide(layerPool({ url, maxConnections: 1 }), { local: true }))
    })
  const schema = name.replaceAll("-", "_")
  return Effect.acquireRelease(run(`create schema ${schema}`), () => Effect.orDie(run(`drop schema ${schema} cascade`)))
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Asks for the timers, due over six seconds, and puts the schedule. */
const ask = Effect.fnUntraced(function* (name: string) {
  const publisher = yield* Publisher
  const schedules = yield* ScheduleStore
  const startMs = (yield* Clock.currentTimeMillis) + 1000
  const asked = yield* Effect.forEach(Array.from({ length: count }).keys(), (n) =>
    requestTimer(
      { owner: "flow-runner", timerId: `t-${n}`, dueAtMs: startMs + n * 15 },
      outgoing(ordersOf(name), { key: `k-${n % 20}`, value: { id: `t-${n}`, n }, workspaceId: "ws-1" })
    )
  )
  const contract = schedulerTopics(name).requests as TopicContract<unknown>
  yield* publisher.publish(asked.map((request) => ({ ...request, contract })))
  yield* schedules.put({
    ...{ scheduleId: "seconds", owner: "flow-runner", cron: "* * * * * *", timeZone: "UTC", missed: "all" },
    ...{ missedLimit: 100, graceMs: 1000, payload: { id: "{{occurrence-id}}", n: "{{scheduled-at-ms}}" } },
    target: { topic: `${name}-orders`, key: "seconds", workspaceId: "ws-1" }
  })
})

/** Ids of all deliveries, and the seconds of the schedule that came, in the order of the topic. */
const deliveries = Effect.fnUntraced(function* (name: string) {
  const records = (yield* readAll(`${name}-orders`)).map(({ headers, value }) => ({
    headers: headerTexts(headers),
    n: (JSON.parse(Buffer.from(value!.subarray(5)).toString()) as { n: number }).n
  }))
  const seconds = records.filter(({ headers }) => headers["schedule-id"] === "seconds").map(({ n }) => n)
  return { ids: records.map(({ headers }) => headers["delivery-id"]!), seconds }
})

/** Runs the scenario to its end; returns how many deliveries were repeats. */
const withOneKilled = Effect.fnUntraced(function* (diesAtBatch: string | undefined) {
  const name = yield* randomName
  yield* schemaOf(name)
  return yield* Effect.gen(function* () {
    const first = yield* schedulerProcess(name, "1", ...(diesAtBatch === undefined ? [] : [diesAtBatch]))
    yield* schedulerProcess(name, "2")
    yield* ask(name)
    if (diesAtBatch === undefined) {
      yield* until(Effect.map(deliveries(name), ({ ids }) => ids.length >= 100))
      first.kill("SIGKILL")
    }
    yield* until(Effect.sync(() => ended(first)))
    const store = yield* TimerStore
    const expected = Array.from({ length: count }, (_, n) =>
      deliveryId({ owner: "flow-runner", timerId: `t-${n}`, revision: 1 })
    )
    yield* until(
      Effect.map(deliveries(name), ({ ids }) => {
        const came = new Set(ids)
        return expected.every((id) => came.has(id))
      })
    )
    const schedules = yield* ScheduleStore
    yield* until(Effect.map(deliveries(name), ({ seconds }) => new Set(seconds).size >= 8))
    yield* schedules.setEnabled("seconds", false)
    yield* until(Effect.map(store.counts, ({ waiting }) => waiting === 0))
    const { ids, seconds } = yield* deliveries(name)
    const unique = [...new Set(seconds)].toSorted((a, b) => a - b)
    assert.deepStrictEqual(
      unique,
      Array.from(unique, (_, n) => unique[0]! + n * 1000),
      "no second was left out"
    )
    assert.strictEqual(new Set(ids).size, count + unique.length, "each timer and each second has one id")
    return ids.length - new Set(ids).size
  }).pipe(Effect.scoped, Effect.provide(schedulerBench(name)))
})

describe("a scheduler is killed beside another", () => {
  /**
   * @guarantee crash: scheduler is killed (kill -9) with timers in its hands
   * @redelivered requests that were not committed; the timers still wait
   * @harmless another scheduler claims them after the lease; every timer and occurrence is delivered, repeats under the same id
   */
  it.live("from outside: every timer and occurrence is delivered, and repeats show the same id", () =>
    Effect.scoped(withOneKilled(undefined))
  )

  /** @guarantee crash: scheduler after publishing due records, before they are marked */
  it.live("after publishing a batch and before marking it: the batch comes once more under the same ids", () =>
    Effect.gen(function* () {
      const repeated = yield* Effect.scoped(withOneKilled("4"))
      assert.isAtLeast(repeated, 1)
      assert.isAtMost(repeated, Number(settings.SCHEDULER_BATCH))
    })
  )
})
