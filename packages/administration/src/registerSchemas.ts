import { jsonSchemaTextOf, SchemaRegistry, subjectOf, type TopicContract, topicContracts } from "@millrace/contracts"
import { Effect } from "effect"

/** State of a topic's schema in the registry. */
export interface RegisteredSchema {
  readonly subject: string
  /** `new`: the subject gets its first version; `changed`: another version. */
  readonly state: "unchanged" | "new" | "changed"
  /** Whether the registry takes it after all older versions. */
  readonly compatible: boolean
  readonly id: number | undefined
}

const stateOf = Effect.fnUntraced(function* (contract: TopicContract<unknown>) {
  const registry = yield* SchemaRegistry
  const subject = subjectOf(contract.name)
  const schema = jsonSchemaTextOf(contract)
  const id = yield* registry.idOf(subject, schema)
  if (id !== undefined) return { subject, state: "unchanged", compatible: true, id } satisfies RegisteredSchema
  const versions = yield* registry.versions(subject)
  if (versions.length === 0) return { subject, state: "new", compatible: true, id } satisfies RegisteredSchema
  const compatible = yield* registry.isCompatible(subject, schema)
  return { subject, state: "changed", compatible, id } satisfies RegisteredSchema
})

const registered = Effect.fnUntraced(function* (contract: TopicContract<unknown>) {
  const registry = yield* SchemaRegistry
  const subject = subjectOf(contract.name)
  const schema = jsonSchemaTextOf(contract)
  const known = yield* registry.idOf(subject, schema)
  if (known !== undefined)
    return { subject, state: "unchanged", compatible: true, id: known } satisfies RegisteredSchema
  const versions = yield* registry.versions(subject)
  // Before a later version, so that a guard that an earlier run could not set any more is there when it counts.
  if (versions.length > 0) yield* registry.guard(subject)
  const id = yield* registry.register(subject, schema)
  if (versions.length === 0) yield* registry.guard(subject)
  return { subject, state: versions.length === 0 ? "new" : "changed", compatible: true, id } satisfies RegisteredSchema
})

/** Returns how each topic's schema stands to the registry; changes nothing. Fails with `RegistryUnavailable` or `SchemaRefused`. */
export const checkSchemas = Effect.forEach(topicContracts, stateOf, { concurrency: "unbounded" }).pipe(
  Effect.withSpan("cli.checkSchemas")
)

/**
 * Registers the schemas of all topics, each checked against every older version; may be repeated at any time.
 *
 * One request for a schema that the registry has. Fails with `SchemaRefused` for an incompatible one (others may be
 * registered by then), and with `RegistryUnavailable`.
 */
export const registerSchemas = Effect.forEach(topicContracts, registered, { concurrency: "unbounded" }).pipe(
  Effect.withSpan("cli.registerSchemas")
)
