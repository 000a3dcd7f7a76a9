// Foreign boundary: sends fetches over connections of kafkajs, in promises.
import { Effect, Schedule } from "effect"
import { encodeFetchRequest } from "./FetchRequest.ts"
import { decodeFetchResponse, type FetchedPartition } from "./FetchResponse.ts"
import type { KafkaError, PartitionRead, TopicPartition } from "./KafkaClient.ts"
import { kafkaError, noPartition } from "./KafkaErrors.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import { toKafkaError } from "./KafkaJsErrors.ts"
import { boundsOf } from "./KafkaJsOffsets.ts"
import { type Connection, closeConnection, openConnection, sendRaw } from "./KafkaJsProtocol.ts"
import { clampOffset, partitionKey } from "./PartitionBounds.ts"
import { decodeRecordBatches } from "./RecordBatches.ts"

const defaultReadBytes = 1_048_576
const offsetOutOfRange = 1
/** A leader that moves is found again within some seconds. */
const retries = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 15 }))

interface Place extends TopicPartition {
  readonly offset: number
  readonly maxBytes?: number
}

/** Reads single partitions outside of any group, over one connection to each leader. */
export class KafkaJsReader {
  private readonly link: ClusterLink
  private readonly connections = new Map<number, Connection>()

  constructor(link: ClusterLink) {
    this.link = link
  }

  read(place: Place): Effect.Effect<PartitionRead, KafkaError> {
    return this.attempt(place).pipe(
      Effect.tapError((error) => (error.reason === "unavailable" ? Effect.ignore(this.link.refresh) : Effect.void)),
      Effect.retry({ schedule: retries, while: (error) => error.reason === "unavailable" })
    )
  }

  readonly close: Effect.Effect<void> = Effect.sync(() => {
    for (const connection of this.connections.values()) closeConnection(connection)
    this.connections.clear()
  })

  private attempt(place: Place): Effect.Effect<PartitionRead, KafkaError> {
    const operation = `read ${partitionKey(place)}`
    return Effect.gen({ self: this }, function* () {
      const partitions = (yield* this.link.know([place.topic]))(place.topic)
      const leader = partitions.find(({ partitionId }) => partitionId === place.partition)?.leader
      if (leader === undefined) {
        return yield* kafkaError(operation, "invalid", noPartition(place.topic, partitions.length, place.partition))
      }
      const fetched = yield* this.fetch(operation, leader, place)
      if (fetched.errorCode !== offsetOutOfRange) return yield* this.decode(operation, fetched, place.offset)
      const bounds = (yield* boundsOf(this.link, [place])).get(partitionKey(place)) ?? { start: 0, end: 0 }
      const inside = { ...place, offset: clampOffset(place.offset, bounds) }
      return yield* this.decode(operation, yield* this.fetch(operation, leader, inside), inside.offset)
    })
  }

  private fetch(operation: string, leader: number, place: Place): Effect.Effect<FetchedPartition, KafkaError> {
    const maxBytes = place.maxBytes ?? defaultReadBytes
    const body = encodeFetchRequest([place], { maxWaitMs: 0, maxBytes, maxBytesPerPartition: maxBytes })
    const request = { apiKey: 1, apiVersion: 11, apiName: "Fetch", body: () => body, decode: decodeFetchResponse }
    return Effect.gen({ self: this }, function* () {
      const connection = yield* this.connectionTo(leader)
      const response = yield* Effect.tryPromise({
        try: () => sendRaw(connection, request),
        catch: toKafkaError(operation)
      }).pipe(Effect.tapError(() => Effect.sync(() => this.drop(leader, connection))))
      if (response.throttleMs > 0) yield* Effect.sleep(response.throttleMs)
      const fetched = response.partitions[0]
      if (response.errorCode !== 0 || fetched === undefined) {
        return yield* kafkaError(operation, "unavailable", `The broker answered with error code ${response.errorCode}`)
      }
      return fetched
    })
  }

  private decode(operation: string, fetched: FetchedPartition, from: number): Effect.Effect<PartitionRead, KafkaError> {
    if (fetched.errorCode !== 0) {
      const found = `The broker answered with error code ${fetched.errorCode}`
      return Effect.fail(kafkaError(operation, "unavailable", found))
    }
    const { highWatermark, lastStableOffset, logStartOffset } = fetched
    const bounds = { startOffset: Math.max(0, logStartOffset), endOffset: lastStableOffset, highWatermark }
    const decoded = decodeRecordBatches(fetched.records, from, fetched.aborted)
    return decoded._tag === "Decoded"
      ? Effect.succeed({ records: decoded.records, nextOffset: decoded.nextOffset, ...bounds })
      : Effect.fail(kafkaError(operation, "invalid", decoded.issue))
  }

  private connectionTo(leader: number): Effect.Effect<Connection, KafkaError> {
    const open = this.connections.get(leader)
    if (open !== undefined) return Effect.succeed(open)
    return this.link
      .use(`connect to broker ${leader}`, (cluster) => openConnection(cluster, leader))
      .pipe(
        Effect.map((connection) => {
          const other = this.connections.get(leader)
          if (other === undefined) this.connections.set(leader, connection)
          else closeConnection(connection)
          return other ?? connection
        })
      )
  }

  private drop(leader: number, connection: Connection): void {
    if (this.connections.get(leader) === connection) this.connections.delete(leader)
    closeConnection(connection)
  }
}
