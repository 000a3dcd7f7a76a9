import {
  type Assignment,
  type Consumer,
  type ConsumerProgress,
  KafkaClient,
  type KafkaError,
  type RecordBatch,
  type TopicPartition
} from "@millrace/kafka"
import { type Context, Deferred, Duration, Effect } from "effect"
import { Commits } from "./Commits.ts"
import type { Flow, Intake } from "./Intake.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"

/** A group that a worker is a member of, and the intakes that share its partitions. */
export interface MembershipOptions {
  readonly groupId: string
  readonly clientId: string
  readonly intakes: ReadonlyArray<Intake>
  readonly config: Pick<RuntimeConfig, "commitInterval" | "drainTimeout" | "sessionTimeout">
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
  readonly groupId: string
  readonly progress: () => ConsumerProgress
}

// Outline of an assignment's life:
// 1. onAssigned: each intake takes its partitions; the driver starts to fetch.
// 2. onBatch: handed to the intake of the topic, if it is of the current epoch.
// 3. About each second, and when an intake asks: commit of what moved (`Commits`).
// 4. onRevoked (rebalance, leave, scope): intakes start nothing new; what is in flight gets the drain time; what is
//    finished is committed; the rest is interrupted and comes again, here or with another member.

/**
 * Joins the group; leaves it, drained and committed, when the scope closes.
 *
 * @see ConsumerListener of the client port: revocation comes before each assignment, also of kept partitions.
 */
export const joinGroup = Effect.fnUntraced(function* (options: MembershipOptions) {
  const kafka = yield* KafkaClient
  const member = new Member(options, yield* Effect.context<never>())
  const topics = options.intakes.flatMap((intake) => intake.topics)
  const consumer = yield* kafka.consumer(
    {
      groupId: options.groupId,
      clientId: options.clientId,
      topics,
      sessionTimeoutMs: Duration.toMillis(options.config.sessionTimeout)
    },
    {
      onAssigned: (assignment) => Effect.sync(() => member.assign(assignment)),
      onRevoked: () => member.giveBack,
      onLost: () => {
        for (const intake of options.intakes) intake.lost?.()
      },
      onBatch: (batch) => member.batch(batch),
      continueAt: (partition) => member.intakeOf(partition.topic)?.continueAt(partition),
      onFailure: options.onFailure
    }
  )
  member.attach(consumer)
  yield* Effect.forkScoped(
    Effect.forever(Effect.andThen(Effect.sleep(options.config.commitInterval), member.commits.now))
  )
  const membership: Membership = {
    commit: Effect.asVoid(member.commits.now),
    leave: consumer.leave,
    idle: () => member.idle(),
    groupId: options.groupId,
    progress: consumer.progress,
    assigned: () => member.commits.epoch !== undefined
  }
  return membership
})

class Member {
  readonly commits: Commits
  private readonly options: MembershipOptions
  private readonly byTopic = new Map<string, Intake>()
  private readonly paused = new Map<string, TopicPartition>()
  private consumer: Consumer | undefined
  private drained: Deferred.Deferred<void> | undefined

  constructor(options: MembershipOptions, context: Context.Context<never>) {
    this.options = options
    this.commits = new Commits({
      groupId: options.groupId,
      context,
      committable: () => options.intakes.flatMap((intake) => intake.committable())
    })
    for (const intake of options.intakes) for (const { topic } of intake.topics) this.byTopic.set(topic, intake)
  }

  intakeOf(topic: string): Intake | undefined {
    return this.byTopic.get(topic)
  }

  /** The driver's consumer is there only after the first assignment may have come; what was paused till then is now. */
  attach(consumer: Consumer): void {
    this.consumer = consumer
    this.commits.attach(consumer)
    if (this.paused.size > 0) consumer.pause([...this.paused.values()])
  }

  assign(assignment: Assignment): void {
    this.paused.clear()
    this.commits.assigned(assignment)
    for (const intake of this.options.intakes) {
      const own = assignment.partitions.filter(({ topic }) => this.byTopic.get(topic) === intake)
      intake.assign(assignment.epoch, own, this.flow)
    }
    this.options.onAssigned()
  }

  batch(batch: RecordBatch): void {
    if (batch.epoch === this.commits.epoch) this.byTopic.get(batch.topic)?.batch(batch)
  }

  idle(): void {
    if (this.drained === undefined || !this.options.intakes.every((intake) => intake.idle())) return
    Deferred.doneUnsafe(this.drained, Effect.void)
  }

  readonly flow: Flow = {
    commit: (done) => this.commits.soon(done),
    pause: (partitions) => {
      for (const one of partitions) this.paused.set(`${one.topic}/${one.partition}`, one)
      this.consumer?.pause(partitions)
    },
    resume: (partitions) => {
      for (const { partition, topic } of partitions) this.paused.delete(`${topic}/${partition}`)
      this.consumer?.resume(partitions)
    }
  }

  readonly giveBack: Effect.Effect<void> = Effect.suspend(() => {
    const { config, intakes } = this.options
    for (const intake of intakes) intake.stop()
    const drained = Deferred.makeUnsafe<void>()
    this.drained = drained
    this.idle()
    return Deferred.await(drained).pipe(
      Effect.timeoutOption(config.drainTimeout),
      Effect.andThen(
        Effect.sync(() => {
          for (const intake of intakes) intake.drained?.()
        })
      ),
      Effect.andThen(this.commits.now),
      Effect.andThen(
        Effect.sync(() => {
          this.drained = undefined
          this.commits.revoked()
          for (const intake of intakes) intake.release()
        })
      )
    )
  })
}
