import { type Clock, type Context, Effect } from "effect"
import type { ConsumerOptions, KafkaError, OffsetCommit, TopicPartition } from "./KafkaClient.ts"
import type { LoopCounts } from "./LoopCounts.ts"
import type { MemoryGroup, MemoryMember } from "./MemoryGroup.ts"
import type { MemoryLink } from "./MemoryLink.ts"

/** One joining of the group; what the group asks of an earlier one changes nothing. */
interface Joining {
  memberId: string | undefined
  generation: number
}

const defaultSessionTimeoutMs = 10_000
const defaultRebalanceTimeoutMs = 60_000
const defaultHeartbeatIntervalMs = 3_000
/** Wait before joining is tried again. */
const retryDelayMs = 500

/** What a membership needs; `giveBack` and `take` run in the process, never two at a time. */
export interface MembershipParts {
  readonly link: MemoryLink
  readonly group: MemoryGroup
  readonly options: ConsumerOptions
  readonly counts: LoopCounts
  /** A test lets heartbeats never end. */
  readonly stalled: () => boolean
  readonly clock: Clock.Clock
  /** Of the process. */
  readonly context: Context.Context<never>
  readonly inTurn: (effect: Effect.Effect<void>) => Effect.Effect<void>
  /** `lost`: what was held may be another's from now on. */
  readonly giveBack: (lost: boolean) => Effect.Effect<void>
  readonly take: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
}

/**
 * A consumer's side of its group: joining, heartbeats, commits, leaving, each a request over the link.
 *
 * A member that the group has forgotten, or did not answer for a session's length, gives back and joins anew.
 */
export class MemoryMembership {
  private readonly parts: MembershipParts
  private joining: Joining = { memberId: undefined, generation: 0 }
  /** As the group named us; kept when it falls silent, so that it takes us for the same member again. */
  private memberId: string | undefined
  private lastAnswerMs = 0
  /** The group said so, and what was held is not given back yet. */
  private forgotten = false
  left = false

  constructor(parts: MembershipParts) {
    this.parts = parts
  }

  /** Joins, then sends heartbeats. */
  readonly serve: Effect.Effect<never> = Effect.suspend(() => this.join).pipe(
    Effect.andThen(Effect.forkChild(Effect.forever(Effect.suspend(() => this.heedSilence)))),
    Effect.andThen(Effect.forever(Effect.suspend(() => this.beat)))
  )

  /** Whether the group may have given to others what is held. */
  get doubtful(): boolean {
    return this.forgotten || this.silentForMs > this.sessionTimeoutMs
  }

  commit(offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    const { group, link, options } = this.parts
    const { joining } = this
    const member = { memberId: joining.memberId ?? "", generation: joining.generation, clientId: options.clientId }
    const operation = `commit offsets of group ${options.groupId}`
    return link
      .request(
        "commit",
        operation,
        Effect.suspend(() => group.commit(member, offsets))
      )
      .pipe(Effect.tapError((error) => (error.reason === "staleEpoch" ? this.askWhetherKnown(joining) : Effect.void)))
  }

