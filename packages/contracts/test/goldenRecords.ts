// Foreign boundary: the folder of golden records.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Arbitrary, Effect, Schema } from "effect"
import { jsonSchemaOf, makeConfluentCodec, type TopicContract } from "../src/index.ts"

/** One version of a topic's schema, with bytes that code of that version wrote. */
export const GoldenVersion = Schema.Struct({
  topic: Schema.String,
  version: Schema.Int,
  /** Why older readers can't read records of this version, so that readers are deployed before writers. */
  readersFirst: Schema.optionalKey(Schema.String),
  schema: Schema.Record(Schema.String, Schema.Unknown),
  records: Schema.Array(Schema.Struct({ bytes: Schema.String, value: Schema.Unknown }))
})
export type GoldenVersion = typeof GoldenVersion.Type

export const goldenFolder = join(import.meta.dirname, "golden")

/** Golden schema ids are the versions themselves. */
export const goldenCodec = (version: number) =>
  makeConfluentCodec({
    of: () => Effect.succeed({ own: version, known: [] }),
    belongs: () => Effect.succeed(true)
  })

/** Every version of a topic, oldest first. */
export const goldenVersions = (topic: string): ReadonlyArray<GoldenVersion> =>
  readdirSync(goldenFolder)
    .filter((file) => file.replace(/\.\d+\.json$/u, "") === topic)
    .map((file) => Schema.decodeUnknownSync(GoldenVersion)(JSON.parse(readFileSync(join(goldenFolder, file), "utf8"))))
    .sort((a, b) => a.version - b.version)

const samples = 12
const seed = 20_260_000

/** Returns what the present code writes, the same each time. */
export const goldenOf = (contract: TopicContract<unknown>, version: number): Effect.Effect<GoldenVersion> =>
  Effect.gen(function* () {
    const codec = goldenCodec(version)
    yield* Effect.orDie(codec.prepare([contract]))
    const values = yield* Effect.orDie(
      Arbitrary.sampleEffect(Arbitrary.schema(contract.value), { count: samples, seed })
    )
    const records = yield* Effect.forEach(values, (value) =>
      Effect.map(Effect.orDie(Effect.fromResult(codec.encode(contract, value))), (bytes) => ({
        bytes: Buffer.from(bytes).toString("base64"),
        value: JSON.parse(JSON.stringify(value)) as unknown
      }))
    )
    return { topic: contract.name, version, schema: jsonSchemaOf(contract), records }
  })

export const fileOf = (topic: string, version: number): string => join(goldenFolder, `${topic}.${version}.json`)

/**
 * Writes a new version of a topic if its schema is not that of the newest one. `replace` overwrites the newest version
 * instead, which is right only as long as no record of it was ever kept.
 */
export const writeGolden = (contract: TopicContract<unknown>, replace: boolean): Effect.Effect<string | undefined> =>
  Effect.gen(function* () {
    const newest = goldenVersions(contract.name).at(-1)
    if (newest !== undefined && JSON.stringify(newest.schema) === JSON.stringify(jsonSchemaOf(contract)))
      return undefined
    const version = replace && newest !== undefined ? newest.version : (newest?.version ?? 0) + 1
    const golden = yield* goldenOf(contract, version)
    const file = fileOf(contract.name, version)
    rmSync(file, { force: true })
    writeFileSync(file, `${JSON.stringify(golden, null, 1)}\n`)
    return file
  })
