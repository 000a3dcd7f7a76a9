import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { deterministicId } from "../src/index.ts"

it("gives the same parts the same id in every release", () => {
  assert.strictEqual(
    deterministicId("rule-1", "3", "position-9", "1700000000000", "1"),
    "e727eab3995301003a3788b8c69f282b"
  )
})

it.effect.prop("differs when a part moves across its border", { a: Schema.String, b: Schema.NonEmptyString }, (given) =>
  Effect.sync(() => {
    const moved = deterministicId(given.a + given.b.slice(0, 1), given.b.slice(1))
    assert.notStrictEqual(deterministicId(given.a, given.b), moved)
    assert.match(moved, /^[0-9a-f]{32}$/u)
  })
)
