import { wallClockMsOf } from "@millrace/telemetry"
import { type Clock, type Context, Effect, Latch, type Scope, Semaphore } from "effect"
import type {
  AssignedPartition,
  ConsumerListener,
  ConsumerOptions,
  KafkaError,
  OffsetCommit,
  TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import type { MemoryGroup, MemoryMember } from "./MemoryGroup.ts"
import { clampOffset, partitionKey } from "./PartitionBounds.ts"

interface Reading extends TopicPartition {
  position: number
  paused: boolean
}

const defaultMaxBytesPerPartition = 262_144
const defaultRebalanceTimeoutMs = 60_000
const defaultHeartbeatIntervalMs = 3_000

export interface MemoryConsumerParts {
  readonly broker: MemoryBroker
  readonly group: MemoryGroup
  readonly options: ConsumerOptions
  readonly listener: ConsumerListener
  /** Of the fiber that made the consumer: the listener runs in it. */
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
  readonly scope: Scope.Scope
}

/** One member of a group: reads what it is assigned, and is told of each change in turn. */
export class MemoryConsumer {
  readonly parts: MemoryConsumerParts
  private memberId = ""
  private epoch = 0
  /** From the assignment until `onRevoked` has run. */
  private holding = false
  /** From the end of `onAssigned` until the revocation begins. */
  private reading = false
  private left = false
  private partitions = new Map<string, Reading>()
  private readonly turn = Semaphore.makeUnsafe(1)
  private readonly woken = Latch.makeUnsafe(false)

  constructor(parts: MemoryConsumerParts) {
    this.parts = parts
  }

  readonly wake = (): void => {
    this.woken.openUnsafe()
  }

  join(): void {
    const { group, options } = this.parts
    this.memberId = group.newMemberId(options.clientId)
    group.join(this.member(this.memberId))
  }

  /** Hands over records until interrupted; sleeps while there are none. */
  readonly pump: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() =>
      this.woken.await.pipe(
        Effect.andThen(this.woken.close),
        Effect.andThen(
          Effect.whileLoop({ while: () => this.deliverRound(), body: () => Effect.yieldNow, step: () => {} })
        )
      )
    )
  )

  pause(partitions: ReadonlyArray<TopicPartition>, paused: boolean): void {
    for (const partition of partitions) {
      const reading = this.partitions.get(partitionKey(partition))
      if (reading !== undefined) reading.paused = paused
    }
    if (!paused) this.wake()
  }

  commit(epoch: number, offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    const { broker, group, options, scope } = this.parts
    const operation = `commit offsets of group ${options.groupId}`
    if (!this.holding || epoch !== this.epoch) {
      const found = `The assignment of epoch ${epoch} has been replaced or taken back; the current epoch is ${this.epoch}`
      return Effect.fail(kafkaError(operation, this.left ? "closed" : "staleEpoch", found))
    }
    const failure = broker.faults.next("commit")
    if (failure !== undefined) {
      if (failure.written) group.commit(offsets)
      return Effect.fail(kafkaError(operation, failure.reason, "Planned by the test"))
    }
    if (!group.members.has(this.memberId)) {
      return Effect.forkIn(this.learnOfExpulsion(this.memberId), scope).pipe(
        Effect.andThen(Effect.fail(kafkaError(operation, "staleEpoch", "The group does not know this member any more")))
      )
    }
    return Effect.sync(() => group.commit(offsets))
  }

  readonly leave: Effect.Effect<void> = Effect.suspend(() =>
    this.inTurn(
      Effect.suspend(() => (this.left ? Effect.void : this.giveBack())).pipe(
        Effect.andThen(
          Effect.sync(() => {
            this.left = true
            this.parts.group.leave(this.memberId)
          })
        )
      )
    )
  )

  /** Put out of the group, as by a session timeout: it goes on reading until its next heartbeat tells it. */
  readonly expel: Effect.Effect<void> = Effect.suspend(() => {
    const memberId = this.memberId
    this.parts.group.leave(memberId)
    return Effect.sleep(this.parts.options.heartbeatIntervalMs ?? defaultHeartbeatIntervalMs).pipe(
      Effect.andThen(this.learnOfExpulsion(memberId)),
      Effect.forkIn(this.parts.scope),
      Effect.asVoid
    )
  })

  get clientId(): string {
    return this.parts.options.clientId
  }

  private member(memberId: string): MemoryMember {
    const { options } = this.parts
    return {
      memberId,
      clientId: options.clientId,
      topics: options.topics.map(({ topic }) => topic),
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
      revoke: this.inTurn(Effect.suspend(() => this.giveBack())),
      assign: (partitions) => this.inTurn(Effect.suspend(() => this.take(memberId, partitions))),
      learnOfExpulsion: this.learnOfExpulsion(memberId)
    }
  }

  private inTurn(effect: Effect.Effect<void>): Effect.Effect<void> {
    return this.turn.withPermits(1)(Effect.provideContext(effect, this.parts.context))
  }

  private giveBack(): Effect.Effect<void> {
    if (!this.holding) return Effect.void
    this.reading = false
    const given = [...this.partitions.values()].map(({ topic, partition }) => ({ topic, partition }))
    return this.parts.listener.onRevoked(this.epoch, given).pipe(
      Effect.andThen(
        Effect.sync(() => {
          this.holding = false
          this.partitions = new Map()
        })
      )
    )
  }

  private take(memberId: string, partitions: ReadonlyArray<TopicPartition>): Effect.Effect<void> {
    if (this.left || memberId !== this.memberId) return Effect.void
    this.epoch += 1
    this.holding = true
    const assigned = partitions.map((partition) => this.describe(partition))
    this.partitions = new Map(
      assigned.map((one) => [
        partitionKey(one),
        { topic: one.topic, partition: one.partition, position: one.startOffset, paused: false }
      ])
    )
    return this.parts.listener.onAssigned({ epoch: this.epoch, partitions: assigned }).pipe(
      Effect.andThen(
        Effect.sync(() => {
          this.reading = true
          this.wake()
        })
      )
    )
  }

  private describe({ topic, partition }: TopicPartition): AssignedPartition {
    const { broker, group, listener, options } = this.parts
    const log = broker.log({ topic, partition })!
    const commit = group.committed.get(partitionKey({ topic, partition }))
    const from = options.topics.find((one) => one.topic === topic)!.from
    const start = { committed: commit?.offset ?? log.startOffset, beginning: log.startOffset, end: log.endOffset }[from]
    const wanted = listener.continueAt?.({ topic, partition }) ?? start
    return {
      topic,
      partition,
      committed: commit === undefined ? undefined : { offset: commit.offset, metadata: commit.metadata },
      startOffset: clampOffset(wanted, { start: log.startOffset, end: log.endOffset }),
      endOffset: log.endOffset
    }
  }

  private learnOfExpulsion(memberId: string): Effect.Effect<void> {
    return this.inTurn(
      Effect.suspend(() => {
        if (this.left || memberId !== this.memberId) return Effect.void
        return this.giveBack().pipe(Effect.andThen(Effect.sync(() => this.join())))
      })
    )
  }

  /** One batch of each partition that has records; false when there were none. */
  private deliverRound(): boolean {
    const { broker, clock, listener, options } = this.parts
    let delivered = false
    for (const reading of [...this.partitions.values()]) {
      if (!this.reading || !broker.faults.available || reading.paused) continue
      const log = broker.log(reading)
      if (log === undefined || reading.position >= log.endOffset) continue
      const { records, nextOffset } = log.read(
        reading.position,
        options.maxBytesPerPartition ?? defaultMaxBytesPerPartition
      )
      reading.position = nextOffset
      delivered = true
      listener.onBatch({
        topic: reading.topic,
        partition: reading.partition,
        epoch: this.epoch,
        records,
        nextOffset,
        highWatermark: log.endOffset,
        fetchedAtMs: wallClockMsOf(clock)
      })
    }
    return delivered
  }
}
