import { Conflict, Forbidden, NotFound, Unavailable } from "@millrace/api"
import type { ChangeRefused, StoreError } from "@millrace/store"
import { Effect } from "effect"

/** PostgreSQL does not answer: the log has the cause, the caller what to do. */
export const orUnavailable = <A, E, R>(self: Effect.Effect<A, E | StoreError, R>) =>
  Effect.catchIf(
    self,
    (error): error is StoreError & E => isStoreError(error),
    (error) =>
      Effect.andThen(
        Effect.logWarning(`A request was not answered: ${error.message}`),
        Effect.fail(
          new Unavailable({
            where: "the store",
            found: "no answer from PostgreSQL",
            expected: "an answer",
            whatToDo: "Try again in a few seconds; nothing was changed unless a repeat says so."
          })
        )
      )
  ) as Effect.Effect<A, Exclude<E, StoreError> | Unavailable, R>

const isStoreError = (error: unknown): error is StoreError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "StoreError"

/** A change that what is stored does not allow. */
export const refusedAsConflict = (error: ChangeRefused) =>
  new Conflict({
    where: error.subject,
    found: `it ${error.reason}`,
    expected: "something that allows the change",
    whatToDo: "Nothing was stored. Look at what is there now."
  })

/** There is no such thing in the caller's workspace. */
export const noSuch = (thing: string, id: string) =>
  new NotFound({
    where: `${thing} ${id}`,
    found: "none in this workspace",
    expected: `a ${thing} of the workspace`,
    whatToDo: "List them to see which there are; name another workspace with the header x-workspace."
  })

/** The caller lacks what an action needs. */
export const lacks = (where: string, expected: string) =>
  new Forbidden({
    where,
    found: "a caller without it",
    expected,
    whatToDo: "Ask an administrator of the workspace for the permission."
  })
