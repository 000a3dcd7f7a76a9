/**
 * 500 orders of 50 keys fail for three causes. One cause is mended and its letters are replayed at a rate; the replaying
 * process is killed (kill -9) in the middle, and a second call finishes: every order is handled once, each key in order.
 * Of the second cause nothing is mended: its letters come back twice and are then left out. The third is purged.
 */
import { assert, it } from "@effect/vitest"
import {
  ConfluentCodec,
  deadLetterMarks,
  jsonSchemaTextOf,
  SchemaRegistry,
  subjectOf,
  type TopicContract,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, KafkaJsClient } from "@millrace/kafka"
import { DeadLetters, type HandlerFailure, input, outgoing, Publisher, runWorker } from "@millrace/runtime"
import { Effect, Layer, Logger } from "effect"
import { Order, randomName, readAll, readOrders, until } from "../delivery/Orders.ts"
import { millraceJson, startMillrace, topicsFileOf } from "./millraceCommand.ts"

const count = 500
const keyOf = (n: number): string => `k-${n % 50}`
const causes = ["the account is unknown", "the price is negative", "the market is closed"] as const
const causeOf = (n: number): (typeof causes)[number] => causes[n % 3]!
const ofCause = (cause: string) => Array.from({ length: count }, (_, n) => n).filter((n) => causeOf(n) === cause)

const topicsOf = (name: string): string => `
version: 1
defaults:
  partitions: 3
  replication: 1
  retention: 1 day
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 1, backoff: fixed, initial: 100 millis, factor: 1, jitter: 0, cap: 1 second }
  timeout: 10 seconds
  concurrency: 20
  deadLetters: { partitions: 3, retention: 1 day }
topics:
  ${name}-orders:
    about: orders that fail
    key: order
    lanes: [critical, high]
    defaultLane: high
    records: { Order: { writer: cli, readers: [cli] } }
  ${name}-results:
    about: orders that were handled
    key: order
    records: { Result: { writer: cli, readers: [cli] } }
  dead-letter-marks:
    about: what became of each dead letter
    key: <topic>/<letter id>
    partitionedBy: topic
    compacted: true
    partitions: 12
    records: { DeadLetterMark: { writer: runtime, readers: [runtime] } }
`

const contract = (name: string): TopicContract<Order> => ({ name, value: Order, partitionKey: (key) => key })

/** Kafka of the environment with the topics made, and the marks' schema registered, as deployment does. */
const benchOf = (topicsFile: string) => {
  const prepared = Layer.effectDiscard(
    Effect.gen(function* () {
      const { admin } = yield* KafkaClient
      yield* admin.createTopics((yield* TopicsFile).physicalTopics())
      yield* (yield* SchemaRegistry).register(subjectOf(deadLetterMarks.name), jsonSchemaTextOf(deadLetterMarks))
    })
  ).pipe(Layer.provide(SchemaRegistry.layer))
  return DeadLetters.layer.pipe(
    Layer.provideMerge(Publisher.layerOf("it-dead-letters")),
    Layer.provideMerge(prepared),
    Layer.provideMerge(
      Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layerMemory, TopicsFile.layerFile(topicsFile))
    ),
    Layer.provideMerge(Logger.layer([]))
  )
}

interface GroupJson {
  readonly fingerprint: string
  readonly message: string
  readonly counts: {
    readonly open: number
    readonly quarantined: number
    readonly replayed: number
    readonly purged: number
  }
}
interface ReplayJson {
  readonly replayed: number
  readonly settled: number
  readonly quarantined: number
}

