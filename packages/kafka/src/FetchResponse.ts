import { ByteReader } from "./ByteReader.ts"
import type { TopicPartition } from "./KafkaClient.ts"
import type { AbortedTransaction } from "./RecordBatches.ts"

export interface FetchedPartition extends TopicPartition {
  /** Kafka's error code; 0 is none. */
  readonly errorCode: number
  /** End of what is written. */
  readonly highWatermark: number
  /** End of what committed reading may see. */
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: ReadonlyArray<AbortedTransaction>
  /** Record batches, not decoded. */
  readonly records: Buffer
}

export interface FetchResponse {
  readonly errorCode: number
  /** The broker asks to wait this long before the next request. */
  readonly throttleMs: number
  readonly partitions: ReadonlyArray<FetchedPartition>
}

/** Least bytes of a topic, of a partition and of an aborted transaction in the answer. */
const leastBytes = { topic: 6, partition: 38, aborted: 16 }

/** Decodes a Fetch response, version 11, without the records. Throws a `RangeError` where it does not hold what it says. */
export const decodeFetchResponse = (body: Buffer): FetchResponse => {
  const reader = new ByteReader(body)
  const throttleMs = reader.int32()
  const errorCode = reader.int16()
  reader.int32()
  const partitions: Array<FetchedPartition> = []
  for (let topics = reader.count(leastBytes.topic); topics > 0; topics -= 1) {
    const topic = reader.string()
    for (let left = reader.count(leastBytes.partition); left > 0; left -= 1)
      partitions.push(readPartition(reader, topic))
  }
  return { errorCode, throttleMs, partitions }
}

const readPartition = (reader: ByteReader, topic: string): FetchedPartition => {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const stable = reader.int64()
  const logStartOffset = reader.int64()
  const aborted: Array<AbortedTransaction> = []
  for (let left = reader.count(leastBytes.aborted); left > 0; left -= 1) {
    const producerId = reader.int64()
    aborted.push({ producerId, firstOffset: reader.int64() })
  }
  reader.int32()
  const length = reader.int32()
  return {
    topic,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset: stable < 0 ? highWatermark : stable,
    logStartOffset,
    aborted,
    records: length > 0 ? reader.bytes(length) : Buffer.alloc(0)
  }
}
