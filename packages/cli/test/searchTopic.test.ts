import { assert, describe, it } from "@effect/vitest"
import { RecordCodec, RegistryUnavailable, Undecodable } from "@millrace/contracts"
import { KafkaClient, MemoryKafka, type ProducerRecord } from "@millrace/kafka"
import { Effect, Fiber, Layer, Result, Stream } from "effect"
import { holds, parseCondition } from "../src/FieldCondition.ts"
import { withoutSecrets } from "../src/hiddenFields.ts"
import { followTopic, searchTopic, type TopicSearch } from "../src/searchTopic.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

/** Values are plain JSON; one that says `broken` does not fit. */
const codec = Layer.succeed(RecordCodec, {
  prepare: () => Effect.void,
  learn: () => Effect.void,
  encode: () => Result.succeed(new Uint8Array()),
  decode: (contract, value) =>
    new TextDecoder().decode(value).includes("broken")
      ? Result.fail(new Undecodable({ topic: contract.name, issue: "Expected a number" }))
      : Result.succeed(undefined as never)
})

const servers = Layer.merge(MemoryKafka.layer, codec)

const contract = { name: "it-things", partitionKey: (key: string) => key } as never

const all: TopicSearch = { topics: ["it-things"], contract, where: [], limit: 10, mostRead: 1_000 }

const record = (n: number, more: Partial<ProducerRecord> = {}): ProducerRecord => ({
  topic: "it-things",
  key: bytes(`k${n % 3}`),
  value: bytes(JSON.stringify({ n, deep: { tags: [{ name: `t${n}` }] }, apiToken: "s3cret" })),
  headers: { "workspace-id": "w1", authorization: "Bearer s3cret" },
  ...more
})

const withRecords = Effect.fnUntraced(function* (records: ReadonlyArray<ProducerRecord>) {
  const kafka = yield* KafkaClient
  yield* kafka.admin.createTopics([{ topic: "it-things", partitions: 3, replication: 1, config: {} }])
  const producer = yield* kafka.producer({ clientId: "test" })
  for (const one of records) yield* producer.send([one])
  return producer
})

const numbers = (found: ReadonlyArray<{ readonly value?: unknown }>) =>
  found.map(({ value }) => (value as { readonly n: number } | null)?.n).toSorted((a, b) => a! - b!)

const where = (...texts: ReadonlyArray<string>) => texts.map((text) => Result.getOrThrow(parseCondition(text)))

