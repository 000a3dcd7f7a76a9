import { Unavailable } from "@millrace/api"
import type { HistoryError } from "@millrace/history"
import { Effect } from "effect"

const tags: ReadonlySet<string> = new Set(["BeyondRetention", "HistoryUnreadable"])

/** What was recorded can't be read: Kafka does not answer, or retention removed it; the log has the cause. */
export const orHistoryUnavailable = <A, E, R>(self: Effect.Effect<A, E | HistoryError, R>) =>
  Effect.catchIf(
    self,
    (error): error is HistoryError & E =>
      typeof error === "object" && error !== null && "_tag" in error && tags.has(String(error._tag)),
    (error) =>
      Effect.andThen(
        Effect.logWarning(`A request was not answered: ${error.message}`),
        Effect.fail(
          new Unavailable({
            where: "what was recorded",
            found: "no answer from Kafka, or records that retention removed",
            expected: "records of the time",
            whatToDo: "Try again in a few seconds, or ask for a later time."
          })
        )
      )
  ) as Effect.Effect<A, Exclude<E, HistoryError> | Unavailable, R>
