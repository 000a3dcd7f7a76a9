/** Whatever bytes a broker, a producer or another member sends, a decoder ends, in bounded memory, with a value or a clear error. */
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Mangling, mangled } from "@millrace/testkit"
import { Effect, Schema } from "effect"
import { ByteWriter } from "../src/ByteWriter.ts"
import { decodeFetchResponse } from "../src/FetchResponse.ts"
import { decodeAssignment, decodeMember, encodeAssignments, encodeMember } from "../src/KafkaJsAssigner.ts"
import { decodeProduceResponse, encodeRecordBatch, type WireRecord } from "../src/ProduceRequest.ts"
import { decodeRecordBatches, unpackedBytesAtMost } from "../src/RecordBatches.ts"

const runs = { arbitrary: { runs: 400 } }

const records = Array.from(
  { length: 5 },
  (_, n): WireRecord => ({
    key: n === 1 ? null : Buffer.from(`key-${n}`),
    value: n === 2 ? null : Buffer.from(`value-${n}`.repeat(n)),
    headers:
      n === 3
        ? []
        : [
            [Buffer.from("traceparent"), Buffer.from(`trace-${n}`)],
            [Buffer.from("__proto__"), Buffer.from("x")]
          ]
  })
)

const plain = encodeRecordBatch({
  topic: "t",
  partition: 0,
  records,
  timestampMs: 1_790_000_000_000,
  producerId: 1,
  producerEpoch: 0,
  baseSequence: 0
})

/** The batch with its records packed as `codec` says. */
const packed = (codec: number, pack: (bytes: Buffer) => Buffer): Buffer => {
  const bytes = Buffer.concat([plain.subarray(0, 61), pack(plain.subarray(61))])
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt16BE(codec, 21)
  return bytes
}

const fetched = (() => {
  const writer = new ByteWriter(500 + plain.length)
  writer.int32(0).int16(0).int32(0).int32(1).string("it-fuzz").int32(1)
  writer.int32(0).int16(0).int64(5).int64(5).int64(0).int32(1).int64(1).int64(0).int32(-1)
  return writer.int32(plain.length).bytes(plain).written
})()

const produced = new ByteWriter(100)
  .int32(1)
  .string("it-fuzz")
  .int32(1)
  .int32(0)
  .int16(0)
  .int64(5)
  .int64(-1)
  .int64(0).written

/** A decoder that tells of bad bytes by throwing an `Error`, which its caller catches at one place. */
const orError = <A>(decode: () => A): A | undefined => {
  try {
    return decode()
  } catch (cause) {
    assert.instanceOf(cause, Error)
    return undefined
  }
}

const checkBatches = (bytes: Buffer): void => {
  const decoded = decodeRecordBatches(bytes, 3, [{ producerId: 1, firstOffset: 4 }])
  if (decoded._tag === "Unreadable") {
    assert.isAbove(decoded.issue.length, 0)
    return
  }
  assert.isTrue(Number.isSafeInteger(decoded.nextOffset))
  for (const { headers, key, offset, timestampMs, value } of decoded.records) {
    assert.isTrue(Number.isSafeInteger(offset) && offset >= 3)
    assert.doesNotThrow(() => new Date(timestampMs).toISOString())
    for (const part of [key, value, ...Object.values(headers)])
      assert.isTrue(part === null || part instanceof Uint8Array)
    assert.strictEqual(Object.getPrototypeOf(headers), Object.prototype)
  }
}

/**
 * @guarantee records: No bytes that Kafka brings make a decoder hang, crash, take memory without bound or throw what nobody expects
 * @how right bytes of batches, answers, group members and assignments with random changes, and lengths and counts that were made up
 */
describe("fuzzed bytes of Kafka", () => {
  it.effect.prop(
    "of record batches",
    [Mangling],
    ([changes]) => Effect.sync(() => checkBatches(mangled(plain, changes))),
    runs
  )

  it.effect.prop(
    "of packed record batches",
    [Mangling],
    ([changes]) =>
      Effect.sync(() => {
        for (const bytes of [packed(1, gzipSync), packed(4, zstdCompressSync)]) checkBatches(mangled(bytes, changes))
      }),
    runs
  )

  it.effect.prop(
    "of records within a batch that is whole",
    [Mangling],
    ([changes]) =>
      Effect.sync(() => {
        const body = mangled(plain.subarray(61), changes)
        const bytes = Buffer.concat([plain.subarray(0, 61), body])
        bytes.writeInt32BE(bytes.length - 12, 8)
        checkBatches(bytes)
      }),
    runs
  )

  it.effect.prop(
    "of fetch and produce answers",
    [Mangling],
    ([changes]) =>
      Effect.sync(() => {
        const answer = orError(() => decodeFetchResponse(mangled(fetched, changes)))
        for (const { aborted, records } of answer?.partitions ?? []) decodeRecordBatches(records, 0, aborted)
        orError(() => decodeProduceResponse(mangled(produced, changes)))
      }),
    runs
  )

  it.effect.prop(
    "of group members and assignments",
    [Mangling, Schema.String],
    ([changes, text]) =>
      Effect.sync(() => {
        const member = encodeMember(["it-fuzz"], [{ topic: "it-fuzz", partition: 0 }])
        orError(() => decodeMember("one", mangled(member, changes)))
        const [first] = encodeAssignments(new Map([["it-fuzz", 3]]), [
          { memberId: "one", topics: ["it-fuzz"], owned: [] }
        ])
        orError(() => decodeAssignment(mangled(first!.memberAssignment, changes)))
        const foreign = encodeMember(["it-fuzz"], text as never)
        assert.deepStrictEqual(decodeMember("one", foreign).owned, [])
      }),
    runs
  )

  it("of counts and lengths that were made up", () => {
    const with32 = (value: number, at: number) => {
      const bytes = Buffer.from(plain)
      bytes.writeInt32BE(value, at)
      return bytes
    }
    const [length, count] = [8, 57]
    for (const bytes of [with32(-12, length), with32(-13, length), with32(0, length), with32(0x7fff_ffff, count)]) {
      assert.strictEqual(decodeRecordBatches(bytes, 0, [])._tag, "Unreadable")
    }
    const manyTopics = Buffer.alloc(64)
    manyTopics.writeInt32BE(0x7fff_ffff, 10)
    manyTopics.writeInt16BE(-6, 14)
    assert.throws(() => decodeFetchResponse(manyTopics), RangeError)
    assert.throws(() => decodeProduceResponse(manyTopics.subarray(10)), RangeError)
  })

  it("that unpack to more than a batch may hold", () => {
    const bomb = gzipSync(Buffer.alloc(unpackedBytesAtMost + 1))
    const bytes = packed(1, () => bomb)
    assert.isBelow(bytes.length, 100_000)
    assert.strictEqual(decodeRecordBatches(bytes, 0, [])._tag, "Unreadable")
  })
})
