// Foreign boundary: promises of kafkajs's brokers.
import { Effect } from "effect"
import type { ConsumerOptions, KafkaError, OffsetCommit, TopicPartition } from "./KafkaClient.ts"
import { assignerName, decodeAssignment, decodeMember, encodeAssignments, encodeMember } from "./KafkaJsAssigner.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import {
  type Broker,
  brokerOver,
  type Cluster,
  type ConnectionPool,
  closeConnection,
  openConnections
} from "./KafkaJsProtocol.ts"

/** A membership between two rebalances. */
export interface GroupSession {
  readonly memberId: string
  readonly generationId: number
  readonly partitions: ReadonlyArray<TopicPartition>
}

export const defaultSessionTimeoutMs = 10_000
const defaultRebalanceTimeoutMs = 60_000

/** The requests of one group member to the group's coordinator. */
export class KafkaJsMember {
  private readonly link: ClusterLink
  private readonly options: ConsumerOptions
  /** As the coordinator named us; empty before it did, and after it forgot us. Kept when a step of joining fails. */
  memberId = ""
  private coordinator: { readonly cluster: Cluster; readonly broker: Broker } | undefined
  private joinConnections: ConnectionPool | undefined

  constructor(link: ClusterLink, options: ConsumerOptions) {
    this.link = link
    this.options = options
  }

  /**
   * Joins, and as leader shares the partitions out; `owned` is what this member still reads. Returns when all members have
   * joined. It has a connection of its own: heartbeats and commits of the session before must not wait behind it.
   */
  join(owned: ReadonlyArray<TopicPartition>): Effect.Effect<GroupSession, KafkaError> {
    return this.ask("join group", async (coordinator, cluster) => {
      this.closeJoin()
      const connections = await openConnections(cluster, coordinator.nodeId)
      this.joinConnections = connections
      try {
        return await this.joinOver(brokerOver(coordinator, connections), cluster, owned)
      } catch (cause) {
        // Closed by a later join, or on leaving: that says nothing about the cluster, and nobody waits for it any more.
        if (this.joinConnections !== connections) return await new Promise<never>(() => {})
        throw cause
      }
    })
  }

  private async joinOver(
    broker: Broker,
    cluster: Cluster,
    owned: ReadonlyArray<TopicPartition>
  ): Promise<GroupSession> {
    const { groupId } = this.options
    const topics = this.options.topics.map(({ topic }) => topic)
    const joined = await broker.joinGroup({
      groupId,
      memberId: this.memberId,
      sessionTimeout: this.options.sessionTimeoutMs ?? defaultSessionTimeoutMs,
      rebalanceTimeout: this.options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
      groupProtocols: [{ name: assignerName, metadata: encodeMember(topics, owned) }]
    })
    this.memberId = joined.memberId
    const members =
      joined.leaderId === joined.memberId
        ? joined.members.map((member) => decodeMember(member.memberId, member.memberMetadata))
        : []
    const { memberAssignment } = await broker.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: members.length === 0 ? [] : encodeAssignments(await countsOf(cluster, members), members)
    })
    const partitions = decodeAssignment(memberAssignment)
    this.closeJoin()
    return { memberId: joined.memberId, generationId: joined.generationId, partitions }
  }

  heartbeat(session: GroupSession): Effect.Effect<void, KafkaError> {
    return this.ask("heartbeat to group", async (broker) => {
      await broker.heartbeat({
        groupId: this.options.groupId,
        groupGenerationId: session.generationId,
        memberId: session.memberId
      })
    })
  }

  commit(session: GroupSession, offsets: ReadonlyArray<OffsetCommit>): Effect.Effect<void, KafkaError> {
    return this.ask("commit offsets of group", async (broker) => {
      await broker.offsetCommit({
        groupId: this.options.groupId,
        groupGenerationId: session.generationId,
        memberId: session.memberId,
        topics: byTopic(offsets, ({ partition, offset, metadata }) => ({ partition, offset: `${offset}`, metadata }))
      })
    })
  }

  /** Committed offsets of the partitions that have one. */
  committed(partitions: ReadonlyArray<TopicPartition>): Effect.Effect<ReadonlyArray<OffsetCommit>, KafkaError> {
    if (partitions.length === 0) return Effect.succeed([])
    return this.ask("committed offsets of group", async (broker) => {
      const { responses } = await broker.offsetFetch({
        groupId: this.options.groupId,
        topics: byTopic(partitions, ({ partition }) => ({ partition }))
      })
      return responses.flatMap(({ topic, partitions }) =>
        partitions
          .map(({ partition, offset, metadata }) => ({
            topic,
            partition,
            offset: Number(offset),
            metadata: metadata ?? ""
          }))
          .filter(({ offset }) => offset >= 0)
      )
    })
  }

  leave(): Effect.Effect<void, KafkaError> {
    const { memberId } = this
    this.closeJoin()
    if (memberId === "") return Effect.void
    return this.ask("leave group", async (broker) => {
      await broker.leaveGroup({ groupId: this.options.groupId, memberId })
    })
  }

  private closeJoin(): void {
    for (const connection of this.joinConnections?.pool ?? []) closeConnection(connection)
    this.joinConnections = undefined
  }

  /** The coordinator is looked up again after any failure: it may have moved. */
  private ask<A>(
    what: string,
    request: (broker: Broker, cluster: Cluster) => Promise<A>
  ): Effect.Effect<A, KafkaError> {
    const { groupId } = this.options
    return this.link
      .use(`${what} ${groupId}`, async (cluster) => {
        if (this.coordinator?.cluster !== cluster) {
          this.coordinator = { cluster, broker: await cluster.findGroupCoordinator({ groupId }) }
        }
        return request(this.coordinator.broker, cluster)
      })
      .pipe(
        Effect.tapError((error) =>
          Effect.sync(() => {
            if (error.reason !== "staleEpoch") this.coordinator = undefined
          })
        )
      )
  }
}

/** Groups partitions by their topic, as Kafka's requests have them. */
export const byTopic = <A extends TopicPartition, B>(
  partitions: ReadonlyArray<A>,
  of: (partition: A) => B
): ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<B> }> => {
  const topics = new Map<string, Array<B>>()
  for (const partition of partitions) {
    const list = topics.get(partition.topic)
    if (list === undefined) topics.set(partition.topic, [of(partition)])
    else list.push(of(partition))
  }
  return [...topics].map(([topic, list]) => ({ topic, partitions: list }))
}

/** Partition counts of all topics any member reads; a topic that is gone counts as none. */
const countsOf = async (
  cluster: Cluster,
  members: ReadonlyArray<{ readonly topics: ReadonlyArray<string> }>
): Promise<ReadonlyMap<string, number>> => {
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort()
  await cluster.addMultipleTargetTopics(topics)
  await cluster.refreshMetadata()
  return new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
}
