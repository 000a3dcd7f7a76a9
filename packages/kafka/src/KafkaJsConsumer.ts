import { Cause, type Clock, Deferred, Effect, Exit, Schedule, type Scope } from "effect"
import type {
  AssignedPartition,
  ConsumerListener,
  ConsumerOptions,
  KafkaError,
  OffsetCommit,
  TopicPartition
} from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import { errorTypeOf, toKafkaError } from "./KafkaJsErrors.ts"
import { KafkaJsFetcher } from "./KafkaJsFetcher.ts"
import { type GroupSession, KafkaJsMember } from "./KafkaJsMember.ts"
import { describePartitions } from "./KafkaJsOffsets.ts"

/** Why a session ended: the group rebalances, it no longer knows us, or we leave. */
type SessionEnd = "rebalance" | "lost" | "leave"

export interface ConsumerParts {
  readonly link: ClusterLink
  readonly options: ConsumerOptions
  readonly listener: ConsumerListener
  readonly clock: Clock.Clock
}

/** Short, so that a member that comes or goes is noticed soon; Kafka's default is 3 s. */
const defaultHeartbeatIntervalMs = 500
const retryDelayMs = 200
const commitRetries = Schedule.exponential("50 millis").pipe(Schedule.upTo({ times: 6 }))
const leaveTimeoutMs = 3_000

/**
 * One member of a group on a real broker.
 *
 * Outline of a session, repeated until the consumer leaves:
 * 1. join, and learn the assignment; from here on heartbeats go out, whatever else happens;
 * 2. look up where to read; call `onAssigned`; read;
 * 3. a heartbeat tells of a rebalance (or that the group forgot us): stop reading, call `onRevoked`, while commits of
 *    the session are still taken;
 * 4. join again.
 */
export class KafkaJsConsumer {
  private readonly parts: ConsumerParts
  private readonly member: KafkaJsMember
  private epoch = 0
  private session: GroupSession | undefined
  private ended: Deferred.Deferred<SessionEnd> | undefined
  private fetcher: KafkaJsFetcher | undefined
  private owned: ReadonlyArray<TopicPartition> = []
  private leaving = false
  private readonly left = Deferred.makeUnsafe<void>()

  constructor(parts: ConsumerParts) {
    this.parts = parts
    this.member = new KafkaJsMember(parts.link, parts.options)
  }

