/**
 * Old records are read by new code and new records by old code, whatever the registry says.
 *
 * `golden/<topic>.<version>.json` keeps, for each version of a schema, the schema itself and bytes written by the code of
 * that version. Old code is played by its schema, read as tolerantly as our decoders read.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, JsonSchema, Result, Schema, SchemaRepresentation } from "effect"
import { jsonSchemaOf, type TopicContract, topicContracts } from "../src/index.ts"
import { type GoldenVersion, goldenCodec, goldenVersions } from "./goldenRecords.ts"

const contracts: ReadonlyArray<TopicContract<unknown>> = topicContracts

/** The reader that code of a version was: keys it does not know are ignored. */
const readerOf = (golden: GoldenVersion) => {
  const opened = JSON.parse(JSON.stringify(golden.schema).replaceAll('"additionalProperties":false', '"x-open":true'))
  const document = JsonSchema.fromSchemaDraft07(opened as JsonSchema.JsonSchema)
  const schema = SchemaRepresentation.fromJsonSchemaDocument(document, { patterns: "apply" })
  return Schema.decodeUnknownResult(schema as Schema.Codec<unknown>)
}

describe.each(contracts.map((contract) => [contract.name, contract] as const))("%s", (_, contract) => {
  const versions = goldenVersions(contract.name)

  it("has a golden version of its present schema", () => {
    assert.deepStrictEqual(
      versions.at(-1)?.schema,
      JSON.parse(JSON.stringify(jsonSchemaOf(contract))),
      "The schema changed: run `node packages/contracts/test/writeGolden.ts` and commit the new version"
    )
    assert.deepStrictEqual(
      versions.map((golden) => golden.version),
      versions.map((_, n) => n + 1)
    )
  })

  /**
   * @guarantee contracts: New code reads every old record, and old code new ones unless declared otherwise
   * @how golden bytes of every version
   */
  it.effect("reads every record that was ever written", () =>
    Effect.gen(function* () {
      for (const golden of versions) {
        const codec = goldenCodec(golden.version)
        yield* codec.prepare([contract])
        for (const { bytes, value } of golden.records) {
          const decoded = codec.decode(contract, Buffer.from(bytes, "base64"))
          if (Result.isFailure(decoded)) assert.fail(`version ${golden.version}: ${JSON.stringify(decoded.failure)}`)
          assert.deepStrictEqual(JSON.parse(JSON.stringify(decoded.success)), value)
        }
      }
    })
  )

  /** @guarantee contracts: New code reads every old record, and old code new ones unless declared otherwise */
  it.effect("writes what older code can read, unless readers were to come first", () =>
    Effect.gen(function* () {
      const values = yield* Arbitrary.sampleEffect(Arbitrary.schema(contract.value), { count: 200, seed: 7 })
      const lastBreak = versions.findLastIndex((golden) => golden.readersFirst !== undefined)
      for (const golden of versions.slice(Math.max(0, lastBreak))) {
        const read = readerOf(golden)
        for (const value of values) {
          const decoded = read(JSON.parse(JSON.stringify(value)))
          if (Result.isFailure(decoded)) assert.fail(`version ${golden.version} can't read: ${decoded.failure.message}`)
        }
      }
    })
  )
})

describe("the check itself", () => {
  const before = Schema.Struct({ level: Schema.Literals(["low", "high"]), note: Schema.optionalKey(Schema.String) })
  const golden = (value: Schema.Codec<unknown>): GoldenVersion => ({
    topic: "it-check",
    version: 1,
    schema: jsonSchemaOf({ name: "it-check", value, partitionKey: (key) => key }),
    records: []
  })
  const read = readerOf(golden(before))

  it("lets an optional key be added", () => {
    assert.isTrue(Result.isSuccess(read({ level: "low", note: "n", added: 1 })))
  })

  it("sees a value that older code does not know", () => {
    assert.isTrue(Result.isFailure(read({ level: "extreme" })))
  })

  it("sees a key that older code needs", () => {
    assert.isTrue(Result.isFailure(read({ note: "n" })))
  })
})
