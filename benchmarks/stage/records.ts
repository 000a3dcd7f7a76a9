import {
  AmountSats,
  ConfluentCodec,
  EpochMs,
  Id,
  type LaneName,
  MarketId,
  PriceUsd,
  parseTopics,
  QuantityUsd,
  RecordCodec,
  Side,
  type TopicContract,
  type Topics
} from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"

/** What the benchmarks' records hold: the shape of an order, checked as the real topics' values are. */
export const BenchOrder = Schema.Struct({
  /** Number of the record in its topic, from 0. */
  n: Schema.Int,
  account: Id,
  market: MarketId,
  side: Side,
  quantityUsd: QuantityUsd,
  priceUsd: PriceUsd,
  marginSats: AmountSats,
  decidedAtMs: EpochMs,
  note: Schema.String
})
export type BenchOrder = typeof BenchOrder.Type

/** A topic of one benchmark. Every call makes its own, so the name need only be unique at the broker. */
export interface BenchTopic {
  readonly name: string
  readonly partitions: number
  /** Most urgent first; the last one is the default lane. */
  readonly lanes: ReadonlyArray<LaneName>
  readonly concurrency?: number
  readonly compacted?: boolean
}

/** Bytes of a value on the wire, its frame of five bytes included. */
export const valueBytes = 300
const frameBytes = 5

export const contractOf = (topic: BenchTopic): TopicContract<BenchOrder> => ({
  name: topic.name,
  value: BenchOrder,
  partitionKey: (key) => key
})

const letters = "abcdefghijklmnopqrstuvwxyz"

/** A name that no other run uses. */
export const topicName = (): string =>
  `it-bench-${Array.from({ length: 10 }, () => letters[Math.floor(Math.random() * letters.length)]).join("")}`

/** Topics as topics.yaml would declare them, its defaults included. */
export const topicsOf = (topics: ReadonlyArray<BenchTopic>): Topics => {
  const entries = topics.map(
    (topic) => `  ${topic.name}:
    about: a benchmark
    key: a number
    partitions: ${topic.partitions}
    lanes: [${topic.lanes.join(", ")}]
    defaultLane: ${topic.lanes.at(-1)}
    compacted: ${topic.compacted ?? false}
    ${topic.concurrency === undefined ? "" : `concurrency: ${topic.concurrency}`}
    records: { BenchOrder: { writer: benchmarks, readers: [benchmarks] } }`
  )
  const text = `version: 1
defaults:
  partitions: 12
  replication: 1
  retention: forever
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 3, backoff: exponential, initial: 1 second, factor: 2, jitter: 0.2, cap: 1 minute }
  timeout: 30 seconds
  concurrency: 50
  deadLetters: { partitions: 3, retention: 30 days }
topics:
${entries.join("\n")}
`
  return Result.getOrThrow(parseTopics(text, "the benchmark's topics"))
}

export const keyOf = (n: number, keys: number): string => `k${n % keys}`

const base = (n: number): BenchOrder => ({
  n,
  account: `acc-${n % 1_000}`,
  market: "btc_usd",
  side: n % 2 === 0 ? "buy" : "sell",
  quantityUsd: 1_000 + (n % 100),
  priceUsd: 64_000 + (n % 1_000) / 2,
  marginSats: 156_250,
  decidedAtMs: 1_790_000_000_000 + n,
  note: ""
})

/** The record number `n`; its note fills it up to `valueBytes`. */
export const orderOf = (n: number): BenchOrder => {
  const order = base(n)
  return { ...order, note: "x".repeat(Math.max(0, valueBytes - frameBytes - JSON.stringify(order).length)) }
}

/** What raw clients do with a value: the same `JSON.parse` and the same compiled check that the runtime uses. */
export type DecodeValue = (bytes: Uint8Array) => BenchOrder

export const makeDecode = (topic: BenchTopic): Promise<DecodeValue> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const codec = yield* RecordCodec
      const contract = contractOf(topic)
      yield* codec.prepare([contract])
      return (bytes: Uint8Array) => Result.getOrThrow(codec.decode(contract, bytes))
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

export const makeEncode = (topic: BenchTopic): Promise<(order: BenchOrder) => Uint8Array> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const codec = yield* RecordCodec
      const contract = contractOf(topic)
      yield* codec.prepare([contract])
      return (order: BenchOrder) => Result.getOrThrow(codec.encode(contract, order))
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

/** The compiled check alone, for a queue that parses the JSON itself. */
export const makeValidate = (): ((value: unknown) => BenchOrder) => {
  SchemaJITCompiler.enable(BenchOrder.ast)
  return Schema.decodeUnknownSync(BenchOrder)
}
