import {
  type Assignment,
  type Consumer,
  KafkaClient,
  type KafkaError,
  type RecordBatch,
  type TopicPartition
} from "@millrace/kafka"
import { Deferred, Effect, Semaphore } from "effect"
import type { Flow, Intake } from "./Intake.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"

/** A group that a worker is a member of, and the intakes that share its partitions. */
export interface MembershipOptions {
  readonly groupId: string
  readonly clientId: string
  readonly intakes: ReadonlyArray<Intake>
  readonly config: Pick<RuntimeConfig, "commitInterval" | "drainTimeout">
  /** After each assignment. */
  readonly onAssigned: () => void
  readonly onFailure: (error: KafkaError) => void
}

/** A member of a group. */
export interface Membership {
  /** Commits what is finished. Never fails: what could not be committed is tried again with the next one. */
  readonly commit: Effect.Effect<void>
  /** Finishes what is in flight, commits, leaves the group. */
  readonly leave: Effect.Effect<void>
  /** Call when an intake falls idle. */
  readonly idle: () => void
  readonly assigned: () => boolean
}

// Outline of an assignment's life:
// 1. onAssigned: each intake takes its partitions; the driver starts to fetch.
// 2. onBatch: handed to the intake of the topic, if it is of the current epoch.
// 3. About each second: commit of the lowest unfinished offsets that moved.
// 4. onRevoked (rebalance, leave, scope): intakes start nothing new; what is in flight gets the drain time; what is
//    finished is committed; the rest is interrupted and comes again, here or with another member.

/**
 * Joins the group; leaves it, drained and committed, when the scope closes.
 *
 * @see ConsumerListener of the client port: revocation comes before each assignment, also of kept partitions.
 */
export const joinGroup = Effect.fnUntraced(function* (options: MembershipOptions) {
  const kafka = yield* KafkaClient
  const member = new Member(options)
  const topics = options.intakes.flatMap((intake) => intake.topics)
  const consumer = yield* kafka.consumer(
    { groupId: options.groupId, clientId: options.clientId, topics },
    {
      onAssigned: (assignment) => Effect.sync(() => member.assign(assignment)),
      onRevoked: () => member.giveBack,
      onBatch: (batch) => member.batch(batch),
      continueAt: (partition) => member.intakeOf(partition.topic)?.continueAt(partition),
      onFailure: options.onFailure
    }
  )
  member.attach(consumer)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(options.config.commitInterval), member.commit)))
  const membership: Membership = {
    commit: member.commit,
    leave: consumer.leave,
    idle: () => member.idle(),
    assigned: () => member.epoch !== undefined
  }
  return membership
})

class Member {
  epoch: number | undefined
  private readonly options: MembershipOptions
  private readonly byTopic = new Map<string, Intake>()
  private readonly paused = new Map<string, TopicPartition>()
  private readonly committed = new Map<string, number>()
  private readonly oneCommit = Semaphore.makeUnsafe(1)
  private consumer: Consumer | undefined
  private drained: Deferred.Deferred<void> | undefined

  constructor(options: MembershipOptions) {
    this.options = options
    for (const intake of options.intakes) for (const { topic } of intake.topics) this.byTopic.set(topic, intake)
  }

  intakeOf(topic: string): Intake | undefined {
    return this.byTopic.get(topic)
  }

  /** The driver's consumer is there only after the first assignment may have come; what was paused till then is now. */
  attach(consumer: Consumer): void {
    this.consumer = consumer
    if (this.paused.size > 0) consumer.pause([...this.paused.values()])
  }

  assign(assignment: Assignment): void {
    this.epoch = assignment.epoch
    this.paused.clear()
    this.committed.clear()
    for (const { committed, partition, topic } of assignment.partitions) {
      if (committed !== undefined) this.committed.set(`${topic}/${partition}`, committed.offset)
    }
    for (const intake of this.options.intakes) {
      const own = assignment.partitions.filter(({ topic }) => this.byTopic.get(topic) === intake)
      intake.assign(assignment.epoch, own, this.flow)
    }
    this.options.onAssigned()
  }

  batch(batch: RecordBatch): void {
    if (batch.epoch === this.epoch) this.byTopic.get(batch.topic)?.batch(batch)
  }

  idle(): void {
    if (this.drained === undefined || !this.options.intakes.every((intake) => intake.idle())) return
    Deferred.doneUnsafe(this.drained, Effect.void)
  }

  readonly flow: Flow = {
    pause: (partitions) => {
      for (const one of partitions) this.paused.set(`${one.topic}/${one.partition}`, one)
      this.consumer?.pause(partitions)
    },
    resume: (partitions) => {
      for (const { partition, topic } of partitions) this.paused.delete(`${topic}/${partition}`)
      this.consumer?.resume(partitions)
    }
  }

  readonly commit: Effect.Effect<void> = Effect.suspend(() => {
    const { consumer, epoch } = this
    if (consumer === undefined || epoch === undefined) return Effect.void
    const moved = this.options.intakes
      .flatMap((intake) => intake.committable())
      .filter(({ offset, partition, topic }) => (this.committed.get(`${topic}/${partition}`) ?? 0) < offset)
    if (moved.length === 0) return Effect.void
    return consumer
      .commit(
        epoch,
        moved.map((one) => ({ ...one, metadata: "" }))
      )
      .pipe(
        Effect.andThen(
          Effect.sync(() => {
            if (this.epoch !== epoch) return
            for (const { offset, partition, topic } of moved) this.committed.set(`${topic}/${partition}`, offset)
          })
        ),
        Effect.catch((error) => {
          const fields = { groupId: this.options.groupId, reason: error.reason }
          return error.reason === "staleEpoch" || error.reason === "fenced" || error.reason === "closed"
            ? Effect.logDebug("commit dropped: the partitions were assigned anew", fields)
            : Effect.logWarning("offsets not committed yet", { ...fields, error: error.message })
        })
      )
  }).pipe(this.oneCommit.withPermits(1))

  readonly giveBack: Effect.Effect<void> = Effect.suspend(() => {
    const { config, intakes } = this.options
    for (const intake of intakes) intake.stop()
    const drained = Deferred.makeUnsafe<void>()
    this.drained = drained
    this.idle()
    return Deferred.await(drained).pipe(
      Effect.timeoutOption(config.drainTimeout),
      Effect.andThen(this.commit),
      Effect.andThen(
        Effect.sync(() => {
          this.drained = undefined
          this.epoch = undefined
          for (const intake of intakes) intake.release()
        })
      )
    )
  })
}
