import { partitionOf, RecordCodec, type TopicContract } from "@millrace/contracts"
import { MemoryKafkaControl, type StoredAt } from "@millrace/kafka"
import { Effect, Layer } from "effect"
import { DeadLetterBox, deadLetterRecord, Publisher } from "../src/index.ts"
import { type Order, orders, testTopics, workbench } from "./workbench.ts"

/** The box on Kafka in memory, with the orders of the workbench. */
export const letterbench = DeadLetterBox.layerOf([orders as TopicContract<unknown>]).pipe(Layer.provideMerge(workbench))

export const dlq = "it-orders.dlq"

/** Wall time of the first letter; the others follow each second. */
export const firstMs = 1_000_000

const encoder = new TextEncoder()

/** A letter as the runtime would have written it. */
export interface PlannedLetter {
  readonly key: string
  readonly n: number
  readonly cause?: string
  readonly workspaceId?: string
  readonly lane?: "critical" | "high" | "low"
  readonly replayCount?: number
  /** Absent: of the order of the call. */
  readonly originOffset?: number
  readonly originPartition?: number
  readonly padding?: number
}

const partitionsOf = testTopics.topic("it-orders")!.partitions

/** Writes letters to the dead letters of the orders, as their worker does. */
export const setAside = (letters: ReadonlyArray<PlannedLetter>) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    const codec = yield* RecordCodec
    yield* codec.prepare([orders as TopicContract<unknown>])
    for (const [index, letter] of letters.entries()) {
      const lane = letter.lane ?? "high"
      const failure = { kind: "permanent", tag: "Refused", message: letter.cause ?? "no luck", stack: undefined }
      const headers: Record<string, Uint8Array> = { "workspace-id": encoder.encode(letter.workspaceId ?? "ws-1") }
      if (letter.replayCount !== undefined) headers["replay-count"] = encoder.encode(String(letter.replayCount))
      yield* publisher.sendRaw([
        deadLetterRecord(
          {
            record: {
              offset: letter.originOffset ?? index,
              timestampMs: 500 + index,
              key: encoder.encode(letter.key),
              value: yield* Effect.fromResult(
                codec.encode(orders, { id: " ".repeat(letter.padding ?? 0), n: letter.n })
              ),
              headers
            },
            origin: {
              topic: lane === "high" ? "it-orders" : `it-orders.${lane}`,
              partition: letter.originPartition ?? partitionOf(orders, letter.key, partitionsOf),
              lane
            },
            deadLetterTopic: dlq,
            failure,
            attempts: 1,
            firstFailureMs: firstMs + index * 1_000,
            lastFailureMs: firstMs + index * 1_000,
            service: "it-worker"
          },
          "1"
        )
      ])
    }
  })

/** Numbers of the orders in a topic, in the order of each partition. */
export const numbersIn = (topic: string) =>
  Effect.map(recordsIn(topic), (records) => records.map(({ value }) => orderOf(value).n))

export const recordsIn = (topic: string): Effect.Effect<ReadonlyArray<StoredAt>, never, MemoryKafkaControl> =>
  Effect.flatMap(MemoryKafkaControl, (control) => control.records(topic))

/** The order in a value. */
export const orderOf = (value: Uint8Array | null): Order => JSON.parse(Buffer.from(value!.subarray(5)).toString())

export const headerOf = ({ headers }: StoredAt, name: string): string | undefined =>
  headers[name] === undefined ? undefined : Buffer.from(headers[name]).toString()

export const everything = { selection: {}, actor: "ada", perSecond: Number.POSITIVE_INFINITY }
