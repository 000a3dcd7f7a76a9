import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { commonRights, permissionsOf, Rights, withinRights } from "../src/index.ts"

it("a role brings what stands before it, and never what has to be granted by name", () => {
  assert.deepStrictEqual(permissionsOf({ role: "viewer", granted: [] }), ["read"])
  assert.deepStrictEqual(permissionsOf({ role: "admin", granted: [] }), ["read", "operate", "administer"])
  assert.deepStrictEqual(permissionsOf({ role: "viewer", granted: ["trading"] }), ["read", "trading"])
})

it.effect.prop("what two have in common is wider than neither", [Rights, Rights], ([one, other]) =>
  Effect.sync(() => {
    const common = commonRights(one, other)
    assert.isTrue(withinRights(common, one) && withinRights(common, other))
    const allowed = (rights: Rights) => new Set(permissionsOf(rights))
    const both = [...allowed(one)].filter((permission) => allowed(other).has(permission))
    assert.deepStrictEqual([...allowed(common)].sort(), both.sort())
  })
)
