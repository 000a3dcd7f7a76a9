import { ByteReader } from "./ByteReader.ts"
import { ByteWriter, varintSize } from "./ByteWriter.ts"
import { crc32c } from "./Crc32c.ts"
import type { TopicPartition } from "./KafkaClient.ts"

/** A record with its header values as bytes. */
export interface WireRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: ReadonlyArray<readonly [name: Uint8Array, value: Uint8Array]>
}

/** Records of one partition that are written together, under the sequence number that makes a repeat harmless. */
export interface WireBatch extends TopicPartition {
  readonly records: ReadonlyArray<WireRecord>
  readonly timestampMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

const magic = 2
const crcAt = 17
const checkedFrom = 21
const allReplicas = -1

const bytesSize = (bytes: Uint8Array | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length)

const bodySize = (record: WireRecord, index: number): number => {
  let size = 2 + varintSize(index) + bytesSize(record.key) + bytesSize(record.value) + varintSize(record.headers.length)
  for (const [name, value] of record.headers) size += bytesSize(name) + bytesSize(value)
  return size
}

/** Bytes of a record in a batch, rounded up. */
export const wireSize = (record: WireRecord): number => bodySize(record, 0x0fff_ffff) + 5

/**
 * Encodes a record batch, format 2, without compression.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export const encodeRecordBatch = (batch: WireBatch): Buffer => {
  const { records, timestampMs } = batch
  const writer = new ByteWriter(61 + records.reduce((size, record) => size + wireSize(record), 0))
  writer.int64(0).int32(0).int32(-1).int8(magic).int32(0).int16(0)
  writer
    .int32(records.length - 1)
    .int64(timestampMs)
    .int64(timestampMs)
  writer.int64(batch.producerId).int16(batch.producerEpoch).int32(batch.baseSequence).int32(records.length)
  for (const [index, record] of records.entries()) {
    writer.varint(bodySize(record, index)).int8(0).varint(0).varint(index)
    writer.varintBytes(record.key).varintBytes(record.value).varint(record.headers.length)
    for (const [name, value] of record.headers) writer.varintBytes(name).varintBytes(value)
  }
  writer.int32At(8, writer.length - 12)
  writer.int32At(crcAt, crc32c(writer.written.subarray(checkedFrom)))
  return writer.written
}

/**
 * Encodes a Produce request, version 7, that waits for all replicas.
 *
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 */
export const encodeProduceRequest = (batches: ReadonlyArray<WireBatch>, timeoutMs: number): Buffer => {
  const encoded = batches.map(encodeRecordBatch)
  const writer = new ByteWriter(encoded.reduce((size, bytes) => size + bytes.length + 64, 64))
  writer.string(null).int16(allReplicas).int32(timeoutMs)
  const topics = new Map<string, Array<number>>()
  for (const [index, { topic }] of batches.entries()) topics.set(topic, [...(topics.get(topic) ?? []), index])
  writer.int32(topics.size)
  for (const [topic, indexes] of topics) {
    writer.string(topic).int32(indexes.length)
    for (const index of indexes) {
      writer.int32(batches[index]!.partition).int32(encoded[index]!.length).bytes(encoded[index]!)
    }
  }
  return writer.written
}

/** A partition's answer; error code 0 says that all replicas have the batch. */
export interface ProducedPartition extends TopicPartition {
  readonly errorCode: number
}

/** Least bytes of a topic and of a partition in the answer. */
const leastBytes = { topic: 6, partition: 30 }

/** Throws a `RangeError` where the answer does not hold what it says. */
export const decodeProduceResponse = (body: Buffer): ReadonlyArray<ProducedPartition> => {
  const reader = new ByteReader(body)
  const partitions: Array<ProducedPartition> = []
  for (let topics = reader.count(leastBytes.topic); topics > 0; topics -= 1) {
    const topic = reader.string()
    for (let left = reader.count(leastBytes.partition); left > 0; left -= 1) {
      partitions.push({ topic, partition: reader.int32(), errorCode: reader.int16() })
      reader.at += 24
    }
  }
  return partitions
}
