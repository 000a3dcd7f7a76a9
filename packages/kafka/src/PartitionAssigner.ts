import type { TopicPartition } from "./KafkaClient.ts"
import { partitionKey } from "./PartitionBounds.ts"

/** A group member as the assigner sees it; `owned` is what it holds until it is told otherwise. */
export interface AssignableMember {
  readonly memberId: string
  readonly topics: ReadonlyArray<string>
  readonly owned: ReadonlyArray<TopicPartition>
}

/** Partition `partition` of all topics that have `count` partitions: it goes to one member as a whole. */
interface Slot {
  readonly count: number
  readonly partition: number
  readonly topics: ReadonlyArray<string>
}

/**
 * Returns who reads what: partition n of all topics with equal partition counts goes to one member, so that the lanes
 * and tables of a key meet in one place.
 *
 * Same input, same output, whatever the order of the members. Each member gets its even share of the slots (one more or less where
 * it does not divide), and keeps what it had within that share. A member only gets topics that it reads; a slot with
 * topics its owner does not read is split, and the rest goes to the least loaded reader.
 */
export const assignPartitions = (
  partitionCounts: ReadonlyMap<string, number>,
  members: ReadonlyArray<AssignableMember>
): ReadonlyMap<string, ReadonlyArray<TopicPartition>> => {
  const ordered = [...members].sort((one, other) => (one.memberId < other.memberId ? -1 : 1))
  const assigned = new Map<string, Array<TopicPartition>>(ordered.map((member) => [member.memberId, []]))
  const loads = new Map<string, number>(ordered.map((member) => [member.memberId, 0]))
  if (ordered.length === 0) return assigned
  for (const slots of slotGroups(partitionCounts, ordered)) {
    const owners = ownersOf(slots, ordered, loads)
    for (const slot of slots) give(slot, owners.get(slot.partition), ordered, assigned, loads)
  }
  for (const partitions of assigned.values()) partitions.sort(byTopicAndPartition)
  return assigned
}

/**
 * Takes out of an assignment what another member still holds: its holder learns from its own share that it has to give
 * it back, and joins again when it has, so the next round gives it to its new owner. No partition is read by two.
 */
export const withoutHeld = (
  assigned: ReadonlyMap<string, ReadonlyArray<TopicPartition>>,
  members: ReadonlyArray<AssignableMember>
): ReadonlyMap<string, ReadonlyArray<TopicPartition>> => {
  const holders = new Map<string, Set<string>>()
  for (const { memberId, owned } of members) {
    for (const one of owned) {
      const key = partitionKey(one)
      holders.set(key, (holders.get(key) ?? new Set()).add(memberId))
    }
  }
  const isFree = (memberId: string, one: TopicPartition): boolean => {
    const holding = holders.get(partitionKey(one))
    return holding === undefined || (holding.size === 1 && holding.has(memberId))
  }
  return new Map([...assigned].map(([memberId, own]) => [memberId, own.filter((one) => isFree(memberId, one))]))
}

const byTopicAndPartition = (one: TopicPartition, other: TopicPartition): number =>
  one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1

/** Slots by partition count, most partitions first. */
const slotGroups = (
  partitionCounts: ReadonlyMap<string, number>,
  members: ReadonlyArray<AssignableMember>
): ReadonlyArray<ReadonlyArray<Slot>> => {
  const read = new Set(members.flatMap((member) => member.topics))
  const topicsByCount = new Map<number, Array<string>>()
  for (const [topic, count] of partitionCounts) {
    if (read.has(topic)) topicsByCount.set(count, [...(topicsByCount.get(count) ?? []), topic])
  }
  return [...topicsByCount.entries()]
    .sort(([one], [other]) => other - one)
    .map(([count, topics]) => Array.from({ length: count }, (_, partition) => ({ count, partition, topics })))
}

/** One owner per partition number: kept ones first, within the even share, then the least loaded. */
const ownersOf = (
  slots: ReadonlyArray<Slot>,
  members: ReadonlyArray<AssignableMember>,
  loads: Map<string, number>
): ReadonlyMap<number, string> => {
  const eligible = members.filter((member) => slots[0]?.topics.some((topic) => member.topics.includes(topic)))
  const owners = new Map<number, string>()
  const shares = new Map<string, number>()
  const floor = Math.floor(slots.length / eligible.length)
  let extras = slots.length % eligible.length
  for (const member of eligible) {
    const kept = slots.filter((slot) => !owners.has(slot.partition) && ownedBefore(member, slot))
    const share = kept.length > floor && extras > 0 ? floor + 1 : floor
    if (share > floor) extras -= 1
    for (const slot of kept.slice(0, share)) owners.set(slot.partition, member.memberId)
    shares.set(member.memberId, Math.min(kept.length, share))
  }
  for (const slot of slots) {
    if (owners.has(slot.partition)) continue
    const owner = leastLoaded(
      eligible,
      (member) => shares.get(member)!,
      (member) => loads.get(member)!
    )
    owners.set(slot.partition, owner)
    shares.set(owner, shares.get(owner)! + 1)
  }
  return owners
}

const ownedBefore = (member: AssignableMember, slot: Slot): boolean =>
  member.owned.some((held) => held.partition === slot.partition && slot.topics.includes(held.topic))

const leastLoaded = (
  members: ReadonlyArray<AssignableMember>,
  share: (memberId: string) => number,
  load: (memberId: string) => number
): string =>
  members
    .map((member) => member.memberId)
    .reduce((best, memberId) => {
      const difference = share(memberId) - share(best) || load(memberId) - load(best)
      return difference < 0 ? memberId : best
    })

const give = (
  slot: Slot,
  owner: string | undefined,
  members: ReadonlyArray<AssignableMember>,
  assigned: Map<string, Array<TopicPartition>>,
  loads: Map<string, number>
): void => {
  for (const topic of slot.topics) {
    const readers = members.filter((member) => member.topics.includes(topic))
    const reader = readers.find((member) => member.memberId === owner)?.memberId
    const target =
      reader ??
      leastLoaded(
        readers,
        () => 0,
        (memberId) => loads.get(memberId)!
      )
    assigned.get(target)!.push({ topic, partition: slot.partition })
    loads.set(target, loads.get(target)! + 1)
  }
}