const scenario = Effect.fnUntraced(function* (name: string, topicsFile: string) {
  const orders = contract(`${name}-orders`)
  const results = contract(`${name}-results`)
  const mended = new Set<string>()
  const handle = (record: { readonly key: string; readonly value: Order }) => {
    const cause = causeOf(record.value.n)
    const failure: HandlerFailure = { _tag: "Refused", kind: "permanent", message: cause }
    if (!mended.has(cause)) return Effect.fail(failure)
    return Effect.succeed({
      publish: [outgoing(results, { key: record.key, value: record.value, workspaceId: "ws-1" })]
    })
  }
  yield* runWorker({ name: `${name}-worker`, instance: "1", inputs: [input({ contract: orders, handle })] })
  const publisher = yield* Publisher
  yield* publisher.publish(
    Array.from({ length: count }, (_, n) =>
      outgoing(orders, { key: keyOf(n), value: { id: keyOf(n), n }, workspaceId: "ws-1" })
    )
  )
  const groups = Effect.map(
    millraceJson<ReadonlyArray<GroupJson>>(topicsFile, "dlq", "list", orders.name),
    ({ value }) => new Map(value.map((group) => [group.message, group]))
  )
  const dlq = (action: string, cause: string, ...args: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const { fingerprint } = (yield* groups).get(cause)!
      return yield* millraceJson<ReplayJson>(topicsFile, "dlq", action, orders.name, "--group", fingerprint, ...args)
    })
  /** Waits until as many letters of the cause are in a state. */
  const counted = (cause: string, state: keyof GroupJson["counts"], expected: number) =>
    until(Effect.map(groups, (found) => found.get(cause)?.counts[state] === expected))

  yield* until(Effect.map(readAll(`${orders.name}.dlq`), (letters) => letters.length === count))
  assert.deepStrictEqual(
    [...(yield* groups).values()].map(({ message, counts }) => [message, counts.open]).toSorted(),
    causes.map((cause) => [cause, ofCause(cause).length]).toSorted()
  )

  const [first, second, third] = causes
  mended.add(first)
  const { fingerprint } = (yield* groups).get(first)!
  const call = ["dlq", "replay", orders.name, "--group", fingerprint, "--rate", "50"]
  const killed = yield* startMillrace(topicsFile, call)
  yield* until(Effect.sync(() => /(\d+) sent back so far/u.test(killed.error())))
  yield* until(
    Effect.sync(
      () =>
        Number(
          killed
            .error()
            .match(/\d+(?= sent back so far)/gu)
            ?.at(-1)
        ) >= 30
    )
  )
  killed.child.kill("SIGKILL")
  assert.isNull((yield* killed.end).exitCode)
  const finished = yield* dlq("replay", first, "--rate", "1000")
  assert.strictEqual(finished.exitCode, 0)
  assert.isAtLeast(finished.value.settled, 30)
  assert.isAtLeast(finished.value.replayed, 1)
  assert.strictEqual(finished.value.settled + finished.value.replayed, ofCause(first).length)
  yield* until(Effect.map(readOrders(results.name), (handled) => handled.length >= ofCause(first).length))
  const handled = yield* readOrders(results.name)
  assert.deepStrictEqual(
    handled.map(({ n }) => n).toSorted((one, other) => one - other),
    ofCause(first),
    "each order of the cause is handled once"
  )
  for (const key of new Set(handled.map(({ id }) => id))) {
    const numbers = handled.filter(({ id }) => id === key).map(({ n }) => n)
    assert.deepStrictEqual(
      numbers,
      numbers.toSorted((one, other) => one - other)
    )
  }

  const size = ofCause(second).length
  for (const round of [1, 2]) {
    assert.deepInclude((yield* dlq("replay", second, "--rate", "1000")).value, { replayed: size, quarantined: 0 })
    yield* counted(second, round === 1 ? "open" : "quarantined", size)
  }
  const left = yield* dlq("replay", second, "--rate", "1000")
  assert.strictEqual(left.exitCode, 4)
  assert.deepInclude(left.value, { replayed: 0, quarantined: size, settled: 2 * size })
  const page = yield* millraceJson<{ readonly letters: ReadonlyArray<{ readonly id: string }> }>(
    topicsFile,
    ...["dlq", "list", orders.name, "--letters", "--state", "quarantined", "--limit", "1"]
  )
  const named = ["dlq", "replay", orders.name, "--id", page.value.letters[0]!.id]
  assert.deepInclude((yield* millraceJson<ReplayJson>(topicsFile, ...named)).value, { replayed: 1, quarantined: 0 })

  assert.strictEqual((yield* dlq("purge", third, "--yes")).exitCode, 0)
  const ended = (yield* groups).get(third)!
  assert.deepInclude(ended.counts, { open: 0, quarantined: 0, replayed: 0 })
  assert.lengthOf(yield* readAll(orders.name), count + ofCause(first).length + 2 * size + 1)
})

/**
 * @guarantee crash: worker or replay of dead letters at any step, with answers lost
 * @guarantee records: A dead letter is sent back once, whatever crashes, and a purged one never
 * @guarantee records: What comes back from two replays is left out of the next, unless it is named
 */
it.live("a killed replay goes on where it was; what comes back is left out; a purge ends it", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const name = yield* randomName
      const topicsFile = yield* topicsFileOf(topicsOf(name))
      yield* scenario(name, topicsFile).pipe(Effect.provide(benchOf(topicsFile)))
    })
  )
)
