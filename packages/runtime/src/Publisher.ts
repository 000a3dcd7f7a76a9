import { partitionOf, RecordCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import { KafkaClient, type KafkaError, type ProducerRecord } from "@millrace/kafka"
import { formatTraceparent, isTraced } from "@millrace/telemetry"
import { Context, Effect, Layer, Result, type Tracer } from "effect"
import { contentTypeHeader, jsonContentType, traceHeader, workspaceHeader } from "./Headers.ts"
import { PublishFailed } from "./RuntimeError.ts"
import { tellingThatItWaits } from "./StartWatch.ts"
import type { Outgoing } from "./Worker.ts"

const encoder = new TextEncoder()

/**
 * Publishes records: checks them against their schema, puts them into the partition of their key, adds the headers.
 *
 * All records of one call go to the broker in one request each; they are not a transaction, so after a failure some may
 * be there: ids are deterministic and a repeat is seen as one.
 */
export class Publisher extends Context.Service<
  Publisher,
  {
    /** Returns once the broker has all. Order within a key is the order of calls. Fails with `PublishFailed`. */
    readonly publish: (records: ReadonlyArray<Outgoing>) => Effect.Effect<void, PublishFailed>
    /** Fetches the schema ids of topics ahead of their first record, so that it need not wait for the registry. */
    readonly prepare: (contracts: ReadonlyArray<TopicContract<unknown>>) => Effect.Effect<void, PublishFailed>
    /** The records as `publish` sends them. Fails with `PublishFailed`. */
    readonly encode: (records: ReadonlyArray<Outgoing>) => Effect.Effect<ReadonlyArray<ProducerRecord>, PublishFailed>
    /** Sends records as they are (dead letters keep the original bytes). */
    readonly sendRaw: (records: ReadonlyArray<ProducerRecord>) => Effect.Effect<void, PublishFailed>
  }
>()("@millrace/runtime/Publisher") {
  /** One producer for the process; `clientId` is its name in the broker's lists. */
  static readonly layerOf = (clientId: string) =>
    Layer.effect(
      Publisher,
      Effect.gen(function* () {
        const kafka = yield* KafkaClient
        const codec = yield* RecordCodec
        const topics = yield* TopicsFile
        const producer = yield* kafka.producer({ clientId }).pipe(tellingThatItWaits("Kafka"))
        const prepared = new Set<string>()

        const prepare = Effect.fnUntraced(function* (contracts: ReadonlyArray<TopicContract<unknown>>) {
          const missing = contracts.filter((contract) => !prepared.has(contract.name))
          if (missing.length === 0) return
          yield* codec.prepare(missing).pipe(
            Effect.mapError(
              (cause) =>
                new PublishFailed({
                  topics: missing.map((contract) => contract.name),
                  detail: `no schema ids: ${cause.message}`,
                  kind: "system",
                  cause
                })
            )
          )
          for (const contract of missing) prepared.add(contract.name)
        })

        const encodeAll = (records: ReadonlyArray<Outgoing>, span: Tracer.AnySpan | undefined) => {
          const encoded: Array<ProducerRecord> = []
          for (const record of records) {
            const topic = topics.topic(record.contract.name)
            const lane = topic?.lanes.find((lane) => lane.name === (record.lane ?? topic.defaultLane))
            if (topic === undefined || lane === undefined) return Result.fail(undeclared(record, topics.file))
            const value = record.value === null ? Result.succeed(null) : codec.encode(record.contract, record.value)
            if (Result.isFailure(value)) return Result.fail(unencodable(lane.topic, value.failure))
            encoded.push({
              topic: lane.topic,
              partition: partitionOf(record.contract, record.key, topic.partitions),
              key: encoder.encode(record.key),
              value: value.success,
              headers: headersOf(record, span)
            })
          }
          return Result.succeed(encoded)
        }

        const sendRaw = (records: ReadonlyArray<ProducerRecord>) =>
          Effect.mapError(producer.send(records), (cause) => unsent(records, cause))

        const encode = Effect.fnUntraced(function* (records: ReadonlyArray<Outgoing>) {
          if (records.some((record) => !prepared.has(record.contract.name))) {
            yield* prepare([...new Set(records.map((record) => record.contract))])
          }
          return yield* Effect.fromResult(encodeAll(records, yield* currentSpan))
        })

        const publish = Effect.fnUntraced(function* (records: ReadonlyArray<Outgoing>) {
          if (records.length > 0) yield* sendRaw(yield* encode(records))
        })

        return Publisher.of({ publish, encode, prepare, sendRaw })
      })
    )
}

const currentSpan = Effect.withFiber((fiber) => Effect.succeed(fiber.cache.span))

const headersOf = (record: Outgoing, span: Tracer.AnySpan | undefined): Record<string, string> => ({
  ...record.headers,
  [workspaceHeader]: record.workspaceId,
  [contentTypeHeader]: jsonContentType,
  // A record that names its trace keeps it, whatever fiber sends it.
  ...(span === undefined || !isTraced(span) || traceHeader in record.headers
    ? {}
    : { [traceHeader]: formatTraceparent(span) })
})

const undeclared = (record: Outgoing, file: string): PublishFailed =>
  new PublishFailed({
    topics: [record.contract.name],
    detail: `${file} declares no lane ${record.lane ?? "(default)"} of topic ${record.contract.name}`,
    kind: "permanent",
    cause: undefined
  })

const unencodable = (topic: string, cause: Error): PublishFailed =>
  new PublishFailed({ topics: [topic], detail: cause.message, kind: "permanent", cause })

const unsent = (records: ReadonlyArray<ProducerRecord>, cause: KafkaError): PublishFailed =>
  new PublishFailed({
    topics: [...new Set(records.map((record) => record.topic))],
    detail: `${cause.operation}: ${cause.reason}`,
    kind: cause.reason === "tooLarge" || cause.reason === "invalid" ? "permanent" : "system",
    cause
  })
