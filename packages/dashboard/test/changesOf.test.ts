import { assert, it } from "@effect/vitest"
import { changesOf } from "../src/changesOf.ts"

it("names the fields that differ, with what each was and is", () => {
  assert.deepStrictEqual(
    changesOf({ enabled: true, cron: "0 6 * * *", key: "k" }, { enabled: false, cron: "0 6 * * *", lane: "low" }),
    [
      { name: "enabled", before: "true", after: "false" },
      { name: "key", before: "k" },
      { name: "lane", after: "low" }
    ]
  )
})

it("takes what is not there for nothing, and 0 and false for something", () => {
  assert.deepStrictEqual(changesOf(undefined, { price: 0, active: false }), [
    { name: "price", after: "0" },
    { name: "active", after: "false" }
  ])
  assert.deepStrictEqual(changesOf({ a: 1 }, { a: 1 }), [])
  assert.deepStrictEqual(changesOf(undefined, undefined), [])
})
