import { JsonSchema, Schema } from "effect"
import type { TopicContract } from "./TopicContract.ts"

/** Returns the registry's subject of a topic's values; all lanes share it. */
export const subjectOf = (topic: string): string => `${topic}-value`

/** Returns the file of a topic's schema in the folder `schemas`. */
export const schemaFileOf = (topic: string): string => `${subjectOf(topic)}.json`

/**
 * Returns the JSON Schema (draft-07) of a topic's values, as the registry holds it.
 *
 * Closed: keys that it does not name are refused, at every level; so adding an optional key stays compatible. `$schema`
 * is always written (a registry may guess another type without it) and the root is never a bare reference.
 *
 * @see docs/decisions/0002-closed-json-schemas.md
 */
export const jsonSchemaOf = (contract: TopicContract<unknown>): Readonly<Record<string, unknown>> => {
  const document = JsonSchema.toDocumentDraft07(
    Schema.toJsonSchemaDocument(contract.value, { onExcessProperty: "error" })
  )
  const root = resolvedRoot(document.schema, document.definitions)
  return {
    $schema: JsonSchema.META_SCHEMA_URI_DRAFT_07,
    title: contract.name,
    ...root,
    ...(Object.keys(document.definitions).length > 0 ? { definitions: document.definitions } : {})
  }
}

/** Returns the schema as text with keys in a fixed order, so that the same schema is always the same text. */
export const jsonSchemaTextOf = (contract: TopicContract<unknown>): string =>
  `${JSON.stringify(jsonSchemaOf(contract), null, 2)}\n`

const resolvedRoot = (
  schema: Readonly<Record<string, unknown>>,
  definitions: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> => {
  const reference = schema.$ref
  if (typeof reference !== "string") return schema
  const name = reference.replace("#/definitions/", "")
  return (definitions[name] as Readonly<Record<string, unknown>> | undefined) ?? schema
}
