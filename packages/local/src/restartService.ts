// Foreign boundary: ends processes by id.
import { Effect, Schedule } from "effect"
import { isReady } from "./httpJson.ts"
import { identify, isRunning } from "./ProcessIdentity.ts"
import { pidOf, type RecordedService } from "./RunRecord.ts"
import { StackError } from "./StackError.ts"

const drainMs = 20_000
const readyWithin = "120 seconds"
const lookEvery = Schedule.spaced("100 millis")

const end = Effect.fnUntraced(function* (pid: number) {
  const found = identify(pid)
  if (found === undefined) return
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    yield* Effect.try(() => process.kill(pid, name)).pipe(Effect.ignore)
    const gone = yield* Effect.sync(() => !isRunning(found)).pipe(
      Effect.repeat({ until: (ended) => ended, schedule: lookEvery }),
      Effect.timeoutOption(drainMs)
    )
    if (gone._tag === "Some") return
  }
})

/**
 * Ends one service of a run, which drains first, and returns with its new process id once its supervisor has started it
 * again and it is ready. A service that is just being started again is only waited for.
 *
 * Fails with StackError when it is not ready within 120 s.
 */
export const restartService = Effect.fnUntraced(function* (dataFolder: string, service: RecordedService) {
  const before = yield* pidOf(dataFolder, service.name)
  if (before !== undefined) yield* end(before)
  const again = Effect.gen(function* () {
    const pid = yield* pidOf(dataFolder, service.name)
    return pid !== undefined && pid !== before && (yield* isReady(`${service.healthUrl}/ready`)) ? pid : undefined
  })
  const pid = yield* again.pipe(
    Effect.repeat({ until: (found) => found !== undefined, schedule: lookEvery }),
    Effect.timeoutOrElse({
      duration: readyWithin,
      orElse: () =>
        Effect.fail(
          new StackError({
            part: "stack",
            problem: `${service.name} was ended and is not ready again within ${readyWithin}.`,
            remedy: `Its log: ${service.logFile}`
          })
        )
    })
  )
  return { before, pid: pid as number }
})
