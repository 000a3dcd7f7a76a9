import { Clock, Duration, Effect } from "effect"
import { hashSecret, newId, newSecret } from "./SecretText.ts"
import { type ApiToken, TokenStore } from "./TokenStore.ts"

/** A token as its maker asks for it. */
export interface NewToken extends Pick<ApiToken, "workspaceId" | "userId" | "name" | "rights"> {
  /** Until it ends; undefined: it does not. */
  readonly days: number | undefined
}

/** Stores a new token, and gives its secret, which is nowhere else. Whose rights it may have is the caller's matter. */
export const createToken = Effect.fnUntraced(function* ({ days, ...asked }: NewToken, actor: string) {
  const tokens = yield* TokenStore
  const createdAtMs = yield* Clock.currentTimeMillis
  const secret = newSecret("mlr_")
  const expiresAtMs = days === undefined ? undefined : createdAtMs + Duration.toMillis(Duration.days(days))
  const token: ApiToken = { ...asked, tokenId: newId("token"), createdAtMs, expiresAtMs, lastUsedAtMs: undefined }
  yield* tokens.create(hashSecret(secret), token, actor)
  return { token, secret }
})
