import { Caller, type CallerFacts, Forbidden, MillraceApi, type TokenInfo } from "@millrace/api"
import { permissionsOf, withinRights } from "@millrace/contracts"
import { type ApiToken, createToken, MemberStore, TokenStore } from "@millrace/store"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"

const infoOf = (
  { workspaceId: _, rights, expiresAtMs, lastUsedAtMs, ...token }: ApiToken,
  ownerEmail?: string
): TokenInfo => ({
  ...token,
  ...(ownerEmail === undefined ? {} : { ownerEmail }),
  ...rights,
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  ...(lastUsedAtMs === undefined ? {} : { lastUsedAtMs })
})

/** Whose tokens a caller sees and ends: all of the workspace where he administers it, else his own. */
const ownerSeen = ({ permissions, userId }: CallerFacts): string | undefined =>
  permissions.includes("administer") ? undefined : userId

/** The group `tokens`. */
export const tokenHandlers = HttpApiBuilder.group(
  MillraceApi,
  "tokens",
  Effect.fnUntraced(function* (handlers) {
    const tokens = yield* TokenStore
    const members = yield* MemberStore
    return handlers
      .handle("list", () =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const found = yield* tokens.list(caller.workspaceId, ownerSeen(caller))
          const owners = new Map<string, string>()
          for (const userId of new Set(found.map((one) => one.userId))) {
            const user = yield* members.user(userId)
            if (user !== undefined) owners.set(userId, user.email)
          }
          return found.map((token) => infoOf(token, owners.get(token.userId)))
        }).pipe(orUnavailable)
      )
      .handle("create", ({ payload: { name, role, granted, days } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const rights = { role, granted }
          if (!withinRights(rights, caller.rights)) return yield* more(caller, permissionsOf(rights).join(", "))
          const { userId, workspaceId } = caller
          const { secret, token } = yield* createToken({ workspaceId, userId, name, rights, days }, userId).pipe(
            Effect.provideService(TokenStore, tokens)
          )
          return { token: infoOf(token), secret: Redacted.value(secret) }
        }).pipe(orUnavailable)
      )
      .handle("remove", ({ params: { tokenId } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const userId = ownerSeen(caller)
          const named = { workspaceId: caller.workspaceId, tokenId, ...(userId === undefined ? {} : { userId }) }
          if (!(yield* tokens.remove(named, caller.userId))) return yield* noSuch("token", tokenId)
        }).pipe(orUnavailable)
      )
  })
)

const more = (caller: CallerFacts, found: string) =>
  new Forbidden({
    where: "the rights of the token",
    found,
    expected: `no more than the caller's own: ${caller.permissions.join(", ")}`,
    whatToDo: "Ask for fewer, or have an administrator grant you the others first."
  })
