import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { defaultTopicsPath, jsonSchemaTextOf, marketTicks, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { runMillrace } from "./runMillrace.ts"

const topics = TopicsFile.layerFile(defaultTopicsPath)

/** A registry in memory that refuses what the test says. */
const registryOf = (refused: ReadonlySet<string>) => {
  const ids = new Map<string, number>()
  const versions = new Map<string, number>()
  return Layer.succeed(SchemaRegistry, {
    address: "http://registry",
    idOf: (subject, schema) => Effect.sync(() => ids.get(`${subject} ${schema}`)),
    belongs: () => Effect.succeed(false),
    versions: (subject) => Effect.sync(() => (versions.has(subject) ? [1] : refused.has(subject) ? [1] : [])),
    isCompatible: (subject) => Effect.succeed(!refused.has(subject)),
    register: (subject, schema) =>
      Effect.sync(() => {
        versions.set(subject, 1)
        ids.set(`${subject} ${schema}`, ids.size + 1)
        return ids.size
      }),
    guard: () => Effect.void
  })
}

const run = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  parts: { readonly refused?: ReadonlySet<string> } = {}
) {
  const kafka = Layer.succeed(KafkaClient, yield* KafkaClient)
  return yield* runMillrace({ kafka, registry: registryOf(parts.refused ?? new Set()), topics }, args)
})

it.effect("plan shows what apply then does, after which nothing is left to do", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const first = yield* run(["topics", "plan"])
    assert.strictEqual(first.exitCode, 4)
    assert.include(first.out, "+ automation-commands.critical")
    assert.deepStrictEqual(yield* admin.listTopics, [])
    assert.strictEqual((yield* run(["topics", "apply"])).exitCode, 0)
    const [commands] = yield* admin.describeTopics(["automation-commands.critical"])
    assert.strictEqual(commands?.partitions, 12)
    const second = yield* run(["topics", "plan"])
    assert.strictEqual(second.exitCode, 0)
    assert.include(second.out, "0 to create, 0 to alter, 0 refused")
  }).pipe(Effect.provide(MemoryKafka.layer))
)

it.effect("apply puts a setting right that somebody changed", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* run(["topics", "apply"])
    yield* admin.alterTopicConfig("market-ticks", { "retention.ms": "5" })
    assert.include((yield* run(["topics", "plan"])).out, "retention.ms 5 → 2592000000")
    yield* run(["topics", "apply"])
    const [ticks] = yield* admin.describeTopics(["market-ticks"])
    assert.strictEqual(ticks?.config["retention.ms"], "2592000000")
  }).pipe(Effect.provide(MemoryKafka.layer))
)

/**
 * @guarantee operation: `topics apply` never moves keys: a changed partition count, copies or compaction change
 *   nothing at all
 */
it.effect("apply changes nothing at all when one topic is refused", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics([{ topic: "market-ticks", partitions: 3, replication: 1, config: {} }])
    const { exitCode, error } = yield* run(["topics", "apply"])
    assert.strictEqual(exitCode, 1)
    assert.include(error, "market-ticks: 3 partitions at the broker, 12 in topics.yaml")
    assert.deepStrictEqual(yield* admin.listTopics, ["market-ticks"])
  }).pipe(Effect.provide(MemoryKafka.layer))
)

it.effect("plan prints JSON for programs", () =>
  Effect.gen(function* () {
    const { out } = yield* run(["topics", "plan", "--json"])
    const changes = JSON.parse(out) as { readonly create: ReadonlyArray<{ readonly topic: string }> }
    assert.include(
      changes.create.map((topic) => topic.topic),
      "market-ticks.dlq"
    )
  }).pipe(Effect.provide(MemoryKafka.layer))
)

it.effect("schemas are generated, checked and registered", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-schemas-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true }))
    )
    assert.strictEqual((yield* run(["schemas", "check", "--offline", "--folder", folder])).exitCode, 1)
    yield* run(["schemas", "generate", "--folder", folder])
    assert.strictEqual(readFileSync(join(folder, "market-ticks-value.json"), "utf8"), jsonSchemaTextOf(marketTicks))
    assert.strictEqual((yield* run(["schemas", "check", "--folder", folder])).exitCode, 0)
    yield* Effect.sync(() => {
      writeFileSync(join(folder, "market-ticks-value.json"), "{}")
      writeFileSync(join(folder, "gone-value.json"), "{}")
    })
    const drifted = yield* run(["schemas", "check", "--offline", "--folder", folder])
    assert.strictEqual(drifted.exitCode, 1)
    assert.include(drifted.out, "market-ticks-value.json  changed")
    assert.include(drifted.out, "gone-value.json  superfluous")
    const registered = yield* run(["schemas", "register"])
    assert.include(registered.out, "market-ticks-value  new, id 1")
  }).pipe(Effect.provide(MemoryKafka.layer))
)

it.effect("check fails when the registry refuses a schema", () =>
  Effect.gen(function* () {
    const { exitCode, out } = yield* run(["schemas", "check"], { refused: new Set(["decisions-value"]) })
    assert.strictEqual(exitCode, 1)
    assert.include(out, "! decisions-value  changed: older records could not be read with it")
  }).pipe(Effect.provide(MemoryKafka.layer))
)

it.effect("lag counts from the committed offset, or from the start of a partition without one", () =>
  Effect.gen(function* () {
    const client = yield* KafkaClient
    yield* run(["topics", "apply"])
    assert.include((yield* run(["lag"])).out, "No group has committed anything yet.")
    const producer = yield* client.producer({ clientId: "it-lag" })
    yield* producer.send(
      [0, 0, 0, 5].map((partition) => ({
        topic: "automation-commands",
        partition,
        key: null,
        value: new Uint8Array(1)
      }))
    )
    let assigned: (epoch: number) => void = () => {}
    const epoch = new Promise<number>((resolve) => {
      assigned = resolve
    })
    const consumer = yield* client.consumer(
      {
        groupId: "automation-executor",
        clientId: "it-lag",
        topics: [{ topic: "automation-commands", from: "committed" }]
      },
      {
        onAssigned: (assignment) => Effect.sync(() => assigned(assignment.epoch)),
        onRevoked: () => Effect.void,
        onBatch: () => {},
        onFailure: () => {}
      }
    )
    const offsets = [{ topic: "automation-commands", partition: 0, offset: 2, metadata: "" }]
    yield* consumer.commit(yield* Effect.promise(() => epoch), offsets)
    const { out } = yield* run(["lag", "--json"])
    assert.deepStrictEqual(JSON.parse(out), [
      { group: "automation-executor", topic: "automation-commands", lane: "high", lagRecords: 2 }
    ])
  }).pipe(Effect.provide(MemoryKafka.layer))
)