describe("a search in a topic", () => {
  it.effect("finds the last ones that fit, over windows of every partition", () =>
    Effect.gen(function* () {
      yield* withRecords(Array.from({ length: 900 }, (_, n) => record(n)))
      const last = yield* searchTopic({ ...all, limit: 6 })
      assert.strictEqual(last.records.length, 6)
      assert.isTrue(last.complete)
      const rare = yield* searchTopic({ ...all, where: where("n<4", "n!=2") })
      assert.deepStrictEqual(numbers(rare.records), [0, 1, 3])
      assert.strictEqual(rare.read, 900)
    }).pipe(Effect.provide(servers))
  )

  it.effect("reads only the partition of a key, and only from its bounds", () =>
    Effect.gen(function* () {
      yield* withRecords(Array.from({ length: 30 }, (_, n) => record(n)))
      const { read, records } = yield* searchTopic({ ...all, key: "k1", limit: 100 })
      assert.deepStrictEqual(numbers(records), [1, 4, 7, 10, 13, 16, 19, 22, 25, 28])
      assert.isBelow(read, 30)
      const [partition] = records.map((one) => one.partition)
      const some = yield* searchTopic({ ...all, partition: partition!, key: "k1", from: { offset: 0 }, limit: 2 })
      assert.deepStrictEqual(numbers(some.records), [1, 4])
    }).pipe(Effect.provide(servers))
  )

  it.effect("says when it ended before everything was read", () =>
    Effect.gen(function* () {
      yield* withRecords(Array.from({ length: 50 }, (_, n) => record(n)))
      const { complete } = yield* searchTopic({ ...all, where: where("n=-1"), mostRead: 10 })
      assert.isFalse(complete)
    }).pipe(Effect.provide(servers))
  )

  /**
   * @guarantee operation: Values and headers whose names say that they are secrets are never shown by `millrace records`
   * @how by name, at any depth, before anything is printed or compared
   */
  it.effect("hides secrets, and shows what does not fit its schema, what is no JSON, and deletions", () =>
    Effect.gen(function* () {
      yield* withRecords([
        record(1),
        record(2, { value: bytes('{"n":2,"broken":true}') }),
        record(3, { value: bytes("not json s3cret") }),
        record(4, { value: null })
      ])
      const { records } = yield* searchTopic(all)
      assert.notInclude(JSON.stringify(records), "s3cret")
      const [sound, broken, text, deleted] = records.toSorted(
        (a, b) => a.timestampMs - b.timestampMs || numberOf(a) - numberOf(b)
      )
      const found = [sound, broken, text, deleted].map((one) => [one?.problem, one?.value === undefined])
      assert.deepInclude(found, ["Expected a number", false])
      assert.deepInclude(found, ["no JSON, 15 bytes", true])
      assert.isTrue(records.some(({ value }) => value === null))
    }).pipe(Effect.provide(servers))
  )

  it.effect("finds parked records by the key they had, and shows what no registry tells how to read", () => {
    let asked = 0
    const without = Layer.effect(
      RecordCodec,
      Effect.map(RecordCodec, (known) => ({
        ...known,
        decode: () => Result.fail({ _tag: "UnknownSchemaId" as const, schemaId: 7 }),
        learn: () =>
          Effect.suspend(() => {
            asked += 1
            return Effect.fail(new RegistryUnavailable({ target: "http://registry", cause: "no answer" }))
          })
      }))
    ).pipe(Layer.provide(codec))
    return Effect.gen(function* () {
      const kafka = yield* KafkaClient
      yield* kafka.admin.createTopics([{ topic: "it-things.parked", partitions: 3, replication: 1, config: {} }])
      const producer = yield* kafka.producer({ clientId: "test" })
      for (const n of [1, 2, 3])
        yield* producer.send([
          { ...record(n), topic: "it-things.parked", key: bytes(`0/${n}`), headers: { "parked-key": `k${n}` } }
        ])
      const { records } = yield* searchTopic({ ...all, topics: ["it-things.parked"], key: "k2" })
      assert.deepStrictEqual(numbers(records), [2])
      assert.include(records[0]?.problem, "no answer")
      const every = yield* searchTopic({ ...all, topics: ["it-things.parked"] })
      assert.lengthOf(every.records, 3)
      assert.strictEqual(asked, 2, "once for each search")
    }).pipe(Effect.provide(Layer.merge(MemoryKafka.layer, without)))
  })

  it.live("follows what is written from now on", () =>
    Effect.gen(function* () {
      const producer = yield* withRecords([record(1)])
      const next = yield* followTopic({ ...all, where: where("n>=5") }).pipe(
        Stream.take(2),
        Stream.runCollect,
        Effect.forkChild
      )
      const send = Effect.gen(function* () {
        for (let n = 2; n < 40; n++) {
          yield* producer.send([record(n)])
          yield* Effect.sleep("20 millis")
        }
      })
      yield* Effect.forkChild(send)
      const found = yield* Fiber.join(next)
      assert.strictEqual(found.length, 2)
      assert.isTrue(found.every(({ value }) => (value as { readonly n: number }).n >= 5))
    }).pipe(Effect.provide(servers))
  )
})

const numberOf = ({ value }: { readonly value?: unknown }): number => (value as { readonly n?: number } | null)?.n ?? 0

describe("a condition", () => {
  const subject = { value: { n: 10, deep: { tags: [{ name: "Blue" }] }, none: null }, headers: { "a.b": "x" } }
  const held = (text: string) => holds(Result.getOrThrow(parseCondition(text)), subject)

  it("compares numbers as numbers, texts as texts, places of lists, and headers", () => {
    for (const text of [
      "n=10.0",
      "n>9",
      "n<=10",
      "n!=11",
      "deep.tags.0.name=Blue",
      "deep~blue",
      "header.a.b=x",
      "none="
    ])
      assert.isTrue(held(text), text)
    for (const text of ["n=1", "n>10", "deep.tags.1.name=Blue", "missing=1", "missing>0", "header.c=x", "n=ten"])
      assert.isFalse(held(text), text)
  })

  it("says what was expected of one that is none", () => {
    const refused = parseCondition("price")
    assert.isTrue(Result.isFailure(refused) && refused.failure.includes("found price"))
  })
})

describe("secrets", () => {
  it("are hidden by their names, at any depth, and nothing else is", () => {
    assert.deepStrictEqual(
      withoutSecrets({ list: [{ passphrase: "p", key: "k1" }], webhookSecret: { a: 1 }, token: null }),
      {
        list: [{ passphrase: "<redacted>", key: "k1" }],
        webhookSecret: "<redacted>",
        token: null
      }
    )
  })
})
