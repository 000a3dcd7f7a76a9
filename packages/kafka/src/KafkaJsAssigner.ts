// Foreign boundary: what other members wrote.
import { AssignerProtocol } from "kafkajs"
import { ByteReader } from "./ByteReader.ts"
import type { TopicPartition } from "./KafkaClient.ts"
import { type AssignableMember, assignPartitions, withoutHeld } from "./PartitionAssigner.ts"

/** Name of our way to assign, in the join request: members of one group must agree on it. */
export const assignerName = "millrace-cooperative-partition-n-to-one-member"

const protocolVersion = 1
const leastBytes = { text: 2, number: 4 }

/** What a member tells about itself when it joins: what it reads, and what it holds. */
export const encodeMember = (topics: ReadonlyArray<string>, owned: ReadonlyArray<TopicPartition>): Buffer =>
  AssignerProtocol.MemberMetadata.encode({
    version: protocolVersion,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify(owned), "utf8")
  })

const isPartition = (one: unknown): one is TopicPartition =>
  typeof one === "object" &&
  one !== null &&
  "topic" in one &&
  typeof one.topic === "string" &&
  "partition" in one &&
  Number.isInteger(one.partition)

/** What can't be read counts as nothing: a foreign member must not keep the leader from sharing out. */
const decodeOwned = (userData: Buffer | null | undefined): ReadonlyArray<TopicPartition> => {
  if (userData === null || userData === undefined || userData.length === 0) return []
  try {
    const owned: unknown = JSON.parse(userData.toString("utf8"))
    return Array.isArray(owned) ? owned.filter(isPartition).map(({ topic, partition }) => ({ topic, partition })) : []
  } catch {
    return []
  }
}

/**
 * Throws a `RangeError` where the bytes do not hold what they say. kafkajs's own decoder would go through two thousand million
 * elements that are not there.
 */
export const decodeMember = (memberId: string, metadata: Buffer): AssignableMember => {
  if (metadata.length === 0) return { memberId, topics: [], owned: [] }
  const reader = new ByteReader(metadata)
  reader.int16()
  const topics = Array.from({ length: reader.count(leastBytes.text) }, () => reader.string())
  const userData = reader.left < leastBytes.number ? 0 : reader.int32()
  return { memberId, topics, owned: decodeOwned(userData > 0 ? reader.bytes(userData) : undefined) }
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

/** Throws a `RangeError` where the bytes do not hold what they say. */
export const decodeAssignment = (assignment: Buffer): ReadonlyArray<TopicPartition> => {
  if (assignment.length === 0) return []
  const reader = new ByteReader(assignment)
  reader.int16()
  return Array.from({ length: reader.count(leastBytes.text + leastBytes.number) }, () => {
    const topic = reader.string()
    return Array.from({ length: reader.count(leastBytes.number) }, () => ({ topic, partition: reader.int32() }))
  }).flat()
}
