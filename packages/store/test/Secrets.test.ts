import { randomBytes } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { Secrets } from "../src/Secrets.ts"

const newKey = () => Redacted.make(randomBytes(32).toString("base64"))

/**
 * @guarantee effects: Credentials are encrypted and bound to their account
 * @how AES-256-GCM with the account in the seal; a moved, changed or foreign row is refused; a former master key
 *   still reads
 */
it.effect.prop(
  "opens what it sealed, for the same subject only",
  [Schema.String, Schema.NonEmptyString],
  ([text, other]) =>
    Effect.gen(function* () {
      const secrets = yield* Secrets.make(newKey())
      const sealed = secrets.seal("account-1", Redacted.make(text.toWellFormed()))
      assert.strictEqual(Redacted.value(yield* secrets.open("account-1", sealed)), text.toWellFormed())
      const moved = yield* Effect.flip(secrets.open(`account-1${other}`, sealed))
      assert.strictEqual(moved.reason, "tampered")
    })
)

/** @guarantee effects: Credentials are encrypted and bound to their account */
it.effect("notices any changed byte", () =>
  Effect.gen(function* () {
    const secrets = yield* Secrets.make(newKey())
    const sealed = secrets.seal("account-1", Redacted.make("secret"))
    for (const part of ["wrappedKey", "sealed"] as const) {
      for (let index = 0; index < sealed[part].length; index++) {
        if ("=.".includes(sealed[part][index]!) || sealed[part][index + 1] === "=") continue
        const flipped = sealed[part][index] === "A" ? "B" : "A"
        const changed = { ...sealed, [part]: sealed[part].slice(0, index) + flipped + sealed[part].slice(index + 1) }
        const error = yield* Effect.flip(secrets.open("account-1", changed))
        assert.strictEqual(error.reason, "tampered")
      }
    }
    for (const broken of ["", "..", "AAAA", "AAAA.AAAA.AAAA"]) {
      assert.strictEqual(
        (yield* Effect.flip(secrets.open("account-1", { ...sealed, sealed: broken }))).reason,
        "tampered"
      )
    }
  })
)

it.effect("says which key is needed and for whom when the master key is another, and shows no secret", () =>
  Effect.gen(function* () {
    const [former, current] = [newKey(), newKey()]
    const stored = (yield* Secrets.make(former)).seal("account-7", Redacted.make("the-api-secret"))
    const secrets = yield* Secrets.make(current)
    const error = yield* Effect.flip(secrets.open("account-7", stored))
    assert.strictEqual(error.reason, "unknownKey")
    assert.include(error.message, "account-7")
    assert.include(error.message, stored.keyId)
    assert.include(error.message, "MILLRACE_MASTER_KEYS_FORMER")
    const shown = `${error.message} ${JSON.stringify(error)}`
    for (const secret of ["the-api-secret", Redacted.value(current), Redacted.value(former)]) {
      assert.notInclude(shown, secret)
    }
  })
)

/** @guarantee effects: Credentials are encrypted and bound to their account */
it.effect("reads what a former key sealed, and rewraps it under the current one", () =>
  Effect.gen(function* () {
    const [former, current] = [newKey(), newKey()]
    const stored = (yield* Secrets.make(former)).seal("account-1", Redacted.make("text"))
    const both = yield* Secrets.make(current, [former])
    assert.strictEqual(Redacted.value(yield* both.open("account-1", stored)), "text")
    const rewrapped = yield* both.rewrap("account-1", stored)
    assert.strictEqual(rewrapped.keyId, both.currentKeyId)
    const onlyCurrent = yield* Secrets.make(current)
    assert.strictEqual(Redacted.value(yield* onlyCurrent.open("account-1", rewrapped)), "text")
  })
)

it.effect("refuses a master key that is not 32 bytes", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Secrets.make(Redacted.make("c2hvcnQ=")))
    assert.strictEqual(
      error.message,
      "MILLRACE_MASTER_KEY has 5 bytes, expected 32 as base64. Make one with: openssl rand -base64 32"
    )
  })
)
