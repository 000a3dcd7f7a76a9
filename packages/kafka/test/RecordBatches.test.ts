import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { crc32c } from "../src/Crc32c.ts"
import { encodeRecordBatch, type WireBatch, type WireRecord } from "../src/ProduceRequest.ts"
import { type DecodedRecords, decodeRecordBatches } from "../src/RecordBatches.ts"

const record = (value: string | null, headers: WireRecord["headers"] = []): WireRecord => ({
  key: Buffer.from("k"),
  value: value === null ? null : Buffer.from(value),
  headers
})

const batchOf = (records: ReadonlyArray<WireRecord>, changes: Partial<WireBatch> = {}): WireBatch => ({
  topic: "it-batches",
  partition: 0,
  records,
  timestampMs: 1_790_000_000_123,
  producerId: 7,
  producerEpoch: 0,
  baseSequence: 0,
  ...changes
})

/** As the broker stores it: at an offset, with its attributes, the records packed as they say. */
const stored = (
  batch: WireBatch,
  baseOffset: number,
  attributes = 0,
  pack: (bytes: Buffer) => Buffer = (bytes) => bytes
): Buffer => {
  const encoded = encodeRecordBatch(batch)
  const bytes = Buffer.concat([encoded.subarray(0, 61), pack(Buffer.from(encoded.subarray(61)))])
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt16BE(attributes, 21)
  return bytes
}

const marker = (baseOffset: number, committed: boolean): Buffer =>
  stored(
    batchOf([{ key: Buffer.from([0, 0, 0, committed ? 1 : 0]), value: Buffer.alloc(6), headers: [] }]),
    baseOffset,
    0x30
  )

const decoded = (bytes: Buffer, from = 0, aborted: Parameters<typeof decodeRecordBatches>[2] = []): DecodedRecords => {
  const result = decodeRecordBatches(bytes, from, aborted)
  if (result._tag === "Unreadable") throw new Error(result.issue)
  return result
}

const valuesOf = ({ records }: DecodedRecords) => records.map(({ value }) => value && Buffer.from(value).toString())

const textsOf = (headers: Readonly<Record<string, Uint8Array>>) =>
  Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString()])

it("gives each record its own headers, also between others with the same names, bytes or lengths", () => {
  const rows: ReadonlyArray<ReadonlyArray<readonly [string, string]>> = [
    [
      ["a", "1"],
      ["b", "2"]
    ],
    [
      ["a", "1"],
      ["b", "2"]
    ],
    [
      ["a", "3"],
      ["b", "2"]
    ],
    [
      ["b", "3"],
      ["a", "2"]
    ],
    [],
    [["a", "1"]],
    [
      ["__proto__", "1"],
      ["toString", "2"]
    ],
    [
      ["a", "1"],
      ["b", "2"]
    ]
  ]
  const batch = rows.map((row) =>
    record(
      "v",
      row.map(([name, value]) => [Buffer.from(name), Buffer.from(value)])
    )
  )
  const { records } = decoded(stored(batchOf(batch), 0))
  assert.deepStrictEqual(
    records.map(({ headers }) => textsOf(headers)),
    rows.map((row) => row.map((one) => [...one]))
  )
  assert.strictEqual(records[0]!.headers, records[1]!.headers)
})

