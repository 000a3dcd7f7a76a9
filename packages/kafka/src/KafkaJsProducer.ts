// Foreign boundary: promises of kafkajs's brokers.
import { type Clock, type Context, Deferred, Duration, Effect, Exit, Schedule, Semaphore } from "effect"
import { KafkaError, type Producer, type ProducerRecord, type TopicPartition } from "./KafkaClient.ts"
import type { KafkaSettings } from "./KafkaConfig.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import { sendRaw } from "./KafkaJsProtocol.ts"
import type { OwnershipFence } from "./OwnershipFence.ts"
import { partitionKey } from "./PartitionBounds.ts"
import { verdictOf } from "./ProduceErrors.ts"
import { decodeProduceResponse, encodeProduceRequest, type ProducedPartition } from "./ProduceRequest.ts"
import { type SendBatch, SendCall, SendQueue } from "./SendQueue.ts"
import { TopicLeaders } from "./TopicLeaders.ts"

interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface ProducerParts {
  readonly settings: KafkaSettings
  readonly link: ClusterLink
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
  readonly fence: OwnershipFence
}

const retryDelayMs = 50
const transactionTimeoutMs = 60_000
const sequences = 0x8000_0000
const noLeader = -1

/**
 * An idempotent producer without linger.
 *
 * A send goes out at once; those that arrive while one is under way to the same broker go out together with the next
 * request, in order. A batch keeps its producer id and sequence while its fate is unknown, so that a repeat is written
 * once; when it is given up, the id is given up with it, or else the next batch could pass for a repeat of this one.
 */
export class KafkaJsProducer {
  private readonly parts: ProducerParts
  private readonly queue = new SendQueue()
  private readonly leaders = new TopicLeaders()
  private readonly busy = new Set<number>()
  private readonly next = new Map<string, number>()
  private identity: ProducerIdentity | undefined
  /** Calls that look their topics up, or wait behind one that does. */
  private learning = 0
  private readonly turnToLearn = Semaphore.makeUnsafe(1)
  private closed = false
  private lastFailure = "no answer of the broker"
  /** The last failure was a refusal that trying again does not mend, as of a wrong password. */
  private refused = false

  constructor(parts: ProducerParts) {
    this.parts = parts
  }

  /** Calls are queued in their order, also those that wait until the topics of an earlier one are looked up. */
  readonly send: Producer["send"] = (records) =>
    Effect.suspend(() => {
      if (records.length === 0) return Effect.void
      if (this.learning === 0 && this.leaders.unknown(records).length === 0) return this.queued(records)
      this.learning += 1
      return this.turnToLearn
        .withPermits(1)(this.learnTopics(records))
        .pipe(
          Effect.andThen(Effect.sync(() => this.queued(records))),
          Effect.ensuring(
            Effect.sync(() => {
              this.learning -= 1
            })
          ),
          Effect.flatten
        )
    })

