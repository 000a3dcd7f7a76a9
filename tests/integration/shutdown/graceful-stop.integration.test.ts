/**
 * A service works at 40 orders, five at a time, 200 ms each, its schemas in the registry. It is told to stop (SIGTERM) in
 * the middle. It finishes the five in its hands, commits them, and ends with exit code 0; its successor does exactly the
 * rest, so that every order is done once. A service that can't start says why in one line and ends with exit code 1.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { ConfluentCodec, jsonSchemaTextOf, SchemaRegistry, type TopicContract } from "@millrace/contracts"
import { Effect } from "effect"
import {
  committedRecords,
  type Order,
  orderBench,
  orderTopics,
  putOrders,
  randomName,
  readOrders,
  until
} from "../delivery/Orders.ts"

const script = fileURLToPath(new URL("service-process.ts", import.meta.url))

interface Service {
  readonly child: ChildProcess
  readonly output: () => string
  readonly errors: () => string
}

const service = (name: string, environment: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync((): Service => {
      let output = ""
      let errors = ""
      const child = spawn(process.execPath, [script, name], { env: { ...process.env, ...environment } })
      child.stdout.on("data", (text) => {
        output += text
      })
      child.stderr.on("data", (text) => {
        errors += text
      })
      return { child, output: () => output, errors: () => errors }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const exitCode = ({ child }: Service) =>
  until(Effect.sync(() => child.exitCode !== null || child.signalCode !== null)).pipe(Effect.map(() => child.exitCode))

/** The scenario's topics as a topics.yaml of its own. */
const topicsYaml = (name: string): string => {
  const topic = (part: string, lanes: string) => `  ${name}-${part}:
    about: A scenario's topic
    key: order id
    lanes: [${lanes}]
    defaultLane: high
    records:
      Order: { writer: testkit, readers: [testkit] }
`
  const file = join(mkdtempSync(join(tmpdir(), "it-topics-")), "topics.yaml")
  const defaults = `version: 1
defaults:
  partitions: 3
  replication: 1
  retention: 1 day
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 3, backoff: fixed, initial: 1 second, factor: 1, jitter: 0, cap: 1 minute }
  timeout: 30 seconds
  concurrency: 5
  deadLetters: { partitions: 1, retention: 1 day }
topics:
`
  writeFileSync(file, `${defaults}${topic("orders", "critical, high, low")}${topic("results", "high")}`)
  return file
}

const register = (contract: TopicContract<Order>) =>
  Effect.flatMap(SchemaRegistry, (registry) => registry.register(`${contract.name}-value`, jsonSchemaTextOf(contract)))

it.live("a service told to stop finishes what it holds, and its successor does exactly the rest", () =>
  Effect.gen(function* () {
    const name = yield* randomName
    const topics = orderTopics(name)
    const environment = { MILLRACE_TOPICS: topicsYaml(name) }
    yield* Effect.gen(function* () {
      yield* Effect.forEach([topics.orders, topics.results], register).pipe(Effect.provide(SchemaRegistry.layer))
      const first = yield* service(name, environment)
      yield* until(Effect.sync(() => first.child.exitCode !== null || first.output().includes('"event":"ready"')))
      assert.include(first.output(), '"event":"ready"', first.errors())
      const ready = JSON.parse(first.output())
      assert.strictEqual(ready.worker, topics.group)
      const health = yield* Effect.promise(async () => (await fetch(`${ready.health}/ready`)).status)
      assert.strictEqual(health, 200)
      yield* putOrders(topics, [...Array(40).keys()], { keyOf: (n) => `k-${n}` })
      yield* until(Effect.map(readOrders(topics.results.name), (all) => all.length >= 5))
      first.child.kill("SIGTERM")
      assert.strictEqual(yield* exitCode(first), 0, first.errors())
      const byFirst = yield* readOrders(topics.results.name)
      assert.isBelow(byFirst.length, 40)
      yield* service(name, environment)
      yield* until(Effect.map(committedRecords(topics.group, topics.orders.name), (count) => count === 40))
      const all = (yield* readOrders(topics.results.name)).map(({ n }) => n)
      assert.deepStrictEqual(
        all.toSorted((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n)
      )
    }).pipe(Effect.scoped, Effect.provide(orderBench(topics, ConfluentCodec.layer)))
  })
)

it.live("a service without its settings says so in one line and ends with 1", () =>
  Effect.gen(function* () {
    const broken = yield* service("it-none", { KAFKA_BROKERS: "" })
    assert.strictEqual(yield* exitCode(broken), 1)
    const lines = broken.errors().trim().split("\n")
    assert.strictEqual(lines.length, 1, broken.errors())
    assert.include(JSON.parse(lines[0]!).error, "KAFKA")
    assert.strictEqual(broken.output(), "")
  }).pipe(Effect.scoped)
)
