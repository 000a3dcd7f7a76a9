// Foreign boundary: promises of kafkajs's connections, and wake-ups within a turn of the event loop.
import { wallClockMsOf } from "@millrace/telemetry"
import { type Clock, Effect, Latch, Schedule, type Scope } from "effect"
import { encodeFetchRequest } from "./FetchRequest.ts"
import { decodeFetchResponse, type FetchedPartition, type FetchResponse } from "./FetchResponse.ts"
import type {
  AssignedPartition,
  ConsumerListener,
  ConsumerOptions,
  KafkaError,
  RecordBatch,
  TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import { toKafkaError } from "./KafkaJsErrors.ts"
import { boundsOf } from "./KafkaJsOffsets.ts"
import { type Connection, closeConnection, openConnection, sendRaw } from "./KafkaJsProtocol.ts"
import type { LoopCounts } from "./LoopCounts.ts"
import { clampOffset, partitionKey } from "./PartitionBounds.ts"
import { PartitionReadings, type Reading } from "./PartitionReadings.ts"
import { type DecodedRecords, decodeRecordBatches } from "./RecordBatches.ts"

export interface FetcherParts {
  readonly link: ClusterLink
  readonly options: ConsumerOptions
  readonly listener: ConsumerListener
  readonly clock: Clock.Clock
  readonly epoch: number
  readonly partitions: ReadonlyArray<AssignedPartition>
  readonly counts: LoopCounts
}

const defaultMaxBytesPerPartition = 262_144
const defaultMaxWaitMs = 500
/** Bounds the time that decoding one answer holds up the process. */
const maxBytesPerFetch = 1_048_576
const retryDelayMs = 100
const offsetOutOfRange = 1
const topicAuthorizationFailed = 29

/**
 * Reads the partitions of one assignment from their leaders until its scope closes.
 *
 * Two requests to each leader take turns, on connections of their own, each for the partitions that the other does not ask
 * for: so a resumed partition need not wait until a request without it has run out, and a partition is never asked for twice.
 */
export class KafkaJsFetcher {
  private readonly parts: FetcherParts
  private readonly readings: PartitionReadings
  private readonly sleepers = new Set<Latch.Latch>()
  private readonly served = new Set<number>()

  constructor(parts: FetcherParts) {
    this.parts = parts
    this.readings = new PartitionReadings(parts.partitions, parts.listener.onBatch)
  }

  /** Reads in the background of the scope. */
  readonly start: Effect.Effect<void, never, Scope.Scope> = Effect.gen({ self: this }, function* () {
    yield* Effect.addFinalizer(() => Effect.sync(() => this.readings.stop()))
    yield* Effect.forkScoped(this.serveLeaders)
  })

  /** Whether there is a partition to fetch. */
  get fetching(): boolean {
    return this.readings.all.some(({ paused }) => !paused)
  }

  pause(partitions: ReadonlyArray<TopicPartition>): void {
    this.readings.pause(partitions)
  }

  resume(partitions: ReadonlyArray<TopicPartition>): void {
    this.readings.resume(partitions)
    queueMicrotask(() => {
      this.readings.deliverHeld()
      this.wake()
    })
  }

  private wake(): void {
    for (const latch of this.sleepers) latch.openUnsafe()
  }

  /** Looks the leaders up until it succeeds, and starts to serve those not served yet. */
  private readonly serveLeaders: Effect.Effect<void, never, Scope.Scope> = Effect.gen({ self: this }, function* () {
    const scope = yield* Effect.scope
    const leaders = yield* this.parts.link.refresh.pipe(
      Effect.tapError(() => Effect.sync(() => this.parts.counts.fetched(false))),
      Effect.retry(Schedule.spaced(retryDelayMs)),
      Effect.orDie
    )
    for (const reading of this.readings.all) {
      reading.leader = leaders(reading.topic).find(({ partitionId }) => partitionId === reading.partition)?.leader ?? -1
    }
    for (const nodeId of new Set(this.readings.all.map(({ leader }) => leader))) {
      if (nodeId < 0 || this.served.has(nodeId)) continue
      this.served.add(nodeId)
      for (let side = 0; side < 2; side += 1) yield* Effect.forkIn(Effect.scoped(this.serve(nodeId)), scope)
    }
    this.wake()
  })

  private serve(nodeId: number): Effect.Effect<never, never, Scope.Scope> {
    const latch = Latch.makeUnsafe(true)
    let connection: Connection | undefined
    const drop = () => {
      if (connection !== undefined) closeConnection(connection)
      connection = undefined
    }
    return Effect.gen({ self: this }, function* () {
      this.sleepers.add(latch)
      yield* Effect.addFinalizer(() => Effect.sync(drop))
      while (true) {
        yield* latch.await
        const asked = this.readings.ask(nodeId)
        if (asked.length === 0) {
          yield* latch.close
          continue
        }
        connection ??= yield* this.connect(nodeId).pipe(Effect.orElseSucceed(() => undefined))
        const answered = connection === undefined ? undefined : yield* Effect.option(this.fetch(connection, asked))
        this.parts.counts.fetched(answered?._tag === "Some")
        if (answered?._tag === "Some") {
          yield* this.receive(answered.value, asked)
        } else {
          drop()
          yield* Effect.sleep(retryDelayMs)
          this.readings.release(asked)
          yield* this.serveLeaders
        }
      }
    })
  }

  private connect(nodeId: number): Effect.Effect<Connection, KafkaError> {
    return this.parts.link.use(`connect to broker ${nodeId}`, (cluster) => openConnection(cluster, nodeId))
  }

  private fetch(connection: Connection, asked: ReadonlyArray<Reading>): Effect.Effect<FetchResponse, KafkaError> {
    const { options } = this.parts
    const body = encodeFetchRequest(
      asked.map(({ topic, partition, position }) => ({ topic, partition, offset: position })),
      {
        maxWaitMs: options.maxWaitMs ?? defaultMaxWaitMs,
        maxBytes: maxBytesPerFetch,
        maxBytesPerPartition: options.maxBytesPerPartition ?? defaultMaxBytesPerPartition
      }
    )
    const request = { apiKey: 1, apiVersion: 11, apiName: "Fetch", body: () => body, decode: decodeFetchResponse }
    return Effect.tryPromise({ try: () => sendRaw(connection, request), catch: toKafkaError("fetch") })
  }

  /** Hands over what came, and gives the partitions free again: at once, or a little later those with an error. */
  private receive(response: FetchResponse, asked: ReadonlyArray<Reading>): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const fetchedAtMs = wallClockMsOf(this.parts.clock)
      const failed = new Map<Reading, number>()
      const filled = new Set<Reading>()
      for (const fetched of response.partitions) {
        const reading = this.readings.find(fetched)
        if (reading === undefined) continue
        if (fetched.errorCode !== 0) failed.set(reading, fetched.errorCode)
        else if (this.deliver(reading, fetched, fetchedAtMs)) filled.add(reading)
      }
      this.readings.moveBack(filled)
      if (response.throttleMs > 0) yield* Effect.sleep(response.throttleMs)
      if (response.errorCode !== 0) for (const reading of asked) failed.set(reading, response.errorCode)
      this.readings.release(asked.filter((reading) => !failed.has(reading)))
      if (failed.size > 0) yield* Effect.forkScoped(this.recover(failed))
    })
  }

  /** False when the answer brought nothing new. */
  private deliver(reading: Reading, fetched: FetchedPartition, fetchedAtMs: number): boolean {
    const { topic, partition } = reading
    const decoded = this.decode(fetched, reading.position)
    if (decoded === undefined || decoded.nextOffset === reading.position) return false
    const batch: RecordBatch = {
      topic,
      partition,
      epoch: this.parts.epoch,
      records: decoded.records,
      nextOffset: decoded.nextOffset,
      highWatermark: fetched.lastStableOffset,
      fetchedAtMs
    }
    this.readings.deliver(reading, batch)
    return true
  }

  private decode(fetched: FetchedPartition, from: number): DecodedRecords | undefined {
    if (fetched.records.length === 0) return undefined
    const decoded = decodeRecordBatches(fetched.records, from, fetched.aborted)
    if (decoded._tag === "Decoded") return decoded
    this.fail(`read ${partitionKey(fetched)}`, decoded.issue)
    return undefined
  }

  private fail(operation: string, found: string): void {
    this.parts.listener.onFailure(kafkaError(operation, "invalid", found))
  }

  /** Mends what an error code tells about, then lets the partitions be asked for again. */
  private recover(failed: ReadonlyMap<Reading, number>): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const outside = [...failed].filter(([, code]) => code === offsetOutOfRange).map(([reading]) => reading)
      for (const [reading, code] of failed) {
        if (code === topicAuthorizationFailed) this.fail(`read ${reading.topic}`, "Not allowed to read the topic")
      }
      yield* Effect.sleep(retryDelayMs)
      if (outside.length > 0) yield* this.moveInside(outside)
      yield* this.serveLeaders
      this.readings.release([...failed.keys()])
      this.wake()
    })
  }

  private moveInside(outside: ReadonlyArray<Reading>): Effect.Effect<void> {
    return boundsOf(this.parts.link, outside).pipe(
      Effect.retry(Schedule.spaced(retryDelayMs)),
      Effect.orDie,
      Effect.flatMap((bounds) =>
        Effect.forEach(
          outside,
          (reading) => {
            const found = bounds.get(partitionKey(reading)) ?? { start: 0, end: 0 }
            const from = reading.position
            reading.position = clampOffset(from, found)
            return Effect.logWarning("Offset is outside of the partition; reading goes on at its start", {
              topic: reading.topic,
              partition: reading.partition,
              offset: from,
              startOffset: found.start,
              endOffset: found.end
            })
          },
          { discard: true }
        )
      )
    )
  }
}