  /** Call in turn, after the partitions were given back. */
  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    this.left = true
    const { memberId } = this.joining
    if (memberId === undefined) return Effect.void
    this.joining = { memberId: undefined, generation: 0 }
    const leaving = Effect.sync(() => this.parts.group.leave(memberId))
    return Effect.ignore(this.ask("leave", leaving))
  })

  /** Puts the member out, as a session timeout does. */
  readonly expel: Effect.Effect<void> = Effect.sync(() => {
    if (this.joining.memberId !== undefined) this.parts.group.leave(this.joining.memberId)
  })

  private ask<A>(what: string, handle: Effect.Effect<A>): Effect.Effect<A, KafkaError> {
    return this.parts.link.request("group", `${what} group ${this.parts.options.groupId}`, handle)
  }

  /** Joins; tries again until it is in or leaves. A joining whose answer was lost is forgotten by its session timeout. */
  private get join(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { counts } = this.parts
      if (this.left) return Effect.void
      const joining: Joining = { memberId: undefined, generation: 0 }
      this.joining = joining
      const asked = this.ask(
        "join",
        Effect.suspend(() => this.parts.group.join(this.member(joining), this.memberId))
      )
      return asked.pipe(
        Effect.flatMap((memberId) =>
          Effect.sync(() => {
            joining.memberId = memberId
            this.memberId = memberId
            this.answered(this.nowMs)
            counts.beat(true)
          })
        ),
        Effect.tapError(() => Effect.sync(() => counts.beat(false))),
        Effect.catch(() => Effect.andThen(Effect.sleep(retryDelayMs), this.join))
      )
    })
  }

  private get sessionTimeoutMs(): number {
    return this.parts.options.sessionTimeoutMs ?? defaultSessionTimeoutMs
  }

  private get silentForMs(): number {
    return this.nowMs - this.lastAnswerMs
  }

  private get nowMs(): number {
    return this.parts.clock.currentTimeMillisUnsafe()
  }

  private answered(askedMs: number): void {
    this.lastAnswerMs = Math.max(this.lastAnswerMs, askedMs)
  }

  /** Waits until the group has been silent for a session, then gives back and joins anew. */
  private get heedSilence(): Effect.Effect<void> {
    if (this.joining.memberId === undefined || this.parts.stalled()) return Effect.sleep(this.sessionTimeoutMs)
    const leftMs = this.sessionTimeoutMs - this.silentForMs
    return leftMs < 0 ? this.joinAnew(this.joining) : Effect.sleep(leftMs + 1)
  }

  private get beat(): Effect.Effect<void> {
    return Effect.sleep(this.parts.options.heartbeatIntervalMs ?? defaultHeartbeatIntervalMs).pipe(
      Effect.andThen(Effect.suspend(() => this.askWhetherKnown(this.joining)))
    )
  }

  /** Sends a heartbeat; when the group no longer knows this member, it gives back and joins anew, beside. */
  private askWhetherKnown(joining: Joining): Effect.Effect<void> {
    const { memberId } = joining
    const { counts, stalled } = this.parts
    if (memberId === undefined || this.left || stalled()) return Effect.void
    const askedMs = this.nowMs
    const beating = Effect.suspend(() => this.parts.group.heartbeat(memberId))
    return this.ask("heartbeat to", beating).pipe(
      Effect.flatMap((known) =>
        Effect.sync(() => {
          counts.beat(true)
          this.answered(askedMs)
          if (known || joining !== this.joining) return
          this.forgotten = true
          Effect.runForkWith(this.parts.context)(this.joinAnew(joining))
        })
      ),
      Effect.tapError(() => Effect.sync(() => counts.beat(false))),
      Effect.ignore
    )
  }

  /** Joins out of turn, so that leaving does not wait for a broker that does not answer. */
  private joinAnew(joining: Joining): Effect.Effect<void> {
    let given = false
    const giveBack = this.ifCurrent(joining, () =>
      Effect.andThen(
        this.parts.giveBack(true),
        Effect.sync(() => {
          given = true
          this.forgotten = false
          this.joining = { memberId: undefined, generation: 0 }
        })
      )
    )
    return Effect.andThen(
      giveBack,
      Effect.suspend(() => (given ? this.join : Effect.void))
    )
  }

  private ifCurrent(joining: Joining, effect: () => Effect.Effect<void>): Effect.Effect<void> {
    return this.parts.inTurn(Effect.suspend(() => (joining === this.joining && !this.left ? effect() : Effect.void)))
  }

  private member(joining: Joining): MemoryMember {
    const { context, giveBack, link, options } = this.parts
    const revoke = this.ifCurrent(joining, () => giveBack(false))
    return {
      clientId: options.clientId,
      topics: options.topics.map(({ topic }) => topic),
      sessionTimeoutMs: this.sessionTimeoutMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
      revoke: link.tell(context, revoke),
      assign: (memberId, partitions, generation) =>
        link.tell(context, this.assigned(joining, memberId, partitions, generation))
    }
  }

  private assigned(
    joining: Joining,
    memberId: string,
    partitions: ReadonlyArray<TopicPartition>,
    generation: number
  ): Effect.Effect<void> {
    const { group, take } = this.parts
    return this.ifCurrent(joining, () => {
      if (!group.current(memberId, generation)) return Effect.void
      joining.memberId = memberId
      this.memberId = memberId
      joining.generation = generation
      this.answered(this.nowMs)
      return take(partitions)
    })
  }
}
