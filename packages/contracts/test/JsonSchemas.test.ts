import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { jsonSchemaOf, jsonSchemaTextOf, type TopicContract, topicContracts } from "../src/index.ts"

const contracts: ReadonlyArray<TopicContract<unknown>> = topicContracts

const objectsIn = (node: unknown): ReadonlyArray<Record<string, unknown>> => {
  if (Array.isArray(node)) return node.flatMap(objectsIn)
  if (typeof node !== "object" || node === null) return []
  const inner = Object.values(node).flatMap(objectsIn)
  return "type" in node && node.type === "object" ? [node as Record<string, unknown>, ...inner] : inner
}

describe.each(contracts.map((contract) => [contract.name, contract] as const))("%s", (_, contract) => {
  const schema = jsonSchemaOf(contract)

  it("says that it is draft-07 and what it is of", () => {
    assert.strictEqual(schema.$schema, "http://json-schema.org/draft-07/schema#")
    assert.strictEqual(schema.title, contract.name)
    assert.isFalse("$ref" in schema)
  })

  /** @guarantee contracts: Nothing undeclared is produced; a decoder never throws */
  it("is closed at every level", () => {
    const objects = objectsIn(schema)
    assert.isNotEmpty(objects)
    for (const object of objects)
      assert.notStrictEqual(object.additionalProperties ?? true, true, JSON.stringify(object))
  })

  it("is the same text each time", () => {
    assert.strictEqual(jsonSchemaTextOf(contract), jsonSchemaTextOf({ ...contract }))
  })
})

it("never has a bare reference as its root", () => {
  const value = Schema.Struct({ a: Schema.Int }).annotate({ identifier: "Named" })
  const schema = jsonSchemaOf({ name: "it-named", value, partitionKey: (key) => key })
  assert.strictEqual(schema.type, "object")
})
