import { Caller, MillraceApi } from "@millrace/api"
import { ControlStore } from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { orUnavailable } from "./answers.ts"

/** The group `controls`: pauses of topics and lanes, for the whole installation. */
export const controlHandlers = HttpApiBuilder.group(
  MillraceApi,
  "controls",
  Effect.fnUntraced(function* (handlers) {
    const controls = yield* ControlStore
    return handlers
      .handle("pauses", () =>
        Effect.gen(function* () {
          return { pauses: yield* controls.pauses, untold: yield* controls.untold }
        }).pipe(orUnavailable)
      )
      .handle("pause", ({ payload: { reason, ...scope } }) =>
        Effect.gen(function* () {
          const { userId: actor } = yield* Caller
          return yield* controls.pause(scope, { actor, ...(reason === undefined ? {} : { reason }) })
        }).pipe(orUnavailable)
      )
      .handle("resume", ({ payload }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          return { ended: yield* controls.resume(payload, userId) }
        }).pipe(orUnavailable)
      )
  })
)
