import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { input, makeTable, nothing, outgoing, Publisher, runWorker, type TableChange } from "../src/index.ts"
import { type Order, orders, put, settle, stock, workbench } from "./workbench.ts"

const running = Effect.provide(Layer.fresh(workbench))

const remove = (key: string) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    yield* publisher.publish([outgoing(stock, { key, value: null, workspaceId: "ws-1" })])
  })

/**
 * @guarantee records: Tables are read to their end before a record is handled, and followed
 * @how a worker waits for its tables; kept partitions are not read anew
 */
it.effect("is read to its end before the first record is handled, and followed from then on", () =>
  Effect.gen(function* () {
    for (let n = 0; n < 300; n++) yield* put(stock, `s-${n}`, n)
    yield* put(orders, "o", 1)
    const table = yield* makeTable({ contract: stock, scope: "partitioned" })
    const sizes: Array<number> = []
    yield* runWorker({
      name: "it-worker",
      instance: "1",
      tables: [table],
      inputs: [
        input({
          contract: orders,
          handle: () => Effect.sync(() => sizes.push(table.size())).pipe(Effect.as(nothing))
        })
      ]
    })
    yield* settle
    assert.deepStrictEqual(sizes, [300])
    yield* put(stock, "late", 1)
    yield* settle
    assert.strictEqual(table.get("late")?.n, 1)
    assert.strictEqual(table.workspaceOf("late"), "ws-1")
    assert.deepStrictEqual(table.partitions(), [0, 1, 2])
  }).pipe(running)
)

/** @guarantee records: Tables are read to their end before a record is handled, and followed */
it.effect("follows changes in order, keeps its indexes right and forgets what a tombstone deletes", () =>
  Effect.gen(function* () {
    const changes: Array<TableChange<Order>> = []
    const table = yield* makeTable({
      contract: stock,
      scope: "all",
      indexes: { parity: (value) => (value.n % 2 === 0 ? "even" : "odd") },
      onChange: (change) => changes.push(change)
    })
    yield* runWorker({ name: "it-worker", instance: "1", tables: [table] })
    yield* put(stock, "a", 1)
    yield* put(stock, "b", 2)
    yield* put(stock, "a", 4)
    yield* settle
    assert.deepStrictEqual(
      table
        .lookup("parity", "even")
        .map(({ n }) => n)
        .toSorted(),
      [2, 4]
    )
    assert.deepStrictEqual(table.lookup("parity", "odd"), [])
    yield* remove("a")
    yield* settle
    assert.isUndefined(table.get("a"))
    assert.deepStrictEqual(
      table.lookup("parity", "even").map(({ n }) => n),
      [2]
    )
    assert.deepStrictEqual(
      [...table.entries()].map(([key]) => key),
      ["b"]
    )
    const ofA = changes.filter(({ key }) => key === "a").map(({ previous, value }) => [previous?.n, value?.n])
    assert.deepStrictEqual(ofA, [
      [undefined, 1],
      [1, 4],
      [4, undefined]
    ])
  }).pipe(running)
)

it.effect("leaves a record out that can't be decoded, keeps the row before it, and counts it", () =>
  Effect.gen(function* () {
    const table = yield* makeTable({ contract: stock, scope: "all" })
    const worker = yield* runWorker({ name: "it-worker", instance: "1", tables: [table] })
    yield* put(stock, "a", 1)
    const publisher = yield* Publisher
    const [stored] = yield* (yield* MemoryKafkaControl).records("it-stock")
    const value = new TextEncoder().encode("{}")
    yield* publisher.sendRaw([{ topic: "it-stock", partition: stored!.partition, key: stored!.key, value }])
    yield* put(stock, "a", 2).pipe(Effect.delay("1 millis"), Effect.forkChild)
    yield* settle
    assert.strictEqual(table.get("a")?.n, 1)
    yield* TestClock.adjust("1 millis")
    yield* settle
    assert.strictEqual(table.get("a")?.n, 2)
    assert.strictEqual(worker.status().tables[0]!.undecodable, 1)
  }).pipe(running)
)

it.effect("keeps the rows of partitions it keeps, gives away those it loses, and says so", () =>
  Effect.gen(function* () {
    const events: Array<string> = []
    const open = (instance: string) =>
      Effect.gen(function* () {
        const table = yield* makeTable({
          contract: stock,
          scope: "partitioned",
          onPartition: (partition, event) => events.push(`${instance} ${event} ${partition}`)
        })
        yield* runWorker({ name: "it-worker", instance, tables: [table] })
        return table
      })
    for (let n = 0; n < 60; n++) yield* put(stock, `s-${n}`, n)
    const first = yield* open("1")
    assert.strictEqual(first.size(), 60)
    assert.deepStrictEqual(events, ["1 ready 0", "1 ready 1", "1 ready 2"])
    const second = yield* open("2")
    yield* settle
    assert.strictEqual(first.size() + second.size(), 60)
    assert.deepStrictEqual([...first.partitions(), ...second.partitions()].toSorted(), [0, 1, 2])
    const moved = second.partitions()
    assert.deepStrictEqual(
      events.slice(3).toSorted(),
      [
        ...moved.map((partition) => `1 revoked ${partition}`),
        ...moved.map((partition) => `2 ready ${partition}`)
      ].toSorted()
    )
    yield* put(stock, "s-0", 1_000)
    yield* settle
    assert.deepStrictEqual(
      [first.get("s-0")?.n, second.get("s-0")?.n].filter((n) => n !== undefined),
      [1_000]
    )
  }).pipe(running)
)

/**
 * @guarantee records: What another owner wrote while a member was put out is known before the member acts again
 * @how after a loss nothing counts as kept: tables are read anew, and what was made of them is dropped; found by `npm run simulate -- --world trading --seed 589`
 */
it.effect("reads its partitions anew after the group had put it out, also those that it gets back", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const events: Array<string> = []
    const seen: Array<string> = []
    const table = yield* makeTable({
      contract: stock,
      scope: "partitioned",
      onPartition: (partition, event) => events.push(`${event} ${partition}`),
      onChange: ({ key, value }) => seen.push(`${key} ${value?.n}`)
    })
    const whole = yield* makeTable({ contract: stock, scope: "all", onPartition: (_, event) => events.push(event) })
    yield* runWorker({ name: "it-worker", instance: "1", tables: [table, whole] })
    yield* put(stock, "s", 1)
    yield* settle
    events.splice(0)
    seen.splice(0)
    yield* control.expel("it-worker", "it-worker.1")
    yield* put(stock, "s", 2)
    for (let round = 0; round < 10; round++) yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(events.toSorted(), ["ready 0", "ready 1", "ready 2", "revoked 0", "revoked 1", "revoked 2"])
    assert.deepStrictEqual(seen.slice(-2), ["s 1", "s 2"])
    assert.strictEqual(table.get("s")?.n, 2)
    assert.strictEqual(whole.get("s")?.n, 2)
  }).pipe(running)
)
