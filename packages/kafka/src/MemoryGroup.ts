import { Clock, Deferred, Effect, Latch } from "effect"
import type { KafkaError, OffsetCommit, TopicPartition } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import { assignPartitions } from "./PartitionAssigner.ts"
import { partitionKey } from "./PartitionBounds.ts"

/** What a group asks of a member; the member runs these one after the other, each at its own pace. */
export interface MemoryMember {
  readonly clientId: string
  readonly topics: ReadonlyArray<string>
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Stops intake and lets the member finish, before its partitions move. */
  readonly revoke: Effect.Effect<void>
  /** It may come before the answer to `join`, so it names the member. */
  readonly assign: (
    memberId: string,
    partitions: ReadonlyArray<TopicPartition>,
    generation: number
  ) => Effect.Effect<void>
}

interface Joined extends MemoryMember {
  readonly memberId: string
  readonly gone: Deferred.Deferred<void>
  heardAtMs: number
}

/** Kafka's own default of `offset.metadata.max.bytes`; it counts characters. */
const maxMetadataLength = 4_096

/**
 * A consumer group: its members, its committed offsets, and the rebalance.
 *
 * Outline of a rebalance:
 * 1. every member revokes; one that takes longer than its rebalance timeout, or whose session ends, is put out;
 * 2. partitions are shared out among the members there are then, under the next generation;
 * 3. every member is assigned, without waiting for the others;
 * 4. again, if somebody came or went meanwhile.
 */
export class MemoryGroup {
  readonly committed = new Map<string, OffsetCommit>()
  private readonly members = new Map<string, Joined>()
  private readonly owned = new Map<string, ReadonlyArray<TopicPartition>>()
  private readonly changed = Latch.makeUnsafe(false)
  private readonly groupId: string
  private readonly broker: MemoryBroker
  private nextMember = 0
  private generation = 0

  constructor(groupId: string, broker: MemoryBroker) {
    this.groupId = groupId
    this.broker = broker
    broker.run(this.serve)
  }

  /**
   * Takes a member in, in the place of its earlier joining if the group still knows that one. Returns its id; who does not send
   * heartbeats is put out after the session timeout.
   */
  join(member: MemoryMember, earlierId?: string): Effect.Effect<string> {
    return Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const earlier = earlierId === undefined ? undefined : this.members.get(earlierId)
      if (earlier !== undefined) this.remove(earlier)
      this.nextMember += 1
      const memberId = `${member.clientId}-${this.nextMember}`
      const joined = { ...member, memberId, gone: Deferred.makeUnsafe<void>(), heardAtMs: nowMs }
      this.members.set(memberId, joined)
      this.broker.run(this.watch(joined))
      this.rebalance()
      return memberId
    })
  }

  leave(memberId: string): void {
    const member = this.members.get(memberId)
    if (member === undefined) return
    this.remove(member)
    this.rebalance()
  }

  rebalance(): void {
    this.changed.openUnsafe()
  }

  /** False when the group does not know the member (any more). */
  heartbeat(memberId: string): Effect.Effect<boolean> {
    return Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const member = this.members.get(memberId)
      if (member !== undefined) member.heardAtMs = nowMs
      return member !== undefined
    })
  }

  /** Sessions start anew after an outage of the broker. */
  readonly renewSessions: Effect.Effect<void> = Effect.map(Clock.currentTimeMillis, (nowMs) => {
    for (const member of this.members.values()) member.heardAtMs = nowMs
  })

  /** Refuses an unknown member, an older generation and metadata that is too long (alone: the other partitions' go in). */
  commit(
    member: { readonly memberId: string; readonly generation: number; readonly clientId: string },
    offsets: ReadonlyArray<OffsetCommit>
  ): Effect.Effect<void, KafkaError> {
    const operation = `commit offsets of group ${this.groupId}`
    if (!this.members.has(member.memberId)) {
      return Effect.fail(kafkaError(operation, "staleEpoch", "The group does not know this member any more"))
    }
    if (member.generation !== this.generation) {
      const found = `The group is at generation ${this.generation}, the member at ${member.generation}`
      return Effect.fail(kafkaError(operation, "staleEpoch", found))
    }
    const tooLong = offsets.filter(({ metadata }) => metadata.length > maxMetadataLength)
    this.store(
      offsets.filter((offset) => !tooLong.includes(offset)),
      member.clientId
    )
    if (tooLong.length === 0) return Effect.void
    const found = `Metadata of ${tooLong[0]!.metadata.length} characters; the broker takes ${maxMetadataLength}`
    return Effect.fail(kafkaError(operation, "tooLarge", found))
  }

  /** Stores offsets as they are, as a transaction does. */
  store(offsets: ReadonlyArray<OffsetCommit>, clientId: string): void {
    for (const offset of offsets) {
      this.committed.set(partitionKey(offset), { ...offset })
      this.broker.tell({ _tag: "Committed", groupId: this.groupId, clientId, ...offset })
    }
  }

  /** Whether an assignment of this generation still holds for the member. */
  current(memberId: string, generation: number): boolean {
    return generation === this.generation && this.members.has(memberId)
  }

  private remove(member: Joined): void {
    this.members.delete(member.memberId)
    this.owned.delete(member.memberId)
    Deferred.doneUnsafe(member.gone, Effect.void)
  }

  /** Puts the member out when it was silent for its session timeout; nothing counts as silence while the broker is down. */
  private watch(member: Joined): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.members.has(member.memberId)) {
        const leftMs = member.heardAtMs + member.sessionTimeoutMs - (yield* Clock.currentTimeMillis)
        if (leftMs > 0) yield* Effect.raceFirst(Effect.sleep(leftMs), Deferred.await(member.gone))
        else if (this.broker.faults.available) this.leave(member.memberId)
        else yield* Effect.raceFirst(Effect.sleep(member.sessionTimeoutMs), Deferred.await(member.gone))
      }
    })
  }

  private readonly serve: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() =>
      this.changed.await.pipe(
        Effect.andThen(this.changed.close),
        Effect.andThen(Effect.suspend(() => this.revokeAll())),
        Effect.andThen(Effect.sync(() => this.assignAll()))
      )
    )
  )

  private revokeAll(): Effect.Effect<void> {
    return Effect.forEach([...this.members.values()], (member) => this.revokeOne(member), {
      concurrency: "unbounded",
      discard: true
    })
  }

  private revokeOne(member: Joined): Effect.Effect<void> {
    const given = Effect.raceFirst(member.revoke, Deferred.await(member.gone))
    return Effect.timeoutOption(given, member.rebalanceTimeoutMs).pipe(
      Effect.flatMap((done) => (done._tag === "Some" ? Effect.void : Effect.sync(() => this.remove(member))))
    )
  }

  private assignAll(): void {
    const members = [...this.members.values()].map((member) => ({
      ...member,
      owned: this.owned.get(member.memberId) ?? []
    }))
    const counts = new Map([...this.broker.topics.values()].map((topic) => [topic.name, topic.partitions.length]))
    const assigned = assignPartitions(counts, members)
    this.generation += 1
    const { generation, groupId } = this
    for (const member of members) {
      const partitions = assigned.get(member.memberId) ?? []
      this.owned.set(member.memberId, partitions)
      this.broker.tell({ _tag: "Assigned", groupId, generation, clientId: member.clientId, partitions })
      this.broker.run(member.assign(member.memberId, partitions, generation))
    }
  }
}
