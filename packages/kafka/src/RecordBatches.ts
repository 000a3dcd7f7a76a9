// Foreign boundary: decompression throws.
import { gunzipSync, zstdDecompressSync } from "node:zlib"
import { ByteReader } from "./ByteReader.ts"
import type { ConsumedRecord } from "./KafkaClient.ts"
import { RecordHeaders } from "./RecordHeaders.ts"

export interface DecodedRecords {
  readonly _tag: "Decoded"
  readonly records: ReadonlyArray<ConsumedRecord>
  readonly nextOffset: number
}

/** The bytes can't be read by this client; reading the partition can't go on. */
export interface UnreadableRecords {
  readonly _tag: "Unreadable"
  readonly issue: string
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

const lengthEnd = 12
const transactional = 0x10
const control = 0x20
const logAppendTime = 0x08

interface BatchHeader {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly attributes: number
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly producerId: number
  readonly count: number
}

/**
 * Decodes the record batches of one partition's fetch: committed records from `from` on, and the offset to read next.
 *
 * That offset is one past the last whole batch, also when compaction emptied the batch or it is a transaction's marker. A batch cut
 * off at the end comes again with the next fetch.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export const decodeRecordBatches = (
  bytes: Buffer,
  from: number,
  aborted: ReadonlyArray<AbortedTransaction>
): DecodedRecords | UnreadableRecords => {
  try {
    return decode(bytes, from, aborted)
  } catch (cause) {
    return { _tag: "Unreadable", issue: cause instanceof Error ? cause.message : String(cause) }
  }
}

const decode = (bytes: Buffer, from: number, aborted: ReadonlyArray<AbortedTransaction>): DecodedRecords => {
  const records: Array<ConsumedRecord> = []
  const reader = new ByteReader(bytes)
  const waiting = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset)
  const aborting = new Set<number>()
  let nextOffset = from
  while (reader.left >= lengthEnd) {
    const end = reader.at + lengthEnd + bytes.readInt32BE(reader.at + 8)
    if (end > bytes.length) break
    const header = readHeader(reader)
    while (waiting[0] !== undefined && waiting[0].firstOffset <= header.lastOffset) {
      aborting.add(waiting.shift()!.producerId)
    }
    if ((header.attributes & control) !== 0) {
      if (isAbortMarker(reader, header)) aborting.delete(header.producerId)
    } else if ((header.attributes & transactional) === 0 || !aborting.has(header.producerId)) {
      readRecords(bodyOf(bytes.subarray(reader.at, end), header.attributes), header, from, records)
    }
    reader.at = end
    nextOffset = Math.max(nextOffset, header.lastOffset + 1)
  }
  return { _tag: "Decoded", records, nextOffset }
}

const readHeader = (reader: ByteReader): BatchHeader => {
  const baseOffset = reader.int64()
  reader.at += 8
  const magic = reader.int8()
  if (magic !== 2) throw new Error(`Record batch at offset ${baseOffset} has format ${magic}; only format 2 is read`)
  reader.at += 4
  const attributes = reader.int16()
  const lastOffset = baseOffset + reader.int32()
  const baseTimestampMs = reader.int64()
  const maxTimestampMs = reader.int64()
  const producerId = reader.int64()
  reader.at += 6
  return { baseOffset, lastOffset, attributes, baseTimestampMs, maxTimestampMs, producerId, count: reader.int32() }
}

const bodyOf = (bytes: Buffer, attributes: number): Buffer => {
  const codec = attributes & 0x07
  if (codec === 0) return bytes
  if (codec === 1) return gunzipSync(bytes)
  if (codec === 4) return zstdDecompressSync(bytes)
  throw new Error(`Compression ${codec} is not supported; records may be plain, gzip or zstd`)
}

const isAbortMarker = (reader: ByteReader, header: BatchHeader): boolean => {
  if (header.count === 0) return false
  const record = new ByteReader(reader.buffer, reader.at)
  record.varint()
  record.int8()
  record.varint()
  record.varint()
  const key = record.varintBytes()
  return key !== null && key.readInt16BE(2) === 0
}

const readRecords = (body: Buffer, header: BatchHeader, from: number, into: Array<ConsumedRecord>): void => {
  const reader = new ByteReader(body)
  const headers = new RecordHeaders(body)
  const appended = (header.attributes & logAppendTime) !== 0
  for (let index = 0; index < header.count; index += 1) {
    const length = reader.varint()
    const end = reader.at + length
    reader.at += 1
    const timestampDelta = reader.varint()
    const offset = header.baseOffset + reader.varint()
    if (offset >= from) {
      into.push({
        offset,
        timestampMs: appended ? header.maxTimestampMs : header.baseTimestampMs + timestampDelta,
        key: reader.varintBytes(),
        value: reader.varintBytes(),
        headers: headers.read(reader, end)
      })
    }
    reader.at = end
  }
}
