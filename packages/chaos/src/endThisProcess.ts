// Foreign boundary: ends its own process, as a fault of native code or the system's memory killer would.
import { Effect } from "effect"

/** Ends this process by SIGKILL: no finalizer runs. */
export const endThisProcess: Effect.Effect<never> = Effect.andThen(
  Effect.sync(() => process.kill(process.pid, "SIGKILL")),
  Effect.never
)
