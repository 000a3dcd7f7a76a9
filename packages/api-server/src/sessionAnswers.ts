import { type CallerFacts, Forbidden, type SessionInfo, sessionCookie, type WorkspaceInfo } from "@millrace/api"
import { systemWorkspace } from "@millrace/contracts"
import { hashSecret, type KnownUser, MemberStore, newSecret, SignInStore } from "@millrace/store"
import { Clock, Duration, Effect, type Redacted, Redacted as Secret } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { ApiSettings } from "./ApiServerConfig.ts"
import { callerOf } from "./CallerRights.ts"
import { PublicAddress } from "./PublicAddress.ts"
import { csrfTokenOf } from "./sessionSecrets.ts"

/** Workspaces that a user may choose. */
export const workspacesOf = Effect.fnUntraced(function* (user: KnownUser) {
  const members = yield* MemberStore
  const all = yield* members.workspaces
  const own = new Set(user.memberships.map(({ workspaceId }) => workspaceId))
  return own.has(systemWorkspace) ? all : all.filter(({ workspaceId }) => own.has(workspaceId))
})

/** What a signed-in caller is told of himself. */
export const sessionInfo = Effect.fnUntraced(function* (
  user: KnownUser,
  caller: Omit<CallerFacts, "by">,
  signedIn: { readonly secret?: Redacted.Redacted | undefined; readonly expiresAtMs?: number | undefined }
) {
  const workspaces: ReadonlyArray<WorkspaceInfo> = yield* workspacesOf(user)
  const { workspaceId } = caller
  const workspace = workspaces.find((one) => one.workspaceId === workspaceId) ?? { workspaceId, name: workspaceId }
  const { userId, email, name } = user
  return {
    user: { userId, email, name },
    workspace,
    role: caller.rights.role,
    granted: caller.rights.granted,
    permissions: caller.permissions,
    wholeInstallation: caller.wholeInstallation,
    workspaces,
    signedInBy: signedIn.secret === undefined ? "token" : "session",
    ...(signedIn.secret === undefined ? {} : { csrfToken: csrfTokenOf(signedIn.secret) }),
    ...(signedIn.expiresAtMs === undefined ? {} : { expiresAtMs: signedIn.expiresAtMs })
  } satisfies SessionInfo
})

/** Where a user is after his sign-in: in a workspace with accounts rather than in that of the installation. */
const firstWorkspace = (user: KnownUser): string | undefined =>
  (user.memberships.find(({ workspaceId }) => workspaceId !== systemWorkspace) ?? user.memberships[0])?.workspaceId

const cookieOptions = (secure: boolean) => ({ httpOnly: true, sameSite: "strict", path: "/", secure }) as const

/** Opens a session and sets its cookie on the answer. Fails with `Forbidden` when he is member of no workspace. */
export const openSession = Effect.fnUntraced(function* (user: KnownUser) {
  const workspaceId = firstWorkspace(user)
  const caller = workspaceId === undefined ? undefined : callerOf(user, workspaceId)
  if (caller === undefined) return yield* nowhere
  const signIns = yield* SignInStore
  const { sessionLifetime } = yield* ApiSettings
  const { secure } = yield* PublicAddress
  const secret = newSecret()
  const expiresAtMs = (yield* Clock.currentTimeMillis) + Duration.toMillis(sessionLifetime)
  yield* signIns.open(hashSecret(secret), { userId: user.userId, workspaceId: caller.workspaceId, expiresAtMs })
  yield* HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.orDie(
      HttpServerResponse.setCookie(response, sessionCookie, Secret.value(secret), {
        ...cookieOptions(secure),
        maxAge: sessionLifetime
      })
    )
  )
  return yield* sessionInfo(user, caller, { secret, expiresAtMs })
})

/** Tells the browser to forget the session. */
export const forgetCookie = Effect.gen(function* () {
  const { secure } = yield* PublicAddress
  yield* HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.orDie(HttpServerResponse.expireCookie(response, sessionCookie, cookieOptions(secure)))
  )
})

const nowhere = new Forbidden({
  where: "the user",
  found: "a member of no workspace",
  expected: "a member of at least one",
  whatToDo: "Ask an administrator to be added to a workspace."
})
