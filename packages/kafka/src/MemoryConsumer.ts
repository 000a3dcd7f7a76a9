import { wallClockMsOf } from "@millrace/telemetry"
import { type Clock, type Context, Effect, Latch, Semaphore } from "effect"
import type {
  AssignedPartition,
  ConsumerListener,
  ConsumerOptions,
  ConsumerProgress,
  KafkaError,
  OffsetCommit,
  TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { LoopCounts } from "./LoopCounts.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import type { MemoryGroup } from "./MemoryGroup.ts"
import type { MemoryLink } from "./MemoryLink.ts"
import { MemoryMembership } from "./MemoryMembership.ts"
import { clampOffset, partitionKey } from "./PartitionBounds.ts"

interface Reading extends TopicPartition {
  position: number
  paused: boolean
}

const defaultMaxBytesPerPartition = 262_144
/** Wait before a failed fetch is tried again. */
const retryDelayMs = 500

export interface MemoryConsumerParts {
  readonly broker: MemoryBroker
  readonly link: MemoryLink
  readonly group: MemoryGroup
  readonly options: ConsumerOptions
  readonly listener: ConsumerListener
  /** Of the fiber that made the consumer: the listener runs in it. */
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
}

/** One member of a group: reads what it is assigned, and is told of each change in turn. It runs in the process that made it. */
export class MemoryConsumer {
  readonly parts: MemoryConsumerParts
  private readonly membership: MemoryMembership
  private readonly counts: LoopCounts
  private epoch = 0
  /** From the assignment until `onRevoked` has run. */
  private holding = false
  /** From the end of `onAssigned` until the revocation begins. */
  private reading = false
  private wakePosted = false
  private partitions = new Map<string, Reading>()
  private readonly turn = Semaphore.makeUnsafe(1)
  private readonly woken = Latch.makeUnsafe(false)

  constructor(parts: MemoryConsumerParts) {
    this.parts = parts
    this.counts = new LoopCounts(() => parts.clock.currentTimeMillisUnsafe())
    this.membership = new MemoryMembership({
      ...parts,
      counts: this.counts,
      stalled: () => parts.broker.faults.stalled === "heartbeats",
      inTurn: (effect) => this.inTurn(effect),
      giveBack: (lost) => this.giveBack(lost),
      take: (partitions) => this.take(partitions)
    })
  }

  /** There may be something to read; called in the broker's turn. */
  readonly wake = (): void => {
    if (this.wakePosted) return
    this.wakePosted = true
    this.parts.link.post(this.parts.context, () => {
      this.wakePosted = false
      this.woken.openUnsafe()
    })
  }

  /** Joins the group and stays in it; runs beside `pump`. */
  get serve(): Effect.Effect<never> {
    const { link, options } = this.parts
    const doubtful = () => this.holding && this.membership.doubtful
    return link.fence.heed({ groupId: options.groupId, doubtful }, this.membership.serve)
  }

  /** Hands over records until interrupted; sleeps while there are none. */
  readonly pump: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() =>
      this.woken.await.pipe(Effect.andThen(this.woken.close), Effect.andThen(Effect.suspend(() => this.readAll)))
    )
  )

  pause(partitions: ReadonlyArray<TopicPartition>, paused: boolean): void {
    for (const partition of partitions) {
      const reading = this.partitions.get(partitionKey(partition))
      if (reading !== undefined) reading.paused = paused
    }
    if (!paused) this.woken.openUnsafe()
  }

  /** A fetch is due while something waits to be read; with nothing to read there is none. */
  progress(): ConsumerProgress {
    const waits = [...this.partitions.values()].some((reading) => {
      const log = this.parts.broker.log(reading)
      return log !== undefined && !reading.paused && reading.position < log.endOffset
    })
    return this.counts.progress(this.readable() && waits)
  }

  commit(epoch: number, offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    if (this.holding && epoch === this.epoch) return this.membership.commit(offsets)
    const found = `The assignment of epoch ${epoch} has been replaced or taken back; the current epoch is ${this.epoch}`
    const operation = `commit offsets of group ${this.parts.options.groupId}`
    return Effect.fail(kafkaError(operation, this.membership.left ? "closed" : "staleEpoch", found))
  }

  readonly leave: Effect.Effect<void> = Effect.suspend(() =>
    this.inTurn(
      Effect.suspend(() =>
        this.membership.left ? Effect.void : Effect.andThen(this.giveBack(false), this.membership.leave)
      )
    )
  )

  /** Puts the member out of the group, as a session timeout does: it goes on until its next heartbeat tells it. */
  get expel(): Effect.Effect<void> {
    return this.membership.expel
  }

  get clientId(): string {
    return this.parts.options.clientId
  }

  private inTurn(effect: Effect.Effect<void>): Effect.Effect<void> {
    return this.turn.withPermits(1)(Effect.provideContext(effect, this.parts.context))
  }

  private giveBack(lost: boolean): Effect.Effect<void> {
    const { listener } = this.parts
    if (!this.holding) return lost ? Effect.sync(() => listener.onLost?.()) : Effect.void
    this.reading = false
    const given = [...this.partitions.values()].map(({ topic, partition }) => ({ topic, partition }))
    return listener.onRevoked(this.epoch, given).pipe(
      Effect.andThen(
        Effect.sync(() => {
          if (lost) listener.onLost?.()
          this.holding = false
          this.partitions = new Map()
        })
      )
    )
  }

  private take(partitions: ReadonlyArray<TopicPartition>): Effect.Effect<void> {
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
          this.woken.openUnsafe()
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

  /** Reads until there is nothing more; a fetch takes its time, or fails, while there is trouble. */
  private get readAll(): Effect.Effect<void> {
    const { faults } = this.parts.broker
    return Effect.suspend(() => {
      const delayMs = faults.delayMs("fetch")
      return delayMs > 0 ? Effect.sleep(delayMs) : Effect.yieldNow
    }).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          if (this.readable() && faults.next("fetch") !== undefined) {
            this.counts.fetched(false)
            return Effect.andThen(Effect.sleep(retryDelayMs), this.readAll)
          }
          return this.deliverRound() ? this.readAll : Effect.void
        })
      )
    )
  }

  private readable(): boolean {
    return this.reading && this.parts.link.connected && this.parts.broker.faults.available
  }

  /** One batch of each partition that has records; false when there were none. */
  private deliverRound(): boolean {
    const { broker, clock, listener, options } = this.parts
    if (broker.faults.stalled === "fetches") return false
    let delivered = false
    for (const reading of [...this.partitions.values()]) {
      if (!this.readable() || reading.paused) continue
      const log = broker.log(reading)
      if (log === undefined || reading.position >= log.endOffset) continue
      const { records, nextOffset } = log.read(
        reading.position,
        options.maxBytesPerPartition ?? defaultMaxBytesPerPartition
      )
      reading.position = nextOffset
      delivered = true
      this.counts.fetched(true)
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
