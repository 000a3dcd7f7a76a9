import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { hashPassword, hashSecret, isPassword, newSecret } from "../src/index.ts"

it.live("knows a password by its hash, written with composed or decomposed signs, and no other", () =>
  Effect.gen(function* () {
    const password = Redacted.make("corréct horse")
    const [one, other] = yield* Effect.all([hashPassword(password), hashPassword(password)])
    assert.notStrictEqual(one, other, "each has a salt of its own")
    assert.notInclude(one, "horse")
    assert.isTrue(yield* isPassword(Redacted.make("corréct horse".normalize("NFD")), one))
    assert.isFalse(yield* isPassword(Redacted.make("corréct horse "), one))
    assert.isFalse(yield* isPassword(password, undefined))
    assert.isFalse(yield* isPassword(password, "no hash"))
  })
)

it("secrets have 256 bits, fit a header, and do not show where they are printed", () => {
  const secret = newSecret("mlr_")
  assert.match(Redacted.value(secret), /^mlr_[A-Za-z0-9_-]{43}$/u)
  assert.notInclude(JSON.stringify({ secret }), Redacted.value(secret))
  assert.notStrictEqual(hashSecret(secret), hashSecret(newSecret("mlr_")))
  assert.strictEqual(hashSecret(secret), hashSecret(secret))
})
