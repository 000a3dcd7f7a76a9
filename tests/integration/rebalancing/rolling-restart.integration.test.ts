/**
 * Three instances of a worker are replaced one after the other, as a deployment does it, while 300 orders a second come in.
 * What must hold: every order is done, and a reader that drops what it has seen sees each once. How long a key waited at
 * most is reported, not asserted: it belongs to the machine.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Ref } from "effect"
import {
  committedRecords,
  type Order,
  orderBench,
  orderTopics,
  putOrders,
  randomName,
  readAll,
  until
} from "../delivery/Orders.ts"

const script = fileURLToPath(new URL("rolling-process.ts", import.meta.url))
const keys = 60

interface Instance {
  readonly child: ChildProcess
  ready: boolean
}

const start = (name: string, instance: number) =>
  Effect.acquireRelease(
    Effect.sync((): Instance => {
      const child = spawn(process.execPath, [script, name, `${instance}`], { stdio: ["ignore", "pipe", "inherit"] })
      const started: Instance = { child, ready: false }
      child.stdout!.on("data", (text) => {
        started.ready ||= String(text).includes("ready")
      })
      return started
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.tap((one) => until(Effect.sync(() => one.ready || one.child.exitCode !== null))))

const stop = ({ child }: Instance) =>
  Effect.sync(() => child.kill("SIGTERM")).pipe(
    Effect.andThen(until(Effect.sync(() => child.exitCode !== null || child.signalCode !== null))),
    Effect.tap(() => Effect.sync(() => assert.strictEqual(child.exitCode, 0, "it drains and ends in order")))
  )

/** 300 orders a second until told to stop; `sent` counts them. */
const sending = (topics: ReturnType<typeof orderTopics>, going: Ref.Ref<boolean>, sent: { count: number }) =>
  Effect.whileLoop({
    while: () => Ref.getUnsafe(going),
    body: () => {
      const numbers = Array.from({ length: 6 }, (_, n) => sent.count + n)
      sent.count += 6
      return Effect.andThen(putOrders(topics, numbers, { keyOf: (n) => `k-${n % keys}` }), Effect.sleep("20 millis"))
    },
    step: () => {}
  })

const longestGapMs = (times: ReadonlyArray<number>): number =>
  times
    .toSorted((one, other) => one - other)
    .reduce((most, at, n, all) => Math.max(most, n > 0 ? at - all[n - 1]! : 0), 0)

/**
 * @guarantee records: A deployment under load loses nothing and does nothing twice for a reader that knows ids
 * @how instances drain and commit before they leave; who stays reads on meanwhile
 */
it.live("three instances replaced one after the other under 300 orders a second lose and double nothing", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    yield* Effect.gen(function* () {
      const going = yield* Ref.make(true)
      const sent = { count: 0 }
      const instances = yield* Effect.forEach([1, 2, 3], (one) => start(name, one))
      const load = yield* Effect.forkChild(sending(topics, going, sent))
      const worked = (count: number) =>
        until(Effect.map(committedRecords(topics.group, topics.orders.name), (done) => done >= count))
      yield* worked(300)
      for (const [n, instance] of instances.entries()) {
        yield* stop(instance)
        yield* start(name, n + 1)
        yield* worked(sent.count)
      }
      yield* Ref.set(going, false)
      yield* Fiber.join(load)
      yield* worked(sent.count)
      const results = (yield* readAll(topics.results.name)).map(({ timestampMs, value }) => ({
        timestampMs,
        order: JSON.parse(Buffer.from(value!.subarray(5)).toString()) as Order
      }))
      const seen = new Set(results.map(({ order }) => order.n))
      const byKey = Map.groupBy(results, ({ order }) => order.id)
      const gaps = [...byKey.values()].map((of) => longestGapMs(of.map(({ timestampMs }) => timestampMs)))
      process.stderr.write(
        `rolling restart: ${sent.count} orders, ${results.length - seen.size} repeated; longest without any result ` +
          `${longestGapMs(results.map(({ timestampMs }) => timestampMs))} ms, of one key ${Math.max(...gaps)} ms\n`
      )
      assert.strictEqual(seen.size, sent.count)
      assert.strictEqual(byKey.size, keys)
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics)))
  })
)
