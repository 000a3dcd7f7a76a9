import { type Duration, Effect, Schedule } from "effect"
import { ChaosError } from "./ChaosError.ts"

/** Waits until the question is answered with yes; what fails counts as no. Fails with `ChaosError` after the limit. */
export const awaitState = <E, R>(
  step: string,
  question: Effect.Effect<boolean, E, R>,
  limit: Duration.Input
): Effect.Effect<void, ChaosError, R> =>
  question.pipe(
    Effect.orElseSucceed(() => false),
    Effect.repeat({ until: (yes) => yes, schedule: Schedule.spaced("200 millis") }),
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.fail(new ChaosError({ step, problem: `not reached within ${String(limit)}` }))
    }),
    Effect.asVoid
  )
