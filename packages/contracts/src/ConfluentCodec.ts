import { Config, Effect, Layer, Option, Result } from "effect"
import { type CompiledSchema, compileSchema } from "./CompiledSchema.ts"
import { RecordCodec, Undecodable, Unencodable } from "./RecordCodec.ts"
import { makeSchemaIdCache, noSchemaIdCache } from "./SchemaIdCache.ts"
import { fixedSchemaIds, registrySchemaIds, type SchemaIds } from "./SchemaIds.ts"
import { SchemaRegistry } from "./SchemaRegistry.ts"
import type { TopicContract } from "./TopicContract.ts"
import { frame, schemaIdOf } from "./WireFormat.ts"

/** What a codec knows of one topic. */
interface KnownTopic {
  readonly compiled: CompiledSchema<unknown>
  /** Id to write with; undefined until `prepare`. */
  own: number | undefined
  /** Ids whose records are of this topic. */
  readonly readable: Set<number>
}

/** Makes a codec; all its waiting is in `prepare` and `learn`, which ask for ids. */
export const makeConfluentCodec = (ids: SchemaIds): RecordCodec["Service"] => {
  const topics = new Map<string, KnownTopic>()
  const topicOf = (contract: TopicContract<unknown>): KnownTopic => {
    const known = topics.get(contract.name)
    if (known !== undefined) return known
    const fresh: KnownTopic = { compiled: compileSchema(contract), own: undefined, readable: new Set() }
    topics.set(contract.name, fresh)
    return fresh
  }
  const prepareOne = Effect.fnUntraced(function* (contract: TopicContract<unknown>) {
    const topic = topicOf(contract)
    if (topic.own !== undefined) return
    const { own, known } = yield* ids.of(contract)
    for (const id of known) topic.readable.add(id)
    topic.readable.add(own)
    topic.own = own
  })
  return {
    prepare: Effect.fn("RecordCodec.prepare")((contracts: ReadonlyArray<TopicContract<unknown>>) =>
      Effect.forEach(contracts, prepareOne, { concurrency: "unbounded", discard: true })
    ),
    learn: Effect.fn("RecordCodec.learn")(function* (contract: TopicContract<unknown>, schemaId: number) {
      if (yield* ids.belongs(contract, schemaId)) topicOf(contract).readable.add(schemaId)
      else return yield* foreignId(contract, schemaId)
    }),
    encode: (contract, value) => {
      const topic = topicOf(contract)
      if (topic.own === undefined) {
        return Result.fail(new Unencodable({ topic: contract.name, issue: "Expected `prepare` to have run before" }))
      }
      const json = topic.compiled.toJson(value)
      return Result.isSuccess(json)
        ? Result.succeed(frame(topic.own, json.success))
        : Result.fail(new Unencodable({ topic: contract.name, issue: json.failure }))
    },
    decode: <A>(contract: TopicContract<A>, bytes: Uint8Array) => {
      const schemaId = schemaIdOf(bytes)
      if (schemaId < 0) return Result.fail(unframed(contract, bytes))
      const topic = topicOf(contract)
      if (!topic.readable.has(schemaId)) return Result.fail({ _tag: "UnknownSchemaId", schemaId } as const)
      const value = topic.compiled.fromBytes(bytes) as Result.Result<A, string>
      return Result.isSuccess(value)
        ? (value as Result.Success<A, never>)
        : Result.fail(new Undecodable({ topic: contract.name, issue: value.failure, schemaId }))
    }
  }
}

const unframed = (contract: TopicContract<unknown>, bytes: Uint8Array) =>
  new Undecodable({
    topic: contract.name,
    issue: `Expected magic byte 0 and a schema id of 4 bytes; found ${bytes.length} bytes${
      bytes.length > 0 ? ` that begin with ${bytes[0]}` : ""
    }`
  })

const foreignId = (contract: TopicContract<unknown>, schemaId: number) =>
  new Undecodable({
    topic: contract.name,
    schemaId,
    issue: `Expected a schema id of ${contract.name}; the registry has ${schemaId} in another subject or not at all`
  })

const layerNoDeps = Layer.effect(
  RecordCodec,
  Effect.gen(function* () {
    const registry = yield* SchemaRegistry
    const folder = yield* Config.option(Config.String("SCHEMA_CACHE"))
    const cache = Option.match(folder, { onNone: () => noSchemaIdCache, onSome: makeSchemaIdCache })
    return makeConfluentCodec(registrySchemaIds(registry, cache))
  })
)

/**
 * Codec layers.
 *
 * `layer` needs the registry at SCHEMA_REGISTRY_URL; while it does not answer, ids come from the folder SCHEMA_CACHE
 * where an earlier run left them. `layerMemory` has fixed ids and no registry.
 */
export const ConfluentCodec = {
  layerNoDeps,
  layer: layerNoDeps.pipe(Layer.provide(SchemaRegistry.layer)),
  layerMemory: Layer.sync(RecordCodec, () => makeConfluentCodec(fixedSchemaIds))
}
