import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { deepestJson, isDeeper } from "../src/boundedJson.ts"

/** How deep a value nests: 0 for what is neither array nor object. */
const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

it.effect.prop("finds how deep JSON nests, whatever its strings hold", [Schema.Json, Schema.String], ([value, text]) =>
  Effect.sync(() => {
    for (const json of [
      JSON.stringify(value),
      JSON.stringify({ [text]: [text, value] }),
      JSON.stringify(`[[{"\\${text}`)
    ]) {
      const depth = depthOf(JSON.parse(json))
      assert.isFalse(isDeeper(json, depth))
      if (depth > 0) assert.isTrue(isDeeper(json, depth - 1))
    }
  })
)

it("ends in a text that is no JSON, and stops at the limit", () => {
  for (const text of ["", "]]]]", '"[[[[', '"\\', `${"[".repeat(deepestJson)}`])
    assert.isFalse(isDeeper(text, deepestJson))
  assert.isTrue(isDeeper("[".repeat(1_000_000), deepestJson))
})
