import { Caller, MillraceApi } from "@millrace/api"
import { MemberStore } from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable, refusedAsConflict } from "./answers.ts"
import { workspacesOf } from "./sessionAnswers.ts"

/** The group `workspaces`. */
export const workspaceHandlers = HttpApiBuilder.group(
  MillraceApi,
  "workspaces",
  Effect.fnUntraced(function* (handlers) {
    const members = yield* MemberStore
    return handlers
      .handle("list", () =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const user = (yield* members.user(caller.userId)) ?? (yield* noSuch("user", caller.userId))
          const all = yield* Effect.provideService(workspacesOf(user), MemberStore, members)
          // A token of one workspace does not show the others of its owner.
          return "token" in caller.by && !caller.wholeInstallation
            ? all.filter(({ workspaceId }) => workspaceId === caller.workspaceId)
            : all
        }).pipe(orUnavailable)
      )
      .handle("create", ({ payload }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          yield* members
            .createWorkspace(payload, userId)
            .pipe(Effect.catchTag("ChangeRefused", (error) => Effect.fail(refusedAsConflict(error))))
          return payload
        }).pipe(orUnavailable)
      )
      .handle("rename", ({ payload: { name } }) =>
        Effect.gen(function* () {
          const { userId, workspaceId } = yield* Caller
          yield* members
            .renameWorkspace({ workspaceId, name }, userId)
            .pipe(Effect.catchTag("ChangeRefused", () => Effect.fail(noSuch("workspace", workspaceId))))
          return { workspaceId, name }
        }).pipe(orUnavailable)
      )
  })
)
