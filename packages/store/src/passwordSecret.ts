import { Clock, Effect } from "effect"
import { hashSecret, newSecret } from "./SecretText.ts"
import { type IssuedBy, SignInStore } from "./SignInStore.ts"

/** The secret of a one-time link by which a user chooses a new password; whoever has it, is he. */
export const passwordSecret = Effect.fnUntraced(function* (userId: string, lifetimeMs: number, by: IssuedBy) {
  const signIns = yield* SignInStore
  const secret = newSecret()
  const expiresAtMs = (yield* Clock.currentTimeMillis) + lifetimeMs
  yield* signIns.issueLink(hashSecret(secret), { kind: "password", userId, expiresAtMs }, by)
  return { secret, expiresAtMs }
})