it("computes the checksum that Kafka checks", () => {
  // RFC 3720, B.4: 32 bytes of zeroes, and of ones.
  assert.strictEqual(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.strictEqual(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
})

it("reads several batches, and goes on behind a cut-off one with the next fetch", () => {
  const [one, two, three] = [
    stored(batchOf([record("a"), record("b")]), 10),
    stored(batchOf([record("c")]), 12),
    stored(batchOf([record("d")]), 13)
  ]
  const whole = decoded(Buffer.concat([one, two, three.subarray(0, three.length - 1)]), 11)
  assert.deepStrictEqual(valuesOf(whole), ["b", "c"])
  assert.strictEqual(whole.nextOffset, 13)
})

/**
 * @guarantee records: Compaction's gaps, transaction markers and aborted records do not stop or fool a reader
 * @how fetched batches are read by their own code
 */
it("moves past a batch that compaction emptied, and past gaps at a batch's end", () => {
  const emptied = stored(batchOf([]), 40)
  emptied.writeInt32BE(9, 23)
  assert.deepStrictEqual(decoded(emptied, 40), { _tag: "Decoded", records: [], nextOffset: 50 })
})

/** @guarantee records: Compaction's gaps, transaction markers and aborted records do not stop or fool a reader */
it("leaves out aborted transactions and markers, and keeps other producers' records between them", () => {
  const log = Buffer.concat([
    stored(batchOf([record("aborted")], { producerId: 1 }), 0, 0x10),
    stored(batchOf([record("plain")], { producerId: 1 }), 1),
    stored(batchOf([record("other's")], { producerId: 2 }), 2, 0x10),
    stored(batchOf([record("aborted too")], { producerId: 1 }), 3, 0x10),
    Buffer.from(markerOf(1, 4, false)),
    stored(batchOf([record("next transaction")], { producerId: 1 }), 5, 0x10),
    Buffer.from(markerOf(1, 6, true)),
    marker(7, true)
  ])
  const found = decoded(log, 0, [{ producerId: 1, firstOffset: 0 }])
  assert.deepStrictEqual(valuesOf(found), ["plain", "other's", "next transaction"])
  assert.strictEqual(found.nextOffset, 8)
})

const markerOf = (producerId: number, offset: number, committed: boolean): Buffer => {
  const bytes = marker(offset, committed)
  bytes.writeBigInt64BE(BigInt(producerId), 43)
  return bytes
}

it("unpacks gzip and zstd, and says which packing it can't read", () => {
  const batch = batchOf([record("packed")])
  assert.deepStrictEqual(valuesOf(decoded(stored(batch, 0, 1, gzipSync))), ["packed"])
  assert.deepStrictEqual(valuesOf(decoded(stored(batch, 0, 4, zstdCompressSync))), ["packed"])
  const result = decodeRecordBatches(stored(batch, 0, 2), 0, [])
  assert.strictEqual(result._tag, "Unreadable")
})

it("takes the broker's time where the topic says so", () => {
  const bytes = stored(batchOf([record("a")]), 0, 0x08)
  bytes.writeBigInt64BE(1_800_000_000_456n, 35)
  assert.strictEqual(decoded(bytes).records[0]!.timestampMs, 1_800_000_000_456)
})

const bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
const anyRecord = Schema.Struct({
  key: Schema.NullOr(bytes),
  value: Schema.NullOr(bytes),
  headers: Schema.Record(Schema.String, bytes)
})

it.effect.prop(
  "reads back what it writes, at any offset",
  [Schema.NonEmptyArray(anyRecord), Schema.Int],
  ([any, seed]) =>
    Effect.sync(() => {
      const offset = Math.abs(seed) % 2 ** 52
      const wire = any.map(({ headers, key, value }) => ({
        key: key && Uint8Array.from(key),
        value: value && Uint8Array.from(value),
        headers: Object.entries(headers).map(([name, one]) => [Buffer.from(name), Uint8Array.from(one)] as const)
      }))
      const encoded = stored(batchOf(wire), offset)
      const found = decoded(encoded, offset)
      assert.strictEqual(found.nextOffset, offset + any.length)
      for (const [index, { headers, key, value }] of any.entries()) {
        const read = found.records[index]!
        assert.strictEqual(read.offset, offset + index)
        assert.strictEqual(read.timestampMs, 1_790_000_000_123)
        assert.deepStrictEqual(read.key && [...read.key], key && [...key])
        assert.deepStrictEqual(read.value && [...read.value], value && [...value])
        const wellFormed = Object.fromEntries(
          Object.entries(headers).map(([name, one]) => [Buffer.from(name).toString("utf8"), [...one]])
        )
        assert.deepStrictEqual(
          Object.fromEntries(Object.entries(read.headers).map(([name, one]) => [name, [...one]])),
          wellFormed
        )
      }
    })
)
