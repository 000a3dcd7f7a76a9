import { AssignerProtocol } from "kafkajs"
import type { TopicPartition } from "./KafkaClient.ts"
import { type AssignableMember, assignPartitions, withoutHeld } from "./PartitionAssigner.ts"

/** Name of our way to assign, in the join request: members of one group must agree on it. */
export const assignerName = "millrace-cooperative-partition-n-to-one-member"

const protocolVersion = 1

/** What a member tells about itself when it joins: what it reads, and what it holds. */
export const encodeMember = (topics: ReadonlyArray<string>, owned: ReadonlyArray<TopicPartition>): Buffer =>
  AssignerProtocol.MemberMetadata.encode({
    version: protocolVersion,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify(owned), "utf8")
  })

const decodeOwned = (userData: Buffer | null | undefined): ReadonlyArray<TopicPartition> => {
  if (userData === null || userData === undefined || userData.length === 0) return []
  const owned: unknown = JSON.parse(userData.toString("utf8"))
  return Array.isArray(owned) ? (owned as ReadonlyArray<TopicPartition>) : []
}

export const decodeMember = (memberId: string, metadata: Buffer): AssignableMember => {
  const decoded = AssignerProtocol.MemberMetadata.decode(metadata)
  return { memberId, topics: decoded?.topics ?? [], owned: decodeOwned(decoded?.userData) }
}

/** What the leader tells each member to read, of what nobody else still holds. */
export const encodeAssignments = (
  partitionCounts: ReadonlyMap<string, number>,
  members: ReadonlyArray<AssignableMember>
): ReadonlyArray<{ readonly memberId: string; readonly memberAssignment: Buffer }> =>
  [...withoutHeld(assignPartitions(partitionCounts, members), members)].map(([memberId, partitions]) => {
    const assignment: Record<string, Array<number>> = {}
    for (const { topic, partition } of partitions) assignment[topic] = [...(assignment[topic] ?? []), partition]
    const userData = Buffer.alloc(0)
    return {
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: protocolVersion, assignment, userData })
    }
  })

export const decodeAssignment = (assignment: Buffer): ReadonlyArray<TopicPartition> => {
  const decoded = assignment.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(assignment)
  return Object.entries(decoded?.assignment ?? {}).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition }))
  )
}
