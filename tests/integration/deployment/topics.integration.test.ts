import { randomBytes } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { applyTopics, planTopics } from "@millrace/administration"
import { parseTopics, TopicsFile } from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { Effect, Result } from "effect"

// topics.yaml is applied to a broker that may hold topics already. What must hold: what is missing is made as declared,
// a setting that differs is put right without touching others, and nothing is done that would lose or reorder records.

const textOf = (name: string, changes: { readonly retention?: string; readonly partitions?: number }) => `version: 1
defaults:
  partitions: ${changes.partitions ?? 2}
  replication: broker
  retention: ${changes.retention ?? "7 days"}
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 3, backoff: exponential, initial: 1 second, factor: 2, jitter: 0.2, cap: 1 minute }
  timeout: 30 seconds
  concurrency: 50
  deadLetters: { partitions: 1, retention: 30 days }
topics:
  ${name}:
    about: Things of a test
    key: thing id
    lanes: [critical, normal]
    defaultLane: normal
    records: { Thing: { writer: market-data, readers: [] } }
  ${name}-state:
    about: State of a test
    key: thing id
    compacted: true
    records: { Thing: { writer: market-data, readers: [] } }
`

const declared = (...given: Parameters<typeof textOf>) =>
  TopicsFile.layerOf(Result.getOrThrow(parseTopics(textOf(...given), "topics.yaml")))

/** Topic names are letters only. */
const freshName = Effect.sync(
  () =>
    `it-${randomBytes(8)
      .toString("hex")
      .replace(/\d/gu, (digit) => "ghijklmnop"[Number(digit)]!)}`
)

const physical = (name: string) => [name, `${name}.critical`, `${name}.dlq`, `${name}-state`, `${name}-state.dlq`]

const removed = (name: string) =>
  Effect.acquireRelease(Effect.succeed(name), () =>
    KafkaClient.use(({ admin }) => Effect.ignore(admin.deleteTopics(physical(name))))
  )

it.live("makes what is missing, puts right what differs, and then has nothing to do", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const name = yield* Effect.flatMap(freshName, removed)
    yield* Effect.provide(applyTopics, declared(name, {}))
    const described = yield* admin.describeTopics(physical(name))
    assert.deepStrictEqual(
      described.map(({ topic, partitions, config }) => [topic, partitions, config["cleanup.policy"]]).sort(),
      [
        [name, 2, "delete"],
        [`${name}.critical`, 2, "delete"],
        [`${name}.dlq`, 1, "delete"],
        [`${name}-state`, 2, "compact"],
        [`${name}-state.dlq`, 1, "delete"]
      ].sort()
    )
    const settled = yield* Effect.provide(planTopics, declared(name, {}))
    assert.deepStrictEqual([settled.create, settled.alter, settled.refused], [[], [], []])
    const longer = declared(name, { retention: "9 days" })
    const changes = yield* Effect.provide(applyTopics, longer)
    assert.deepStrictEqual(changes.alter.map((change) => change.topic).sort(), [name, `${name}.critical`].sort())
    const [after] = yield* admin.describeTopics([name])
    assert.strictEqual(after?.config["retention.ms"], String(9 * 24 * 3600 * 1000))
    assert.strictEqual(after?.config["max.message.bytes"], String(1024 * 1024))
    const again = yield* Effect.provide(planTopics, longer)
    assert.deepStrictEqual([again.create, again.alter, again.refused], [[], [], []])
  }).pipe(Effect.provide(KafkaJsClient.layer))
)

/**
 * @guarantee operation: `topics apply` never moves keys: a changed partition count, copies or compaction change
 *   nothing at all
 */
it.live("refuses another number of partitions, and changes nothing then", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const name = yield* Effect.flatMap(freshName, removed)
    yield* Effect.provide(applyTopics, declared(name, {}))
    const error = yield* Effect.flip(
      Effect.provide(applyTopics, declared(name, { partitions: 4, retention: "9 days" }))
    )
    assert.strictEqual(error._tag, "TopicsRefused")
    assert.include(error.message, `${name}: 2 partitions at the broker, 4 in topics.yaml`)
    const [after] = yield* admin.describeTopics([name])
    assert.deepStrictEqual([after?.partitions, after?.config["retention.ms"]], [2, String(7 * 24 * 3600 * 1000)])
  }).pipe(Effect.provide(KafkaJsClient.layer))
)
