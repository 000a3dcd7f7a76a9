/** Commit notes, dead letters, parked records and headers are read whatever stands in them: nothing throws, and what is read can be used. */
import { assert, describe, it } from "@effect/vitest"
import type { ConsumedRecord } from "@millrace/kafka"
import { remoteSpan } from "@millrace/telemetry"
import { Mangling, mangled } from "@millrace/testkit"
import { Effect, Schema } from "effect"
import { decodeNote, encodeNote } from "../src/CommitNote.ts"
import { headerTexts, textOf } from "../src/Headers.ts"
import { originKey, parkedRecord, readParked } from "../src/ParkedRecord.ts"
import { failedAtMs, fingerprintOf, letterKey, storedDeadLetter } from "../src/StoredDeadLetter.ts"
import { testTopics } from "./workbench.ts"

const runs = { arbitrary: { runs: 400 } }
const bytes = (text: string) => Buffer.from(text)

const causeHeaders: Readonly<Record<string, string>> = {
  "dlq-kind": "permanent",
  "dlq-tag": "Undecodable",
  "dlq-message": "Expected JSON",
  "dlq-fingerprint": "abc",
  "dlq-attempts": "3",
  "dlq-first-failure": "2026-11-01T00:00:00.000Z",
  "dlq-last-failure": "2026-11-01T00:00:01.000Z",
  "dlq-service": "it",
  "dlq-version": "1",
  "dlq-lane": "default",
  "dlq-origin-topic": "it",
  "dlq-origin-partition": "0",
  "dlq-origin-offset": "7",
  "dlq-origin-timestamp": "1790000000000",
  "workspace-id": "w",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "replay-count": "1",
  __proto__x: "y"
}

/** Headers of which one was changed; a name may be that of an object's own parts. */
const changedHeaders = (
  headers: Readonly<Record<string, Uint8Array>>,
  which: number,
  changes: typeof Mangling.Type,
  name: string
) => {
  const result: Record<string, Uint8Array> = {}
  for (const [n, [key, value]] of Object.entries(headers).entries()) {
    result[key] = n === which % Object.keys(headers).length ? mangled(Buffer.from(value), changes) : value
  }
  for (const odd of [name, "__proto__", "constructor", "dlq-__proto__", "parked-__proto__"]) {
    Object.defineProperty(result, odd, { value: bytes(name), enumerable: true, configurable: true, writable: true })
  }
  return result
}

const record = (headers: Readonly<Record<string, Uint8Array>>): ConsumedRecord => ({
  offset: 1,
  timestampMs: 1_790_000_000_000,
  key: Buffer.from([0xff, 0xfe]),
  value: null,
  headers
})

/** @guarantee records: No bytes that Kafka brings make a decoder hang, crash, take memory without bound or throw what nobody expects */
describe("fuzzed", () => {
  it.effect.prop(
    "commit notes give ascending, exact ranges",
    [Mangling, Schema.String],
    ([changes, text]) =>
      Effect.sync(() => {
        const note = {
          done: [
            { from: 12, to: 14 },
            { from: 20, to: 900_000 }
          ],
          open: { crashes: 1, upto: 30, suspects: [{ offset: 11, crashes: 2 }] }
        }
        const written = Buffer.from(encodeNote(note, 10).text)
        for (const given of [
          mangled(written, changes).toString("latin1"),
          `m1 done=${text}`,
          `m1 open=${text}`,
          text
        ]) {
          const { done, open } = decodeNote(given, 10)
          let before = 10
          for (const { from, to } of done) {
            assert.isTrue(Number.isSafeInteger(to) && from >= before && to > from)
            before = to
          }
          for (const one of open?.suspects ?? []) assert.isTrue(Number.isFinite(one.offset) && one.crashes >= 0)
        }
      }),
    runs
  )

  it("commit notes of the longest runs give exact ranges", () => {
    const longest = Buffer.alloc(3_000, 0xff)
    for (let at = 7; at < longest.length; at += 8) longest[at] = 0x0f
    for (const { from, to } of decodeNote(`m1 done=${longest.toString("base64")}`, 10).done)
      assert.isTrue(Number.isSafeInteger(from) && Number.isSafeInteger(to))
  })

  it.effect.prop(
    "dead letters are told, with a cause or as malformed",
    [Schema.Natural, Mangling, Schema.String],
    ([which, changes, name]) =>
      Effect.sync(() => {
        const topic = testTopics.topic("it-orders")!
        const encoded = Object.fromEntries(Object.entries(causeHeaders).map(([key, value]) => [key, bytes(value)]))
        const letter = storedDeadLetter(topic, 0, record(changedHeaders(encoded, which, changes, name)))
        assert.match(letter.id, /^[0-9a-f]{16}$/u)
        assert.isAbove(fingerprintOf(letter).length, 0)
        assert.doesNotThrow(() => new Date(failedAtMs(letter)).toISOString())
        assert.isString(letterKey(letter))
        assert.isTrue(Number.isSafeInteger(letter.replayCount))
      }),
    runs
  )

  it.effect.prop(
    "parked records are read or passed over",
    [Schema.Natural, Mangling, Schema.String],
    ([which, changes, name]) =>
      Effect.sync(() => {
        const state = {
          dueMs: 1_790_000_000_000,
          failed: 1,
          begun: 0,
          running: false,
          firstFailureMs: 1_790_000_000_000
        }
        const parked = parkedRecord("it.parked", { topic: "it", partition: 0, record: record({}) }, state)
        const encoded = Object.fromEntries(
          Object.entries(parked.headers ?? {}).map(([key, value]) => [key, Buffer.from(value as string)])
        )
        const found = readParked(0, record(changedHeaders(encoded, which, changes, name)))
        if (found === undefined) return
        assert.isString(originKey(found.topic, found.partition, found.record.offset))
        assert.isTrue(Number.isSafeInteger(found.record.offset))
        for (const ms of [found.dueMs, found.record.timestampMs, found.firstFailureMs ?? 0])
          assert.doesNotThrow(() => new Date(ms).toISOString())
      }),
    runs
  )

  it.effect.prop(
    "headers are text, and traces are found or not",
    [Schema.Natural, Mangling, Schema.String],
    ([which, changes, name]) =>
      Effect.sync(() => {
        const encoded = Object.fromEntries(Object.entries(causeHeaders).map(([key, value]) => [key, bytes(value)]))
        const texts = headerTexts(changedHeaders(encoded, which, changes, name))
        assert.strictEqual(Object.getPrototypeOf(texts), Object.prototype)
        remoteSpan(texts.traceparent)
        assert.isString(textOf(mangled(bytes(name), changes)))
      }),
    runs
  )
})
