import type { ErrorKind } from "@millrace/contracts"
import { Cache, Context, Duration, Effect, Exit, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { StoreError } from "./IntentLedger.ts"
import { Secrets, type SecretUnreadable } from "./Secrets.ts"

/** An account's API key at the exchange, in plain text: inside the process only. */
export const ApiCredentials = Schema.Struct({
  key: Schema.String,
  secret: Schema.String,
  passphrase: Schema.String
})
export type ApiCredentials = typeof ApiCredentials.Type

/** The account has no credentials, or an empty part in them: it can't be used until its owner stores them. */
export class CredentialsMissing extends Schema.TaggedError<CredentialsMissing>()("CredentialsMissing", {
  accountId: Schema.String,
  found: Schema.Literals(["none", "empty"])
}) {
  readonly kind: ErrorKind = "permanent"
  override get message() {
    return this.found === "none"
      ? `Account ${this.accountId} has no exchange credentials. Store its key, secret and passphrase.`
      : `Account ${this.accountId} has an empty key, secret or passphrase. Store all three again.`
  }
}

export type CredentialsFailure = CredentialsMissing | SecretUnreadable | StoreError

/** Decrypts accounts' exchange credentials; keeps them for a minute, a failure for a second. */
export class Credentials extends Context.Service<
  Credentials,
  {
    readonly find: (accountId: string) => Effect.Effect<Redacted.Redacted<ApiCredentials>, CredentialsFailure>
    /** Reads anew at the next `find`: after the exchange refused them, or they were stored again. */
    readonly forget: (accountId: string) => Effect.Effect<void>
  }
>()("@millrace/store/Credentials") {
  static readonly layerPg = Layer.effect(
    Credentials,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const secrets = yield* Secrets
      const read = Effect.fn("Credentials.read")(function* (accountId: string) {
        const rows = yield* sql<{ readonly keyId: string; readonly wrappedKey: string; readonly sealed: string }>`
          select key_id as "keyId", wrapped_key as "wrappedKey", sealed from credentials
          where account_id = ${accountId}`.pipe(
          Effect.mapError((cause) => new StoreError({ operation: `read credentials of ${accountId}`, cause }))
        )
        const row = rows[0]
        if (row === undefined) return yield* new CredentialsMissing({ accountId, found: "none" })
        const plain = yield* secrets.open(accountId, row)
        return yield* checked(accountId, decodeCredentials(Redacted.value(plain)))
      })
      const cache = yield* Cache.makeWith(read, {
        capacity: 10_000,
        timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.minutes(1) : Duration.seconds(1))
      })
      return Credentials.of({
        find: (accountId) => Cache.get(cache, accountId),
        forget: (accountId) => Cache.invalidate(cache, accountId)
      })
    })
  )

  static readonly layerMemory = (accounts: Readonly<Record<string, ApiCredentials>>) =>
    Layer.succeed(Credentials, {
      find: (accountId) => {
        const found = accounts[accountId]
        return found === undefined
          ? Effect.fail(new CredentialsMissing({ accountId, found: "none" }))
          : checked(accountId, found)
      },
      forget: () => Effect.void
    })
}

const decodeCredentials = Schema.decodeUnknownSync(Schema.fromJsonString(ApiCredentials))

const checked = (accountId: string, found: ApiCredentials) =>
  checkedCredentials(accountId, Redacted.make(found, { label: `credentials of ${accountId}` }))

/** Fails with `CredentialsMissing` when a part is empty, so that it is found before use. */
export const checkedCredentials = (accountId: string, found: Redacted.Redacted<ApiCredentials>) => {
  const { key, passphrase, secret } = Redacted.value(found)
  return key.trim() === "" || secret.trim() === "" || passphrase.trim() === ""
    ? Effect.fail(new CredentialsMissing({ accountId, found: "empty" }))
    : Effect.succeed(found)
}
