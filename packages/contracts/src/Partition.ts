import type { TopicContract } from "./TopicContract.ts"

const seed = 0x9747b28c
const multiplier = 0x5bd1e995

const littleEndian = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)

const mixed = (block: number): number => {
  const scrambled = Math.imul(block, multiplier)
  return Math.imul(scrambled ^ (scrambled >>> 24), multiplier)
}

/**
 * Returns the 32-bit signed hash that Kafka's Java client partitions by.
 *
 * @see org.apache.kafka.common.utils.Utils#murmur2
 */
export const murmur2 = (bytes: Uint8Array): number => {
  const whole = bytes.length & ~3
  let hash = seed ^ bytes.length
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, multiplier) ^ mixed(littleEndian(bytes, at))
  const rest = bytes.length & 3
  if (rest === 3) hash ^= bytes[whole + 2]! << 16
  if (rest >= 2) hash ^= bytes[whole + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[whole]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** Returns the partition, from 0, that Kafka's own partitioner gives a record with this text as its key. */
export const partitionOfText = (text: string, partitions: number): number =>
  (murmur2(Buffer.from(text, "utf8")) & 0x7fffffff) % partitions

/**
 * Returns the partition of a record by the part of its key that the topic is partitioned by.
 *
 * Topics partitioned by the same thing (an account) put it into the same partition number, lanes and tables alike, if
 * they have as many partitions.
 */
export const partitionOf = <A>(contract: TopicContract<A>, key: string, partitions: number): number =>
  partitionOfText(contract.partitionKey(key), partitions)
