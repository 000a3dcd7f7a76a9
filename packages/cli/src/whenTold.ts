import { ControlStore } from "@millrace/store"
import { Effect, Option, Schedule } from "effect"
import { CommandFailed, exitCodes } from "./CommandFailed.ts"
import { printed } from "./printed.ts"

export const untoldLine =
  "! stored, but the workers were not told: control-api does not publish. After 3 s without it they open nothing; protection goes on as before."

/** Prints once the workers were told; when they were not within 5 s, says so and ends with exit code 4. */
export const printedWhenTold = Effect.fnUntraced(function* (
  json: boolean,
  value: object,
  lines: ReadonlyArray<string>
) {
  const store = yield* ControlStore
  const told = yield* store.untold.pipe(
    Effect.repeat({ until: (entries) => entries === 0, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOption("5 seconds"),
    Effect.map(Option.isSome)
  )
  yield* printed(json, { ...value, told }, told ? lines : [...lines, untoldLine])
  if (!told) return yield* new CommandFailed({ exitCode: exitCodes.notAll, reason: untoldLine })
})
