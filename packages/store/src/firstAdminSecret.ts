import { systemWorkspace } from "@millrace/contracts"
import { Clock, Effect } from "effect"
import { MemberStore } from "./MemberStore.ts"
import { hashSecret, newSecret } from "./SecretText.ts"
import { SignInStore } from "./SignInStore.ts"

/**
 * The secret of a one-time link by which somebody becomes the first administrator; undefined once there is a user. Several
 * links may be out at once: the first that is followed ends the use of all.
 */
export const firstAdminSecret = Effect.fnUntraced(function* (lifetimeMs: number, actor: string) {
  const members = yield* MemberStore
  if (yield* members.hasUsers) return undefined
  const signIns = yield* SignInStore
  const secret = newSecret()
  const expiresAtMs = (yield* Clock.currentTimeMillis) + lifetimeMs
  yield* signIns.issueLink(
    hashSecret(secret),
    { kind: "first_admin", userId: undefined, expiresAtMs },
    { actor, workspaceId: systemWorkspace }
  )
  return secret
})
