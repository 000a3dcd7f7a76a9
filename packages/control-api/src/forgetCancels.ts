import { ControlStore } from "@millrace/store"
import { Duration, Effect, Schedule } from "effect"
import { ControlApiConfig } from "./ControlApiConfig.ts"

/** Forgets withdrawn commands that are too old to be sent by anybody, each hour; the topic would keep them for ever. */
export const forgetOldCancels = Effect.gen(function* () {
  const store = yield* ControlStore
  const { cancelRetention } = yield* ControlApiConfig
  yield* store.forgetCancels(Duration.toMillis(cancelRetention)).pipe(
    Effect.catch((error) => Effect.logWarning(`Withdrawn commands not forgotten: ${error.message}`)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )
})