  /** Gets a producer id; tries again while a fresh broker still loads its coordinator. Fails when none answers in time, or refuses us. */
  readonly open: Effect.Effect<void, KafkaError> = Effect.suspend(() =>
    Effect.flatMap(this.identify, (identity) =>
      identity === undefined
        ? kafkaError("open a producer", this.refused ? "invalid" : "unavailable", this.lastFailure)
        : Effect.void
    ).pipe(
      Effect.retry({
        schedule: Schedule.spaced(Duration.millis(retryDelayMs)).pipe(
          Schedule.upTo({ duration: this.parts.settings.deliveryTimeout })
        ),
        while: ({ reason }) => reason !== "invalid"
      })
    )
  )

  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.closed = true
    this.queue.failAll(kafkaError("send", "closed", "The producer was closed before the broker answered"))
  })

  private learnTopics(records: ReadonlyArray<ProducerRecord>): Effect.Effect<void, KafkaError> {
    return Effect.suspend(() => {
      const unknown = this.leaders.unknown(records)
      if (unknown.length === 0) return Effect.void
      const operation = `send to ${unknown.join(", ")}`
      return this.parts.link.know(unknown).pipe(
        Effect.mapError(({ reason, cause }) => new KafkaError({ operation, reason, cause })),
        Effect.map((lookup) => this.leaders.learn(unknown, lookup))
      )
    })
  }

  /** Queues the records now; the effect waits until the broker has them. */
  private queued(records: ReadonlyArray<ProducerRecord>): Effect.Effect<void, KafkaError> {
    const operation = `send to ${[...new Set(records.map(({ topic }) => topic))].join(", ")}`
    if (this.closed) return Effect.fail(kafkaError(operation, "closed", "The producer is closed"))
    const refusal = this.parts.fence.refusal(operation)
    if (refusal !== undefined) return Effect.fail(refusal)
    const places = records.map((record) => ({ topic: record.topic, partition: this.leaders.partitionFor(record) }))
    const outside = places.find((place) => this.leaders.leaderOf(place) === undefined)
    if (outside !== undefined) {
      const found = `Topic ${outside.topic} has no partition ${outside.partition}`
      return Effect.fail(kafkaError(operation, "invalid", found))
    }
    const done = Deferred.makeUnsafe<void, KafkaError>()
    const deadlineMs = this.now() + Duration.toMillis(this.parts.settings.deliveryTimeout)
    const call = new SendCall(records.length, deadlineMs, (failure) =>
      Deferred.doneUnsafe(done, failure === undefined ? Exit.void : Exit.fail(failure))
    )
    for (const [index, record] of records.entries()) this.queue.add(places[index]!, record, call)
    this.kick()
    return Deferred.await(done)
  }

  private now(): number {
    return this.parts.clock.currentTimeMillisUnsafe()
  }

  /** Starts a request to each broker that has something to get and none under way. */
  private kick(): void {
    if (this.closed) return
    for (const leader of new Set(this.queue.ready().map((place) => this.leaders.leaderOf(place) ?? noLeader))) {
      if (this.busy.has(leader)) continue
      this.busy.add(leader)
      Effect.runForkWith(this.parts.context)(
        Effect.ensuring(
          this.sendTo(leader),
          Effect.sync(() => {
            this.busy.delete(leader)
            this.kick()
          })
        )
      )
    }
  }

  private sendTo(leader: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const identity = leader === noLeader ? undefined : yield* this.identify
      const refusal = this.parts.fence.refusal("send")
      if (refusal !== undefined) return this.giveUp(refusal)
      if (identity === undefined) return yield* this.lookAgain
      const places = this.queue.ready().filter((place) => this.leaders.leaderOf(place) === leader)
      const batches = places.map((place) => this.queue.take(place, () => this.stamp(place, identity)))
      const answered = yield* Effect.result(this.request(leader, batches))
      if (answered._tag === "Failure") this.lastFailure = wordsOf(answered.failure)
      const settled = this.settle(batches, answered._tag === "Success" ? answered.success : [])
      if (!settled) yield* this.lookAgain
    })
  }

  /** Fails what waits. A batch of unknown fate may be among it, so its id is given up, too. */
  private giveUp(refusal: KafkaError): void {
    if (this.queue.expire(Number.POSITIVE_INFINITY, () => refusal)) this.identity = undefined
  }

  private stamp(
    place: TopicPartition,
    identity: ProducerIdentity
  ): ProducerIdentity & { readonly baseSequence: number } {
    return { ...identity, baseSequence: this.next.get(partitionKey(place)) ?? 0 }
  }

  private request(
    nodeId: number,
    batches: ReadonlyArray<SendBatch>
  ): Effect.Effect<ReadonlyArray<ProducedPartition>, KafkaError> {
    const timestampMs = this.now()
    const body = encodeProduceRequest(
      batches.map((batch) => ({ ...batch, timestampMs, records: batch.entries.map(({ record }) => record) })),
      Duration.toMillis(this.parts.settings.requestTimeout)
    )
    const request = { apiKey: 0, apiVersion: 7, apiName: "Produce", body: () => body, decode: decodeProduceResponse }
    return this.parts.link.use("send", async (cluster) => {
      const broker = await cluster.findBroker({ nodeId })
      const connection = await broker.connectionPool.getConnection(0)
      // Connecting may have taken long.
      const refusal = this.parts.fence.refusal("send")
      if (refusal !== undefined) throw refusal
      return sendRaw(connection, request)
    })
  }

  /** False when a batch has to be sent again. */
  private settle(batches: ReadonlyArray<SendBatch>, answers: ReadonlyArray<ProducedPartition>): boolean {
    const codes = new Map(answers.map((answer) => [partitionKey(answer), answer.errorCode]))
    let settled = true
    for (const batch of batches) {
      const code = codes.get(partitionKey(batch))
      const verdict = code === undefined ? ({ _tag: "Again" } as const) : verdictOf(code)
      if (code !== undefined && code !== 0) this.lastFailure = `Kafka's error code ${code}`
      if (verdict._tag === "Written") {
        this.advance(batch)
        this.queue.written(batch)
      } else if (verdict._tag === "TooLarge" && batch.entries.length > 1) this.queue.reopen(batch, true)
      else if (verdict._tag === "TooLarge") this.queue.failed(batch, tooLarge(batch))
      else if (verdict._tag === "Refused") {
        this.queue.failed(batch, kafkaError(`send to ${batch.topic}`, verdict.reason, verdict.name))
      } else {
        if (verdict._tag === "Forgotten") this.forget(batch)
        else this.queue.again(batch)
        settled = false
      }
    }
    return settled
  }

  private advance({ topic, partition, producerId, baseSequence, entries }: SendBatch): void {
    if (producerId !== this.identity?.producerId) return
    this.next.set(partitionKey({ topic, partition }), (baseSequence + entries.length) % sequences)
  }

  /** After a failure: gives up what is overdue, waits a little, and looks the leaders up. */
  private readonly lookAgain: Effect.Effect<void> = Effect.suspend(() => {
    const failure = this.lastFailure
    const uncertain = this.queue.expire(this.now(), (topic) =>
      kafkaError(`send to ${topic}`, "unavailable", `Not delivered in time: ${failure}`)
    )
    if (uncertain) this.identity = undefined
    return Effect.sleep(retryDelayMs).pipe(
      Effect.andThen(this.parts.link.refresh),
      Effect.match({
        onFailure: (error) => {
          this.lastFailure = wordsOf(error)
        },
        onSuccess: (lookup) => this.leaders.learnAgain(lookup)
      })
    )
  })

  /** The producer id that repeats are known by; `undefined` when no broker gives one now. */
  private readonly identify: Effect.Effect<ProducerIdentity | undefined> = Effect.suspend(() => {
    if (this.identity !== undefined) return Effect.succeed(this.identity)
    return this.parts.link
      .use("get a producer id", async (cluster) => {
        const broker = await cluster.findControllerBroker()
        return broker.initProducerId({ transactionTimeout: transactionTimeoutMs })
      })
      .pipe(
        Effect.match({
          onFailure: (error) => {
            this.lastFailure = wordsOf(error)
            this.refused = error.reason === "invalid"
            return undefined
          },
          onSuccess: ({ producerId, producerEpoch }) => {
            this.next.clear()
            this.identity = { producerId: Number(producerId), producerEpoch }
            return this.identity
          }
        })
      )
  })

  private forget(batch: SendBatch): void {
    if (batch.producerId === this.identity?.producerId) this.identity = undefined
    this.queue.reopen(batch, false)
  }
}

const wordsOf = ({ cause }: KafkaError): string => (cause instanceof Error ? cause.message : String(cause))

const tooLarge = ({ topic, entries }: SendBatch): KafkaError =>
  kafkaError(
    `send to ${topic}`,
    "tooLarge",
    `A record of some ${entries[0]?.bytes} bytes exceeds max.message.bytes of topic ${topic}; send less or raise the limit`
  )
