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
/** Bytes of a batch before its records, and least bytes of a record: lengths and counts that are less or more are made up. */
const headerBytes = 61
const leastRecordBytes = 6
/** What a compressed batch may unpack to: a few packed bytes could fill the memory. Brokers take 1 MiB packed by default. */
export const unpackedBytesAtMost = 67_108_864
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
    const start = reader.at
    const end = start + lengthEnd + bytes.readInt32BE(start + 8)
    if (end > bytes.length) break
    if (end < start + headerBytes) throw new Error(`A record batch says that it has ${end - start} bytes`)
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
  if (!Number.isSafeInteger(lastOffset) || baseOffset < 0)
    throw new Error(`Offset ${lastOffset} is not exact as a number`)
  const baseTimestampMs = reader.int64()
  const maxTimestampMs = reader.int64()
  const producerId = reader.int64()
  reader.at += 6
  return { baseOffset, lastOffset, attributes, baseTimestampMs, maxTimestampMs, producerId, count: reader.int32() }
}

const bodyOf = (bytes: Buffer, attributes: number): Buffer => {
  const codec = attributes & 0x07
  if (codec === 0) return bytes
  if (codec === 1) return gunzipSync(bytes, { maxOutputLength: unpackedBytesAtMost })
  if (codec === 4) return zstdDecompressSync(bytes, { maxOutputLength: unpackedBytesAtMost })
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
    const end = reader.varint() + reader.at
    if (!(end <= body.length && end >= reader.at + leastRecordBytes)) throw cut(header, index)
    reader.at += 1
    const timestampMs = header.baseTimestampMs + reader.varint()
    const offset = header.baseOffset + reader.varint()
    if (!(offset >= header.baseOffset && offset <= header.lastOffset)) throw cut(header, index)
    if (offset >= from) {
      const key = reader.varintBytes()
      const value = reader.varintBytes()
      if (!(reader.at < end)) throw cut(header, index)
      into.push({
        offset,
        timestampMs: timeOf(appended ? header.maxTimestampMs : timestampMs),
        key,
        value,
        headers: headers.read(reader, end)
      })
      if (!(reader.at <= end)) throw cut(header, index)
    }
    reader.at = end
  }
}

/** What a date can hold: a producer may write any number as a record's time. */
const timeOf = (ms: number): number => Math.min(Math.max(ms, -1), 8_640_000_000_000_000)

const cut = ({ baseOffset, count }: BatchHeader, index: number): Error =>
  new Error(`Record ${index} of ${count} in the batch at offset ${baseOffset} does not lie within the batch`)