  /** Serves the membership until it has left, or can't go on. */
  readonly run: Effect.Effect<void> = Effect.suspend(() => this.serveSessions).pipe(
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        if (Cause.hasInterruptsOnly(cause)) return
        this.parts.listener.onFailure(
          toKafkaError(`consume in group ${this.parts.options.groupId}`)(Cause.squash(cause))
        )
      })
    ),
    Effect.ensuring(
      Effect.suspend(() => {
        this.leaving = true
        return this.member.leave()
      }).pipe(Effect.timeout(leaveTimeoutMs), Effect.ignore)
    ),
    Effect.ensuring(Effect.suspend(() => Deferred.succeed(this.left, undefined)))
  )

  /** Waits for `onRevoked` as long as it takes, but not for a group that does not come together. */
  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    this.leaving = true
    this.end("leave")
    const left = Deferred.await(this.left)
    return this.session === undefined ? Effect.ignore(Effect.timeout(left, leaveTimeoutMs)) : left
  })

  setPaused(partitions: ReadonlyArray<TopicPartition>, paused: boolean): void {
    if (paused) this.fetcher?.pause(partitions)
    else this.fetcher?.resume(partitions)
  }

  commit(epoch: number, offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    const { groupId } = this.parts.options
    const { session } = this
    if (session === undefined || epoch !== this.epoch) {
      const found = `The assignment of epoch ${epoch} has been replaced or taken back; the current epoch is ${this.epoch}`
      return Effect.fail(
        kafkaError(`commit offsets of group ${groupId}`, this.leaving ? "closed" : "staleEpoch", found)
      )
    }
    if (offsets.length === 0) return Effect.void
    return this.member.commit(session, offsets).pipe(
      Effect.tapError((error) => Effect.sync(() => this.endIfForgotten(error))),
      Effect.retry({ schedule: commitRetries, while: (error) => error.reason === "unavailable" })
    )
  }

  private end(why: SessionEnd): void {
    if (this.ended !== undefined) Deferred.doneUnsafe(this.ended, Exit.succeed(why))
  }

  private endIfForgotten(error: KafkaError): void {
    const type = errorTypeOf(error.cause)
    if (type === "REBALANCE_IN_PROGRESS" || type === "ILLEGAL_GENERATION") this.end("rebalance")
    if (type === "UNKNOWN_MEMBER_ID" || type === "FENCED_INSTANCE_ID") this.end("lost")
  }

  private readonly serveSessions: Effect.Effect<void, KafkaError> = Effect.gen({ self: this }, function* () {
    while (!this.leaving) yield* Effect.scoped(this.serveSession)
  })

  private readonly serveSession: Effect.Effect<void, KafkaError, Scope.Scope> = Effect.gen(
    { self: this },
    function* () {
      const session = yield* this.joined
      const ended = Deferred.makeUnsafe<SessionEnd>()
      this.ended = ended
      if (this.leaving) return
      yield* Effect.forkScoped(this.beat(session))
      const { link, listener, options } = this.parts
      const described = yield* describePartitions(link, this.member, options, listener, session.partitions).pipe(
        Effect.retry({ schedule: Schedule.spaced(retryDelayMs), while: (error) => error.reason !== "invalid" }),
        Effect.raceFirst(Effect.as(Deferred.await(ended), undefined))
      )
      if (described !== undefined) yield* this.hold(session, described, Deferred.await(ended))
      if ((yield* Deferred.await(ended)) === "lost") this.member.memberId = ""
    }
  )

  /** Joins; tries again as long as it may help. */
  private get joined(): Effect.Effect<GroupSession, KafkaError> {
    return Effect.suspend(() => this.member.join(this.owned)).pipe(
      Effect.tapError((error) => {
        if (errorTypeOf(error.cause) === "UNKNOWN_MEMBER_ID") this.member.memberId = ""
        return Effect.logDebug("Could not join the group; trying again", error)
      }),
      Effect.retry({
        schedule: Schedule.spaced(retryDelayMs),
        while: (error) => error.reason !== "invalid" && !this.leaving
      })
    )
  }

  /** Holds the partitions from `onAssigned` to the end of `onRevoked`. */
  private hold(
    session: GroupSession,
    partitions: ReadonlyArray<AssignedPartition>,
    ended: Effect.Effect<SessionEnd>
  ): Effect.Effect<void> {
    const { listener } = this.parts
    return Effect.suspend(() => {
      this.epoch += 1
      this.session = session
      this.owned = session.partitions
      const { epoch } = this
      const fetcher = new KafkaJsFetcher({ ...this.parts, epoch, partitions })
      this.fetcher = fetcher
      return listener.onAssigned({ epoch, partitions }).pipe(
        Effect.andThen(Effect.scoped(Effect.andThen(fetcher.start, ended))),
        Effect.ensuring(
          Effect.suspend(() => {
            this.fetcher = undefined
            return listener.onRevoked(epoch, session.partitions)
          })
        ),
        Effect.ensuring(
          Effect.sync(() => {
            this.session = undefined
          })
        )
      )
    })
  }

  /** Tells the group that we live; goes on during `onRevoked`, so that the group waits for it. */
  private beat(session: GroupSession): Effect.Effect<never> {
    return this.member.heartbeat(session).pipe(
      Effect.catch((error) => {
        this.endIfForgotten(error)
        return Effect.logDebug("Heartbeat failed", error)
      }),
      Effect.delay(this.parts.options.heartbeatIntervalMs ?? defaultHeartbeatIntervalMs),
      Effect.forever
    )
  }
}
