import { Cause, Deferred, Effect, Exit, Schedule, Scope } from "effect"
import { GroupRound, groupNewsOf, isRebalance } from "./GroupRound.ts"
import type { AssignedPartition, ConsumerProgress, KafkaError, OffsetCommit, TopicPartition } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import { errorTypeOf, toKafkaError } from "./KafkaJsErrors.ts"
import { KafkaJsFetcher } from "./KafkaJsFetcher.ts"
import type { ConsumerParts, Hold } from "./KafkaJsHold.ts"
import { defaultSessionTimeoutMs, type GroupSession, KafkaJsMember } from "./KafkaJsMember.ts"
import { describePartitions } from "./KafkaJsOffsets.ts"
import { LoopCounts } from "./LoopCounts.ts"
import { partitionKey, samePartitions } from "./PartitionBounds.ts"

/** Short, so that a member that comes or goes is noticed soon; Kafka's default is 3 s. */
const defaultHeartbeatIntervalMs = 500
const retryDelayMs = 200
const silenceCheckMs = 100
const commitRetries = Schedule.exponential("50 millis").pipe(Schedule.upTo({ times: 6 }))
const leaveTimeoutMs = 3_000

/**
 * One member of a group on a real broker.
 *
 * Outline, repeated until the consumer leaves:
 * 1. join, telling what is held; reading, commits and heartbeats go on meanwhile;
 * 2. the same partitions again: nothing happens. Others: stop reading, call `onRevoked` while commits are taken, look up
 *    where to read, call `onAssigned`, read;
 * 3. what was given up goes to its next owner only in a further round, as the group's leader gives nobody what another
 *    member still holds: so join again at once when something was given up, else when a heartbeat tells of a rebalance.
 * When the group has forgotten us, or did not answer for a session's length, what is held is given back before the join.
 *
 * @see KIP-429, whose rounds these are.
 */
export class KafkaJsConsumer {
  private readonly parts: ConsumerParts
  private readonly member: KafkaJsMember
  private readonly counts: LoopCounts
  private epoch = 0
  private session: GroupSession | undefined
  private held: Hold | undefined
  private fetcher: KafkaJsFetcher | undefined
  private round: GroupRound
  private joining = false
  /** The member that held partitions last, until it was told of a loss. */
  private holder: string | undefined
  private readonly quit = Deferred.makeUnsafe<void>()
  private readonly left = Deferred.makeUnsafe<void>()

  constructor(parts: ConsumerParts) {
    this.parts = parts
    this.member = new KafkaJsMember(parts.link, parts.options)
    this.round = this.newRound()
    this.counts = new LoopCounts(() => this.now())
  }

