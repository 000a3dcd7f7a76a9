import { Effect, Fiber, Latch, type Scope } from "effect"
import type { OffsetCommit, TopicPartition } from "./KafkaClient.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import { assignPartitions } from "./PartitionAssigner.ts"
import { partitionKey } from "./PartitionBounds.ts"

/** What a group asks of a member; the member runs these one after the other. */
export interface MemoryMember {
  readonly memberId: string
  readonly clientId: string
  readonly topics: ReadonlyArray<string>
  readonly rebalanceTimeoutMs: number
  /** Stops intake and lets the member finish, before its partitions move. */
  readonly revoke: Effect.Effect<void>
  readonly assign: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /** The member was put out of the group and learns it only now. */
  readonly learnOfExpulsion: Effect.Effect<void>
}

/**
 * A consumer group: its members, its committed offsets, and the rebalance.
 *
 * Outline of a rebalance:
 * 1. every member revokes; one that takes longer than its rebalance timeout is put out;
 * 2. partitions are shared out among the members there are then;
 * 3. every member is assigned, without waiting for the others;
 * 4. again, if somebody came or went meanwhile.
 */
export class MemoryGroup {
  readonly committed = new Map<string, OffsetCommit>()
  readonly members = new Map<string, MemoryMember>()
  private readonly owned = new Map<string, ReadonlyArray<TopicPartition>>()
  private readonly changed = Latch.makeUnsafe(false)
  private nextMember = 0
  private readonly broker: MemoryBroker
  private readonly scope: Scope.Scope

  constructor(broker: MemoryBroker, scope: Scope.Scope) {
    this.broker = broker
    this.scope = scope
  }

  newMemberId(clientId: string): string {
    this.nextMember += 1
    return `${clientId}-${this.nextMember}`
  }

  join(member: MemoryMember): void {
    this.members.set(member.memberId, member)
    this.rebalance()
  }

  leave(memberId: string): void {
    this.owned.delete(memberId)
    if (this.members.delete(memberId)) this.rebalance()
  }

  rebalance(): void {
    this.changed.openUnsafe()
  }

  commit(offsets: ReadonlyArray<OffsetCommit>): void {
    for (const offset of offsets) this.committed.set(partitionKey(offset), { ...offset })
  }

  /** Serves the group until its scope closes. */
  readonly run: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() =>
      this.changed.await.pipe(
        Effect.andThen(this.changed.close),
        Effect.andThen(Effect.suspend(() => this.revokeAll())),
        Effect.andThen(Effect.suspend(() => this.assignAll()))
      )
    )
  )

  private revokeAll(): Effect.Effect<void> {
    return Effect.forEach([...this.members.values()], (member) => this.revokeOne(member), {
      concurrency: "unbounded",
      discard: true
    })
  }

  private revokeOne(member: MemoryMember): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const revoking = yield* Effect.forkIn(member.revoke, this.scope, { startImmediately: true })
      const done = yield* Effect.timeoutOption(Fiber.await(revoking), member.rebalanceTimeoutMs)
      if (done._tag === "Some") return
      this.members.delete(member.memberId)
      this.owned.delete(member.memberId)
      yield* Effect.forkIn(member.learnOfExpulsion, this.scope)
    })
  }

  private assignAll(): Effect.Effect<void> {
    const members = [...this.members.values()].map((member) => ({
      ...member,
      owned: this.owned.get(member.memberId) ?? []
    }))
    const counts = new Map([...this.broker.topics.values()].map((topic) => [topic.name, topic.partitions.length]))
    const assigned = assignPartitions(counts, members)
    return Effect.forEach(
      members,
      (member) => {
        const partitions = assigned.get(member.memberId) ?? []
        this.owned.set(member.memberId, partitions)
        return Effect.forkIn(member.assign(partitions), this.scope, { startImmediately: true })
      },
      { discard: true }
    )
  }
}
