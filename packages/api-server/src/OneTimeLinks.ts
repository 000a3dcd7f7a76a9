import { firstAdminLink, linkUrl } from "@millrace/api"
import { firstAdminSecret, passwordSecret } from "@millrace/store"
import { Duration, Effect } from "effect"
import { ApiSettings } from "./ApiServerConfig.ts"
import { PublicAddress } from "./PublicAddress.ts"

/** A link by which a member chooses a new password; whoever has it, is he. */
export const passwordLink = Effect.fnUntraced(function* (
  userId: string,
  by: { readonly actor: string; readonly workspaceId: string }
) {
  const { linkLifetime } = yield* ApiSettings
  const { url } = yield* PublicAddress
  const { expiresAtMs, secret } = yield* passwordSecret(userId, Duration.toMillis(linkLifetime), by)
  return { url: linkUrl(url, secret), expiresAtMs }
})

/** Without any user: the link of the first administrator, in the log. There is no default password. */
export const showFirstAdminLink = Effect.gen(function* () {
  const { linkLifetime } = yield* ApiSettings
  const { url } = yield* PublicAddress
  const secret = yield* firstAdminSecret(Duration.toMillis(linkLifetime), "control-api")
  if (secret === undefined) return
  yield* Effect.logInfo(
    `Nobody can sign in yet. Whoever opens this link first, within ${Duration.format(linkLifetime)}, becomes administrator: ${firstAdminLink(url, secret)}`
  )
})