  /** Serves the membership until it has left, or can't go on. */
  readonly run: Effect.Effect<void> = Effect.suspend(() => {
    const { fence, options } = this.parts
    const doubtful = () => this.held !== undefined && this.round.isDoubtful(this.now())
    return fence.heed({ groupId: options.groupId, doubtful }, Effect.scoped(this.serve))
  }).pipe(
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        const { listener, options } = this.parts
        const operation = `consume in group ${options.groupId}`
        if (!Cause.hasInterruptsOnly(cause)) listener.onFailure(toKafkaError(operation)(Cause.squash(cause)))
      })
    ),
    Effect.ensuring(
      Effect.suspend(() => {
        Deferred.doneUnsafe(this.quit, Exit.void)
        return this.member.leave()
      }).pipe(Effect.timeout(leaveTimeoutMs), Effect.ignore)
    ),
    Effect.ensuring(Effect.suspend(() => Deferred.succeed(this.left, undefined)))
  )

  /** Waits for `onRevoked` as long as it takes, but not for a group that does not come together. */
  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    Deferred.doneUnsafe(this.quit, Exit.void)
    return Deferred.await(this.left)
  })

  setPaused(partitions: ReadonlyArray<TopicPartition>, paused: boolean): void {
    if (paused) this.fetcher?.pause(partitions)
    else this.fetcher?.resume(partitions)
  }

  progress(): ConsumerProgress {
    return this.counts.progress(this.fetcher?.fetching === true)
  }

  /** A commit that meets a rebalance is tried again under its new generation, as long as the epoch holds. */
  commit(epoch: number, offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    if (offsets.length === 0 && this.isCurrent(epoch)) return Effect.void
    return Effect.suspend(() => {
      const { session } = this
      return session === undefined || !this.isCurrent(epoch)
        ? Effect.fail(this.staleEpoch(epoch))
        : Effect.tapError(this.member.commit(session, offsets), (error) => Effect.sync(() => this.heed(session, error)))
    }).pipe(
      Effect.retry({
        schedule: commitRetries,
        while: (error) => error.reason === "unavailable" || (this.isCurrent(epoch) && isRebalance(error))
      })
    )
  }

  private isCurrent(epoch: number): boolean {
    return this.held !== undefined && this.held.epoch === epoch
  }

  private staleEpoch(epoch: number): KafkaError {
    const found = `The assignment of epoch ${epoch} has been replaced or taken back; the current epoch is ${this.epoch}`
    const reason = Deferred.isDoneUnsafe(this.quit) ? "closed" : "staleEpoch"
    return kafkaError(`commit offsets of group ${this.parts.options.groupId}`, reason, found)
  }

  /** Draws from a refusal what it says about the membership. */
  private heed(session: GroupSession, error: KafkaError): void {
    if (session !== this.session) return
    const news = groupNewsOf(error)
    if (news === "rebalance") this.round.askRejoin()
    // While a join is under way, its answer brings the generation that is asked for.
    if (news === "otherGeneration" && !this.joining) this.round.lose()
    if (news === "forgotten") {
      this.member.memberId = ""
      this.round.lose()
    }
  }

  private readonly serve: Effect.Effect<void, KafkaError, Scope.Scope> = Effect.gen({ self: this }, function* () {
    // Heartbeats outlast the release, so that the group waits for it.
    const intervalMs = this.parts.options.heartbeatIntervalMs ?? defaultHeartbeatIntervalMs
    yield* Effect.forkScoped(Effect.forever(Effect.delay(this.beat, intervalMs)))
    // Apart from the heartbeats: one that waits for its answer may wait for longer than the session lasts.
    const heedSilence = Effect.sync(() => this.session !== undefined && this.round.heedSilence(this.now()))
    yield* Effect.forkScoped(Effect.forever(Effect.delay(heedSilence, silenceCheckMs)))
    yield* Effect.addFinalizer(() => this.release)
    while (!Deferred.isDoneUnsafe(this.quit)) {
      const session = yield* this.joined
      if (session !== undefined) yield* this.take(session)
      yield* this.orQuit(this.round.whenOver)
      if (!this.round.isLost) continue
      yield* this.release
      // Late answers to the former session's heartbeats say nothing about the next one.
      this.session = undefined
    }
  })

  private orQuit(wait: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.raceFirst(wait, Deferred.await(this.quit))
  }

  private newRound(): GroupRound {
    return new GroupRound(this.now(), this.parts.options.sessionTimeoutMs ?? defaultSessionTimeoutMs)
  }

  /** Joins; tries again as long as it may help. Nothing, when what is held has to be given back first, or on leaving. */
  private get joined(): Effect.Effect<GroupSession | undefined, KafkaError> {
    const { round } = this
    const join = Effect.suspend(() => this.member.join(this.held?.partitions ?? [])).pipe(
      Effect.tap(() => Effect.sync(() => this.counts.beat(true))),
      Effect.tapError((error) => {
        this.counts.beat(false)
        if (groupNewsOf(error) === "forgotten") {
          this.member.memberId = ""
          round.lose()
        }
        return Effect.logDebug("Could not join the group; trying again", error)
      }),
      Effect.retry({ schedule: Schedule.spaced(retryDelayMs), while: (error) => error.reason !== "invalid" })
    )
    const giveUp = this.held === undefined ? Effect.never : round.whenLost
    this.joining = true
    return Effect.raceFirst(join, Effect.as(this.orQuit(giveUp), undefined)).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          this.joining = false
        })
      )
    )
  }

  /** Goes on as before when the session brings the same partitions; else gives back what is held and takes the new ones. */
  private take(session: GroupSession): Effect.Effect<void, KafkaError> {
    return Effect.suspend(() => {
      this.session = session
      this.round = this.newRound()
      if (this.holder !== undefined && this.holder !== session.memberId) this.parts.listener.onLost?.()
      this.holder = session.memberId
      const before = this.held?.partitions
      if (before !== undefined && samePartitions(before, session.partitions)) return Effect.void
      return Effect.andThen(this.release, this.describeAndHold(session)).pipe(
        Effect.andThen(
          Effect.sync(() => {
            const now = new Set(session.partitions.map(partitionKey))
            if (before?.some((one) => !now.has(partitionKey(one)))) this.round.askRejoin()
          })
        )
      )
    })
  }

  private describeAndHold(session: GroupSession): Effect.Effect<void, KafkaError> {
    const { link, listener, options } = this.parts
    return describePartitions(link, this.member, options, listener, session.partitions).pipe(
      Effect.retry({ schedule: Schedule.spaced(retryDelayMs), while: (error) => error.reason !== "invalid" }),
      Effect.raceFirst(Effect.as(this.orQuit(this.round.whenOver), undefined)),
      Effect.flatMap((described) =>
        described === undefined ? Effect.void : Effect.uninterruptible(this.hold(session, described))
      )
    )
  }

  private hold(session: GroupSession, partitions: ReadonlyArray<AssignedPartition>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.epoch += 1
      const { epoch } = this
      const scope = yield* Scope.make()
      this.held = { epoch, partitions: session.partitions, scope }
      const fetcher = new KafkaJsFetcher({ ...this.parts, epoch, partitions, counts: this.counts })
      this.fetcher = fetcher
      yield* this.parts.listener.onAssigned({ epoch, partitions })
      yield* Scope.provide(fetcher.start, scope)
    })
  }

  /** Stops reading, then calls `onRevoked`, during which commits are taken. */
  private readonly release: Effect.Effect<void> = Effect.uninterruptible(
    Effect.suspend(() => {
      const { held } = this
      if (held === undefined) return Effect.sync(() => this.tellLoss())
      return Scope.close(held.scope, Exit.void).pipe(
        Effect.andThen(
          Effect.suspend(() => {
            this.fetcher = undefined
            return this.parts.listener.onRevoked(held.epoch, held.partitions)
          })
        ),
        Effect.ensuring(
          Effect.sync(() => {
            // At once, as sends are refused until here.
            this.tellLoss()
            this.held = undefined
          })
        )
      )
    })
  )

  private tellLoss(): void {
    if (!this.round.isLost || this.holder === undefined) return
    this.holder = undefined
    this.parts.listener.onLost?.()
  }

  private now(): number {
    return this.parts.clock.currentTimeMillisUnsafe()
  }

  /** Tells the group that we live. */
  private readonly beat: Effect.Effect<void> = Effect.suspend(() => {
    const { round, session } = this
    const askedMs = this.now()
    if (session === undefined) return Effect.void
    return Effect.matchEffect(this.member.heartbeat(session), {
      onSuccess: () =>
        Effect.sync(() => {
          this.counts.beat(true)
          round.answered(askedMs)
        }),
      onFailure: (error) => {
        this.counts.beat(false)
        if (errorTypeOf(error.cause) !== undefined) round.answered(askedMs)
        this.heed(session, error)
        return Effect.logDebug("Heartbeat failed", error)
      }
    })
  })
}
