import { Effect } from "effect"
import { jsonSchemaTextOf, subjectOf } from "./JsonSchemas.ts"
import { murmur2 } from "./Partition.ts"
import { RegistryUnavailable } from "./RecordCodec.ts"
import type { SchemaIdCache } from "./SchemaIdCache.ts"
import type { SchemaRegistry } from "./SchemaRegistry.ts"
import type { TopicContract } from "./TopicContract.ts"

/** Where a codec gets the ids of its schemas. */
export interface SchemaIds {
  /** The id to write with, that of exactly the schema in this code; and ids known to be readable. */
  readonly of: (
    contract: TopicContract<unknown>
  ) => Effect.Effect<{ readonly own: number; readonly known: ReadonlyArray<number> }, RegistryUnavailable>
  /** Whether an id met in a record belongs to the topic. */
  readonly belongs: (contract: TopicContract<unknown>, id: number) => Effect.Effect<boolean, RegistryUnavailable>
}

/** Ids that need no registry and are the same in every process: for tests. */
export const fixedSchemaIds: SchemaIds = {
  of: (contract) => Effect.succeed({ own: fixedIdOf(contract), known: [] }),
  belongs: (contract, id) => Effect.succeed(id === fixedIdOf(contract))
}

const fixedIdOf = (contract: TopicContract<unknown>): number => murmur2(Buffer.from(contract.name)) & 0x7fffffff || 1

/** Asks the registry, and falls back to the cache while it does not answer. Never registers. */
export const registrySchemaIds = (registry: SchemaRegistry["Service"], cache: SchemaIdCache): SchemaIds => ({
  of: Effect.fnUntraced(function* (contract) {
    const subject = subjectOf(contract.name)
    const schema = jsonSchemaTextOf(contract)
    const cached = (error: RegistryUnavailable) =>
      Effect.filterOrFail(
        cache.own(subject, schema),
        (id) => id !== undefined,
        () => error
      )
    const own = yield* registry.idOf(subject, schema).pipe(Effect.catch(cached))
    if (own === undefined) return yield* notRegistered(registry.address, subject)
    yield* cache.rememberOwn(subject, schema, own)
    return { own, known: yield* cache.known(subject) }
  }),
  belongs: Effect.fnUntraced(function* (contract, id) {
    const subject = subjectOf(contract.name)
    // A record that a table left out before must not hold up its next start.
    const asBefore = (error: RegistryUnavailable) =>
      Effect.flatMap(cache.foreign(subject, id), (foreign) => (foreign ? Effect.succeed(false) : Effect.fail(error)))
    const belongs = yield* registry.belongs(subject, id).pipe(Effect.catch(asBefore))
    yield* belongs ? cache.rememberKnown(subject, id) : cache.rememberForeign(subject, id)
    return belongs
  })
})

const notRegistered = (address: string, subject: string) =>
  new RegistryUnavailable({
    target: address,
    cause: new Error(`The schema of ${subject} in this code is not registered. Run \`millrace schemas register\`.`)
  })
