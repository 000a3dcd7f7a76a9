import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import {
  ConfluentCodec,
  type MarketTick,
  makeConfluentCodec,
  marketTicks,
  RecordCodec,
  type TopicContract,
  topicContracts
} from "../src/index.ts"

const contracts: ReadonlyArray<TopicContract<unknown>> = topicContracts
const tick: MarketTick = {
  market: "btc_usd",
  priceUsd: 64_000.5,
  marketTimeMs: 1_700_000_000_000,
  receivedAtMs: 1_700_000_000_000.25,
  source: "stream",
  epoch: 3
}
const prepared = Effect.gen(function* () {
  const codec = yield* RecordCodec
  yield* codec.prepare(contracts)
  return codec
})
const bytesOf = (codec: RecordCodec["Service"], value: MarketTick): Uint8Array =>
  Result.getOrThrow(codec.encode(marketTicks, value))

describe.each(contracts.map((contract) => [contract.name, contract] as const))("%s", (_, contract) => {
  it.effect.prop("gives back what was encoded", { value: Arbitrary.schema(contract.value) }, ({ value }) =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const decoded = codec.decode(contract, Result.getOrThrow(codec.encode(contract, value)))
      // JSON knows no negative zero.
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(Result.getOrThrow(decoded as Result.Result<unknown, Error>))),
        JSON.parse(JSON.stringify(value))
      )
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

  /**
   * @guarantee contracts: Nothing undeclared is produced; a decoder never throws
   * @how closed schemas; random bytes and values
   */
  it.effect.prop("never throws on bytes that nobody encoded", { bytes: Schema.Uint8Array }, ({ bytes }) =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const framed = Uint8Array.from([...bytesOf(codec, tick).subarray(0, 5), ...bytes])
      for (const given of [bytes, framed]) {
        const decoded = codec.decode(marketTicks, given)
        if (Result.isSuccess(decoded)) assert.fail("random bytes were taken for a tick")
        assert.include(["Undecodable", "UnknownSchemaId"], decoded.failure._tag)
      }
      assert.strictEqual(failureTag(codec.decode(marketTicks, framed)), "Undecodable")
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )
})

const failureTag = (result: Result.Result<unknown, { readonly _tag: string }>) =>
  Result.isFailure(result) ? result.failure._tag : "none"

describe("a record's bytes", () => {
  it.effect("begin with the magic byte and the schema id, and go on as JSON", () =>
    Effect.gen(function* () {
      const codec = makeConfluentCodec({
        of: () => Effect.succeed({ own: 0x01020304, known: [] }),
        belongs: () => Effect.succeed(false)
      })
      yield* codec.prepare([marketTicks])
      const bytes = bytesOf(codec, tick)
      assert.deepStrictEqual([...bytes.subarray(0, 5)], [0, 1, 2, 3, 4])
      assert.deepStrictEqual(JSON.parse(Buffer.from(bytes.subarray(5)).toString("utf8")), tick)
    })
  )

  it.effect("are refused when they are not UTF-8, not JSON, cut off, or begin otherwise", () =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const good = bytesOf(codec, tick)
      const broken = [
        new Uint8Array(),
        good.subarray(0, 4),
        good.subarray(0, 5),
        good.subarray(0, good.length - 1),
        Uint8Array.from(good, (byte, n) => (n === 0 ? 1 : byte)),
        Uint8Array.from(good, (byte, n) => (n === 8 ? 0xff : byte))
      ]
      for (const bytes of broken) assert.strictEqual(failureTag(codec.decode(marketTicks, bytes)), "Undecodable")
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

  it.effect("may hold a replacement character, and not bytes that would turn into one", () =>
    Effect.gen(function* () {
      const texts: TopicContract<string> = { name: "it-texts", value: Schema.String, partitionKey: (key) => key }
      const codec = yield* RecordCodec
      yield* codec.prepare([texts])
      const right = Result.getOrThrow(codec.encode(texts, "a\uFFFDb"))
      const broken = Buffer.from(Result.getOrThrow(codec.encode(texts, "a?b")))
      broken[7] = 0xff
      for (const form of [(bytes: Uint8Array) => Buffer.from(bytes), (bytes: Uint8Array) => Uint8Array.from(bytes)]) {
        assert.strictEqual(Result.getOrThrow(codec.decode(texts, form(right))), "a\uFFFDb")
        assert.strictEqual(failureTag(codec.decode(texts, form(broken))), "Undecodable")
      }
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )
})

describe("a value", () => {
  const refused = [
    ["with a key that the schema does not name", { ...tick, secret: "x" }],
    ["without a required key", { ...tick, market: undefined }],
    ["of the wrong type", { ...tick, priceUsd: "64000" }],
    ["that is not finite", { ...tick, priceUsd: Number.POSITIVE_INFINITY }],
    ["out of its bounds", { ...tick, priceUsd: -1 }]
  ] as const
  /** @guarantee contracts: Nothing undeclared is produced; a decoder never throws */
  it.effect.each(refused)("%s is never encoded", ([, value]) =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const encoded = codec.encode(marketTicks, value as never)
      assert.strictEqual(failureTag(encoded), "Unencodable")
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

  it.effect("with a key of a newer writer is decoded without it", () =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const head = bytesOf(codec, tick).subarray(0, 5)
      const newer = Buffer.concat([head, Buffer.from(JSON.stringify({ ...tick, added: true }))])
      assert.deepStrictEqual(codec.decode(marketTicks, newer), Result.succeed(tick))
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )

  it.effect("is not named in the message of its refusal", () =>
    Effect.gen(function* () {
      const codec = yield* prepared
      const encoded = codec.encode(marketTicks, { ...tick, market: "SECRET VALUE" })
      assert.isTrue(Result.isFailure(encoded))
      assert.notInclude(JSON.stringify(encoded), "SECRET VALUE")
    }).pipe(Effect.provide(ConfluentCodec.layerMemory))
  )
})

describe("an unknown schema id", () => {
  const codecWith = (belongs: boolean) =>
    makeConfluentCodec({ of: () => Effect.succeed({ own: 1, known: [4] }), belongs: () => Effect.succeed(belongs) })
  const withId = (codec: RecordCodec["Service"], id: number) =>
    Uint8Array.from(bytesOf(codec, tick), (byte, n) => (n === 4 ? id : byte))

  it.effect("is asked about once, then its records are decoded", () =>
    Effect.gen(function* () {
      const codec = codecWith(true)
      yield* codec.prepare([marketTicks])
      const bytes = withId(codec, 9)
      assert.deepStrictEqual(
        codec.decode(marketTicks, bytes),
        Result.fail({ _tag: "UnknownSchemaId" as const, schemaId: 9 })
      )
      yield* codec.learn(marketTicks, 9)
      assert.deepStrictEqual(codec.decode(marketTicks, bytes), Result.succeed(tick))
    })
  )

  it.effect("of another topic makes the record undecodable", () =>
    Effect.gen(function* () {
      const codec = codecWith(false)
      const error = yield* Effect.flip(codec.learn(marketTicks, 9))
      assert.strictEqual(error._tag, "Undecodable")
    })
  )

  it.effect("that an earlier run has seen is known from the start", () =>
    Effect.gen(function* () {
      const codec = codecWith(false)
      yield* codec.prepare([marketTicks])
      assert.deepStrictEqual(codec.decode(marketTicks, withId(codec, 4)), Result.succeed(tick))
    })
  )
})
