import { Caller, Conflict, Forbidden, type MemberInfo, MillraceApi } from "@millrace/api"
import { permissionsOf, type Rights, withinRights } from "@millrace/contracts"
import { type Member, MemberStore, newId, type SignInStore } from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { ApiSettings } from "./ApiServerConfig.ts"
import { noSuch, orUnavailable, refusedAsConflict } from "./answers.ts"
import { passwordLink } from "./OneTimeLinks.ts"
import type { PublicAddress } from "./PublicAddress.ts"

const infoOf = ({ rights, ...member }: Member): MemberInfo => ({ ...member, ...rights })

/** The group `users`: members of the caller's workspace. */
export const memberHandlers = HttpApiBuilder.group(
  MillraceApi,
  "users",
  Effect.fnUntraced(function* (handlers) {
    const members = yield* MemberStore
    const parts = yield* Effect.context<SignInStore | PublicAddress | ApiSettings>()

    /** The member, whose present rights the caller has himself: nobody changes who may more than he. */
    const below = Effect.fnUntraced(function* (userId: string) {
      const caller = yield* Caller
      const user = yield* members.user(userId)
      const rights = user?.memberships.find((one) => one.workspaceId === caller.workspaceId)?.rights
      if (user === undefined || rights === undefined) return yield* noSuch("user", userId)
      yield* notMore(rights)
      return { user, rights }
    })
    const notMore = Effect.fnUntraced(function* (rights: Rights) {
      const caller = yield* Caller
      if (withinRights(rights, caller.rights)) return
      return yield* new Forbidden({
        where: "the rights of the member",
        found: permissionsOf(rights).join(", "),
        expected: `no more than the caller's own: ${caller.permissions.join(", ")}`,
        whatToDo: "Ask somebody who has these permissions to grant them."
      })
    })

    return handlers
      .handle("list", ({ query: { after, limit = 50, search } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const page = yield* members.members(workspaceId, {
            ...(search === undefined ? {} : { search }),
            ...(after === undefined ? {} : { after }),
            limit: limit + 1
          })
          const total = yield* members.countMembers(workspaceId, search)
          const items = page.slice(0, limit).map(infoOf)
          const last = items.at(-1)
          return { items, total, ...(page.length > limit && last !== undefined ? { next: last.email } : {}) }
        }).pipe(orUnavailable)
      )
      .handle("add", ({ payload: { email, name, role, granted } }) =>
        Effect.gen(function* () {
          const { userId: actor, workspaceId } = yield* Caller
          yield* notMore({ role, granted })
          const user = { userId: newId("user"), email: email.toLowerCase(), name, rights: { role, granted } }
          const member = yield* members
            .addMember(workspaceId, user, actor)
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
          if (member.hasPassword) return { member: infoOf(member) }
          const link = yield* Effect.provideContext(passwordLink(member.userId, { actor, workspaceId }), parts)
          return { member: infoOf(member), link }
        }).pipe(orUnavailable)
      )
      .handle("change", ({ params: { userId }, payload }) =>
        Effect.gen(function* () {
          const { userId: actor, workspaceId } = yield* Caller
          yield* below(userId)
          yield* notMore(payload)
          const member = yield* members
            .changeMember(workspaceId, userId, payload, actor)
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
          return infoOf(member)
        }).pipe(orUnavailable)
      )
      .handle("remove", ({ params: { userId } }) =>
        Effect.gen(function* () {
          const { userId: actor, workspaceId } = yield* Caller
          yield* below(userId)
          yield* members
            .removeMember(workspaceId, userId, actor)
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
        }).pipe(orUnavailable)
      )
      .handle("link", ({ params: { userId } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const { user } = yield* below(userId)
          const elsewhere = user.memberships.some(({ workspaceId }) => workspaceId !== caller.workspaceId)
          // Who has the link becomes the user, in his other workspaces too.
          if (elsewhere && !caller.wholeInstallation) return yield* otherWorkspaces
          return yield* Effect.provideContext(passwordLink(userId, { ...caller, actor: caller.userId }), parts)
        }).pipe(orUnavailable)
      )
  })
)

const otherWorkspaces = new Conflict({
  where: "the user",
  found: "a member of other workspaces too",
  expected: "a member of this workspace only",
  whatToDo: "Ask an administrator of the installation for the link."
})
