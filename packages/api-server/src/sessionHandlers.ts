import { Caller, type CallerFacts, Conflict, MillraceApi, sessionCookie, Unauthenticated } from "@millrace/api"
import {
  hashPassword,
  hashSecret,
  isPassword,
  MemberStore,
  newId,
  type OneTimeLink,
  SignInStore
} from "@millrace/store"
import { Clock, Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ApiSettings } from "./ApiServerConfig.ts"
import { Attempts } from "./Attempts.ts"
import { noSuch, orUnavailable, refusedAsConflict } from "./answers.ts"
import { callerOf } from "./CallerRights.ts"
import { signInFailed } from "./failedSignIns.ts"
import type { PublicAddress } from "./PublicAddress.ts"
import { addressOf } from "./requestFacts.ts"
import { forgetCookie, openSession, sessionInfo } from "./sessionAnswers.ts"

/** The group `session`: sign-in, one-time links, the caller's own session. */
export const sessionHandlers = HttpApiBuilder.group(
  MillraceApi,
  "session",
  Effect.fnUntraced(function* (handlers) {
    const members = yield* MemberStore
    const signIns = yield* SignInStore
    const attempts = yield* Attempts
    const config = yield* ApiSettings
    const parts = yield* Effect.context<MemberStore | SignInStore | PublicAddress | ApiSettings>()
    const withParts = Effect.provideContext(parts)
    const address = Effect.map(HttpServerRequest.HttpServerRequest, (request) => addressOf(request, config.behindProxy))

    const knownUser = Effect.fnUntraced(function* (userId: string) {
      return (yield* members.user(userId)) ?? (yield* noSuch("user", userId))
    })

    /** The secret of the session that a request is signed in by; none where it is a token. */
    const sessionSecret = Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies, headers }) =>
      headers.authorization === undefined && cookies[sessionCookie] !== undefined
        ? Redacted.make(cookies[sessionCookie])
        : undefined
    )
    const describe = Effect.fnUntraced(function* (caller: CallerFacts) {
      const user = yield* knownUser(caller.userId)
      const secret = yield* sessionSecret
      const session =
        "session" in caller.by ? yield* signIns.session(caller.by.session, yield* Clock.currentTimeMillis) : undefined
      return yield* withParts(sessionInfo(user, caller, { secret, expiresAtMs: session?.expiresAtMs }))
    })

    const becomeFirstAdmin = Effect.fnUntraced(function* (email: string, name: string, password: Redacted.Redacted) {
      const user = { userId: newId("user"), email: email.toLowerCase(), name }
      yield* members.createFirstAdmin({ ...user, password: yield* hashPassword(password) }).pipe(
        Effect.catchTag("AlreadySetUp", (error) =>
          Effect.fail(
            new Conflict({
              where: "the link",
              found: "an installation with an administrator",
              expected: "one without",
              whatToDo: error.message
            })
          )
        )
      )
      return yield* knownUser(user.userId)
    })
    const choosePassword = Effect.fnUntraced(function* (link: OneTimeLink, password: Redacted.Redacted) {
      const userId = link.userId ?? ""
      yield* members
        .setPassword(userId, yield* hashPassword(password))
        .pipe(Effect.catchTag("ChangeRefused", () => Effect.fail(linkEnded)))
      return yield* knownUser(userId)
    })

    return handlers
      .handle("signIn", ({ payload: { email, password } }) =>
        Effect.gen(function* () {
          const from = yield* address
          yield* attempts.forUser(email, from)
          const user = yield* members.userByEmail(email)
          if (!(yield* isPassword(password, user?.password)) || user === undefined) return yield* refusedFor("password")
          yield* attempts.wentWell(email, from)
          return yield* withParts(openSession(user))
        }).pipe(orUnavailable)
      )
      .handle("useLink", ({ payload: { email, name, password, secret } }) =>
        Effect.gen(function* () {
          const hash = hashSecret(secret)
          const nowMs = yield* Clock.currentTimeMillis
          // A link for the first administrator is kept until it is certain that all it needs was given.
          if (email === undefined && !(yield* members.hasUsers)) return yield* whoIsIt
          const link = yield* signIns.useLink(hash, nowMs)
          if (link === undefined) return yield* refusedFor("link")
          const user =
            link.kind === "first_admin"
              ? yield* becomeFirstAdmin(email ?? "", name ?? email ?? "", password)
              : yield* choosePassword(link, password)
          return yield* withParts(openSession(user))
        }).pipe(orUnavailable)
      )
      .handle("current", () => Effect.flatMap(Caller, describe).pipe(orUnavailable))
      .handle("chooseWorkspace", ({ payload: { workspaceId } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          if (!("session" in caller.by)) return yield* onlySessions
          const all = yield* members.workspaces
          const user = yield* knownUser(caller.userId)
          const there = all.some((one) => one.workspaceId === workspaceId) ? callerOf(user, workspaceId) : undefined
          if (there === undefined) return yield* noSuch("workspace", workspaceId)
          yield* signIns.selectWorkspace(caller.by.session, workspaceId)
          return yield* describe({ ...there, by: caller.by })
        }).pipe(orUnavailable)
      )
      .handle("changePassword", ({ payload: { current, next } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          if (!("session" in caller.by)) return yield* onlySessions
          const user = yield* knownUser(caller.userId)
          const from = yield* address
          yield* attempts.forUser(user.email, from).pipe(Effect.catchTag("TooMany", waitFirst))
          if (!(yield* isPassword(current, user.password))) return yield* refusedFor("password")
          yield* attempts.wentWell(user.email, from)
          yield* members
            .setPassword(user.userId, yield* hashPassword(next), caller.by.session)
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
        }).pipe(orUnavailable)
      )
      .handle("signOut", () =>
        Effect.gen(function* () {
          const { by } = yield* Caller
          if ("session" in by) yield* signIns.close(by.session)
          yield* withParts(forgetCookie)
        }).pipe(orUnavailable)
      )
  })
)

const wrongPassword = new Unauthenticated({
  where: "payload",
  found: "an e-mail address and password that do not belong together",
  expected: "those of a user",
  whatToDo: "Try again, or ask an administrator for a one-time link."
})

const linkEnded = new Unauthenticated({
  where: "payload.secret",
  found: "no link of ours, or one that was used or has ended",
  expected: "the secret of a link that works",
  whatToDo: "Ask an administrator for a new one; the first administrator's is in the log of control-api."
})

const whoIsIt = new Conflict({
  where: "payload.email",
  found: "nothing",
  expected: "the e-mail address of the first administrator",
  whatToDo: "Send email and name with the link."
})

const refusedFor = (reason: "password" | "link") =>
  Effect.andThen(signInFailed(reason), Effect.fail(reason === "password" ? wrongPassword : linkEnded))

const onlySessions = new Conflict({
  where: "the request",
  found: "a token",
  expected: "a browser's session",
  whatToDo: "A token has one workspace and no password; name another workspace with the header x-workspace."
})

const waitFirst = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) =>
  Effect.fail(
    new Conflict({
      where: "payload.current",
      found: "too many wrong passwords",
      expected: "the present password",
      whatToDo: `Wait ${retryAfterSeconds} seconds.`
    })
  )
