import { assert, it } from "@effect/vitest"
import { hostileJson } from "@millrace/testkit"
import { Effect, Schema } from "effect"
import { searchCursor, searchPlaces } from "../src/index.ts"

const Whole = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Places = Schema.Array(Schema.Struct({ topic: Schema.String, partition: Whole, offset: Whole }))

it.effect.prop("a cursor is read as it was written", [Places], ([places]) =>
  Effect.sync(() =>
    assert.deepStrictEqual(
      searchPlaces(searchCursor(places)),
      places.map(({ offset, partition, topic }) => ({ topic, partition, offset }))
    )
  )
)

it.effect.prop("any other text is no cursor, and never a failure", [Schema.String], ([text]) =>
  Effect.sync(() => {
    for (const given of [
      text,
      Buffer.from(text).toString("base64url"),
      ...hostileJson.map((json) => Buffer.from(json).toString("base64url"))
    ]) {
      const places = searchPlaces(given)
      for (const { offset, partition } of places ?? []) assert.isTrue(offset >= 0 && partition >= 0)
    }
  })
)
