import type { TopicPartition } from "./KafkaClient.ts"

export interface FetchTarget extends TopicPartition {
  readonly offset: number
}

export interface FetchLimits {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
}

const headerBytes = 29
const readCommitted = 1

const writeLong = (buffer: Buffer, value: number, at: number): number => {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  return buffer.writeUInt32BE(value >>> 0, at + 4)
}

/**
 * Returns the body of a Fetch request, version 11, without a fetch session, of committed records only.
 *
 * The broker answers in the order of the targets and stops at `maxBytes`, so their order is their rank.
 *
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export const encodeFetchRequest = (targets: ReadonlyArray<FetchTarget>, limits: FetchLimits): Buffer => {
  const runs = runsOfTopics(targets)
  const names = runs.map((run) => Buffer.from(run[0]!.topic, "utf8"))
  const size = names.reduce((sum, name) => sum + 6 + name.length, headerBytes + 8 + 2) + targets.length * 28
  const buffer = Buffer.alloc(size)
  let at = buffer.writeInt32BE(-1, 0)
  at = buffer.writeInt32BE(limits.maxWaitMs, at)
  at = buffer.writeInt32BE(1, at)
  at = buffer.writeInt32BE(limits.maxBytes, at)
  at = buffer.writeInt8(readCommitted, at)
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt32BE(-1, at)
  at = buffer.writeInt32BE(runs.length, at)
  for (const [index, run] of runs.entries()) {
    at = buffer.writeInt16BE(names[index]!.length, at)
    at += names[index]!.copy(buffer, at)
    at = buffer.writeInt32BE(run.length, at)
    for (const target of run) {
      at = buffer.writeInt32BE(target.partition, at)
      at = buffer.writeInt32BE(-1, at)
      at = writeLong(buffer, target.offset, at)
      at = writeLong(buffer, -1, at)
      at = buffer.writeInt32BE(limits.maxBytesPerPartition, at)
    }
  }
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt16BE(0, at)
  return buffer.subarray(0, at)
}

/** Neighbours of one topic together; a topic may come up several times. */
const runsOfTopics = (targets: ReadonlyArray<FetchTarget>): ReadonlyArray<ReadonlyArray<FetchTarget>> => {
  const runs: Array<Array<FetchTarget>> = []
  for (const target of targets) {
    const last = runs.at(-1)
    if (last?.[0]?.topic === target.topic) last.push(target)
    else runs.push([target])
  }
  return runs
}
